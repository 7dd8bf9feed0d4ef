/**
 * Finds what is at a subject's cosign tags.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import { findNamed } from '../../registry/find-named.ts'
import { findManifest } from '../../registry/manifests.ts'
import { type Repository, warn } from '../../registry/repository.ts'
import { settled } from '../lib/settled.ts'
import { readableEntries, reportUnreadable } from '../lib/unreadable.ts'
import type { FindOptions, Referrer } from '../strategy.ts'
import { type CosignPlace, cosignDocument, type PlaceOptions, placeOf } from './document.ts'
import { readCosign, toReferrer } from './manifest.ts'

/**
 * The referrers at these suffixes: one for each that has layers which pass the filters.
 *
 * Requests: `GET manifests/<tag>` for each suffix, in parallel.
 */
export function discoverCosign(
  repo: Repository,
  where: PlaceOptions,
  subject: Digest,
  suffixes: readonly string[],
  options: FindOptions,
): AsyncGenerator<readonly Referrer[]> {
  const place = placeOf(repo, where)
  return settled(
    suffixes.map(async (suffix) => {
      const found = await readSuffix(place, subject, suffix, options)
      return found ? [found] : []
    }),
  )
}

async function readSuffix(
  place: CosignPlace,
  subject: Digest,
  suffix: string,
  options: FindOptions,
): Promise<Referrer | undefined> {
  const { repo, apart } = place
  const { tag } = cosignDocument(place, subject, suffix)
  const stored = await (apart ? findManifest : findNamed)(repo, tag, { signal: options.signal })
  if (!stored) return undefined
  const read = readCosign(subject, stored)
  if ('manifest' in read) {
    const { manifest, unreadable } = read
    readableEntries(repo, `the tag ${tag}`, { entries: [], unreadable }, options)
    return toReferrer({ digest: subject }, stored.descriptor, manifest, suffix, options)
  }
  const [broken] = read.unreadable ?? []
  if (broken) reportUnreadable(repo, `The tag ${tag}, ${read.foreign},`, broken.error, options)
  else warn(repo, `The tag ${tag} holds ${read.foreign}: nothing is read from it`)
  return undefined
}
