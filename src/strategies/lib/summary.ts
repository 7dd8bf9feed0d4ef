/**
 * Type and annotations of a referrer, as a list has them and as its manifest has them.
 *
 * @module
 */
import { type Annotations, matchesAnnotations } from '../../model/annotations.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { artifactTypeOf, type Manifest } from '../../model/manifest.ts'
import type { FindOptions, Referrer, Via } from '../strategy.ts'
import { isOfType } from './doubts.ts'

/** Type and annotations of a manifest, as a listing has them. */
export interface Summary {
  readonly artifactType?: string
  readonly annotations?: Annotations
}

/** Summarizes a manifest as a listing does (distribution-spec 1.1, "Listing Referrers"). */
export function summarize(manifest: Manifest): Summary {
  const artifactType = artifactTypeOf(manifest)
  const annotations = 'annotations' in manifest && manifest.annotations
  return {
    ...(artifactType && { artifactType }),
    ...(annotations && { annotations: copyMap(annotations) }),
  }
}

/** Whether a referrer passes the filters. */
export function passes(referrer: Summary, options: FindOptions): boolean {
  return (
    isOfType(referrer.artifactType, options.artifactType) &&
    (options.annotations === undefined ||
      matchesAnnotations(referrer.annotations, options.annotations))
  )
}

/** An entry as the list has it. */
export function plainReferrer(subject: Digest, entry: Descriptor, via: Via): Referrer {
  const confirmed = via.kept === 'registry'
  return { ...withMap(entry), subject: { digest: subject }, via: [via], confirmed }
}

function withMap(entry: Descriptor): Descriptor {
  return entry.annotations ? { ...entry, annotations: copyMap(entry.annotations) } : entry
}

// Keys from the wire, such as "__proto__", are only ever keys.
function copyMap(annotations: Annotations): Annotations {
  return Object.assign(Object.create(null), annotations)
}
