/**
 * Writing a referrer's manifest.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import {
  type PutManifestOptions,
  type PutManifestResult,
  putManifest,
} from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'
import type { NewReferrer } from '../strategy.ts'
import { summarize } from './summary.ts'

/** What was written, and the entry that lists of referrers have for it. */
export interface WrittenReferrer extends PutManifestResult {
  readonly entry: Descriptor
}

/** Writes a manifest at its tags, or where it has none by its digest. */
export async function putReferrer(
  repo: Repository,
  { manifest, bytes, tags = [] }: NewReferrer,
  options: PutManifestOptions,
): Promise<WrittenReferrer> {
  let result: PutManifestResult | undefined
  const { mediaType } = manifest
  for (const tag of tags.length > 0 ? tags : [undefined]) {
    result = await putManifest(repo, tag, bytes ?? manifest, {
      mediaType,
      ...options,
      linked: true,
    })
  }
  return { ...result!, entry: { ...result!.descriptor, ...summarize(manifest) } }
}
