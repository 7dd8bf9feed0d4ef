/**
 * Finds BuildKit's attestations in an image index.
 *
 * @module
 */
import { matchesAnnotations } from '../../model/annotations.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import { type Digest, isDigest } from '../../model/digest.ts'
import { type ImageManifest, parseManifest } from '../../model/manifest.ts'
import { ATTESTATION_MANIFEST } from '../../model/media-types.ts'
import { findListed } from '../../registry/find-named.ts'
import { getManifest } from '../../registry/manifests.ts'
import { type Repository, warn } from '../../registry/repository.ts'
import { ATTESTATION } from '../lib/annotations.ts'
import { findSubject } from '../lib/find-subject.ts'
import { readIndex } from '../lib/read-index.ts'
import { passes, summarize } from '../lib/summary.ts'
import { unlessUnreadable } from '../lib/unless-unreadable.ts'
import type { FindOptions, Referrer, Via } from '../strategy.ts'
import { NAME, PREDICATE } from './annotations.ts'

const VIA: Via = { strategy: NAME, source: 'index-entry', kept: 'entry' }
const DIGEST = 'vnd.docker.reference.digest'

/**
 * The attestations of an index, or of one of its platforms.
 *
 * Requests: `GET` of the index, unless the subject is known to be none; one for each attestation where `verify` or a filter needs it.
 */
export async function discoverAttestations(
  repo: Repository,
  subject: Digest,
  index: string | undefined,
  options: FindOptions,
): Promise<readonly Referrer[]> {
  const { signal } = options
  const stored = index
    ? await getManifest(repo, index, { signal })
    : await findSubject(repo, subject, options)
  const entries = stored && readIndex(repo, stored, options)
  if (!entries) return []
  const { digest } = stored.descriptor
  const found = await Promise.all(
    entries.map((entry) => {
      const about = entry.annotations?.[ATTESTATION] && entry.annotations[DIGEST]
      const wanted = isDigest(about) && (subject === digest || subject === about)
      if (!wanted) return undefined
      const what = `${entry.digest}, an attestation of ${about},`
      return unlessUnreadable(repo, what, options, () => toAttestation(repo, entry, about, options))
    }),
  )
  return found.filter((referrer) => referrer !== undefined)
}

/** An entry as a referrer of the platform that it is about, if it passes the filters. */
async function toAttestation(
  repo: Repository,
  entry: Descriptor,
  subject: Digest,
  { verify, signal, ...filters }: FindOptions,
): Promise<Referrer | undefined> {
  const referrer: Referrer = {
    ...entry,
    artifactType: ATTESTATION_MANIFEST,
    subject: { digest: subject },
    via: [VIA],
    confirmed: true,
  }
  const { artifactType, annotations } = filters
  if (!passes(referrer, { artifactType })) return undefined
  if (!verify && (!annotations || matchesAnnotations(entry.annotations, annotations))) {
    return referrer
  }
  const stored = await findListed(repo, entry.digest, { signal })
  if (!stored) {
    warn(repo, `${entry.digest} is an attestation of ${subject}, but its manifest is gone`)
    return undefined
  }
  const manifest = parseManifest(stored.bytes, stored.descriptor.mediaType) as ImageManifest
  // Newer ones have a subject as well, and that counts.
  if (manifest.subject && manifest.subject.digest !== subject) {
    warn(repo, `${entry.digest} is listed for ${subject}, but does not point at it`)
    return undefined
  }
  const { layers } = manifest
  const maps = layers.map((layer) => layer.annotations)
  const predicates = new Set(maps.map((map) => map?.[PREDICATE]))
  const [predicate] = predicates
  const own = Object.assign(Object.create(null), summarize(manifest).annotations, entry.annotations)
  if (predicates.size === 1 && predicate !== undefined) own[PREDICATE] = predicate
  // A manifest holds several statements: one that matches is enough.
  const fits = [{}, ...maps].some((map) =>
    matchesAnnotations(Object.assign(Object.create(null), own, map), annotations ?? {}),
  )
  return fits ? { ...referrer, annotations: own, layers } : undefined
}
