/**
 * BuildKit's attestations: entries of an image index that name the platform they are about. Made by
 * whoever builds an image, in one go with it, so they are read only.
 *
 * @module
 */
import { UnsupportedError } from '../../errors.ts'
import { matchesAnnotations } from '../../model/annotations.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import { type Digest, isDigest } from '../../model/digest.ts'
import {
  type ImageIndex,
  type ImageManifest,
  isIndexType,
  parseManifest,
} from '../../model/manifest.ts'
import { parseTagOrDigest } from '../../model/reference.ts'
import { listing } from '../../registry/lists/listing.ts'
import { findManifest, getManifest } from '../../registry/manifests.ts'
import { type Repository, warn } from '../../registry/repository.ts'
import { ownWord, passes } from '../lib/referrer.ts'
import type { DiscoverOptions, Referrer, Strategy, Via } from '../strategy.ts'

const NAME = 'buildkit'
const VIA: Via = { strategy: NAME, source: 'index-entry' }
const TYPE = 'vnd.docker.reference.type'
const DIGEST = 'vnd.docker.reference.digest'
/** Newer manifests say so themselves; entries never do. */
const ATTESTATION = 'application/vnd.docker.attestation.manifest.v1+json'
const PREDICATE = 'in-toto.io/predicate-type'

/** Options of {@link buildkit}. */
export interface BuildkitOptions {
  /**
   * The image index to look into, by tag or digest, where the subject is one of its platforms: a
   * platform's manifest does not say which index it is in.
   * @default the subject itself
   */
  readonly index?: Digest | string | undefined
}

/**
 * Reads the attestations that BuildKit put into an image index: all of them for the index, those of one
 * platform for its manifest. What they attest is in their `layers`, each with its
 * `in-toto.io/predicate-type`, when listed with `verify`, or filtered by that annotation.
 *
 * Requests: `GET` of the index; with `verify` and that filter one more for each attestation.
 *
 * @throws `InvalidInputError` naming the option
 * @see https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md
 * @example
 * ```ts
 * import { referrers, repository } from 'ocilink'
 * import { buildkit } from 'ocilink/strategies'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const annotations = { 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v1' }
 * for await (const { subject, layers } of referrers(app, 'v1', { strategy: buildkit(), annotations })) {
 *   console.log(subject.digest, layers?.[0]?.digest)
 * }
 * ```
 */
/* @__NO_SIDE_EFFECTS__ */
export function buildkit(options: BuildkitOptions = {}): Strategy {
  const { index } = options
  if (index !== undefined) parseTagOrDigest(index, 'index')
  const refuse = (): never => {
    throw new UnsupportedError(
      'Attestations of BuildKit are part of the index that they are in, and change its digest: they are made by "docker buildx build --attest", and not attached later',
      { strategy: NAME, missing: ['write'], alternatives: ['oci-subject', 'digest-tags'] },
    )
  }
  return {
    name: NAME,
    spec: 'https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md',
    readOnly: true,
    needs: [],
    byDigest: true,
    extraBlobs: refuse,
    describe: refuse,
    publish: async () => refuse(),
    withdraw: async () => refuse(),

    discover: (repo, subject, options) =>
      listing(async function* () {
        const { signal } = options
        const stored = index
          ? await getManifest(repo, index, { signal })
          : await findManifest(repo, subject, { signal })
        if (!stored || !isIndexType(stored.descriptor.mediaType)) return
        const { digest, mediaType } = stored.descriptor
        const { manifests } = parseManifest(stored.bytes, mediaType) as ImageIndex
        const found = await Promise.all(
          manifests.map((entry) => {
            const about = entry.annotations?.[TYPE] && entry.annotations[DIGEST]
            const wanted = isDigest(about) && (subject === digest || subject === about)
            return wanted ? toAttestation(repo, entry, about, options) : undefined
          }),
        )
        yield found.filter((referrer) => referrer !== undefined)
      }),
  }
}

/** An entry as a referrer of the platform that it is about, if it passes the filters. */
async function toAttestation(
  repo: Repository,
  entry: Descriptor,
  subject: Digest,
  { verify, signal, ...filters }: DiscoverOptions,
): Promise<Referrer | undefined> {
  const referrer: Referrer = {
    ...entry,
    artifactType: ATTESTATION,
    subject: { digest: subject },
    via: [VIA],
    confirmed: true,
  }
  const { artifactType, annotations } = filters
  if (!passes(referrer, { artifactType })) return undefined
  if (!verify && (!annotations || matchesAnnotations(entry.annotations, annotations))) {
    return referrer
  }
  const stored = await findManifest(repo, entry.digest, { signal })
  if (!stored) {
    warn(repo, `${entry.digest} is an attestation of ${subject}, but its manifest is gone`)
    return undefined
  }
  const manifest = parseManifest(stored.bytes, stored.descriptor.mediaType) as ImageManifest
  // Newer ones have a subject as well, which is then the word of the manifest itself.
  if (manifest.subject && manifest.subject.digest !== subject) {
    warn(repo, `${entry.digest} is listed for ${subject}, but does not point at it`)
    return undefined
  }
  const { layers } = manifest
  const maps = layers.map((layer) => layer.annotations)
  const predicates = new Set(maps.map((map) => map?.[PREDICATE]))
  const [predicate] = predicates
  const own = Object.assign(Object.create(null), ownWord(manifest).annotations, entry.annotations)
  if (predicates.size === 1 && predicate !== undefined) own[PREDICATE] = predicate
  // One statement that fits is enough: a manifest holds several.
  const fits = [{}, ...maps].some((map) =>
    matchesAnnotations(Object.assign(Object.create(null), own, map), annotations ?? {}),
  )
  return fits ? { ...referrer, annotations: own, layers } : undefined
}
