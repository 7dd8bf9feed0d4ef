/**
 * BuildKit's attestations: entries of an image index, each with an annotation that names its platform
 * (moby/buildkit, "Attestation Storage"). They are made when the image is built, so this is read only.
 *
 * @module
 */
import { UnsupportedError } from '../../errors.ts'
import type { Digest } from '../../model/digest.ts'
import type { ImageManifest } from '../../model/manifest.ts'
import { ATTESTATION_MANIFEST } from '../../model/media-types.ts'
import { parseTagOrDigest } from '../../model/reference.ts'
import { checkOptions, string } from '../../platform/options.ts'
import { listing } from '../../registry/lists/listing.ts'
import { alternatives } from '../lib/alternatives.ts'
import { ATTESTATION } from '../lib/annotations.ts'
import { readImage } from '../lib/image-artifact.ts'
import type { Strategy } from '../strategy.ts'
import { NAME, PREDICATE } from './annotations.ts'

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
 * platform for its manifest. Their statements are in `layers`, each with its `in-toto.io/predicate-type`, where
 * they are listed with `verify` or filtered by that annotation.
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
export function buildkit(options: BuildkitOptions = {}): Strategy<ImageManifest> {
  checkOptions(options, { index: string })
  const { index } = options
  if (index !== undefined) parseTagOrDigest(index, 'index')
  const refuse = (): never => {
    throw new UnsupportedError(
      'Attestations of BuildKit are part of the index that they are in, and change its digest: they are made by "docker buildx build --attest", and not attached later',
      { strategy: NAME, missing: ['write'], alternatives },
    )
  }
  return {
    name: NAME,
    options: { ...options },
    spec: 'https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md',
    readOnly: true,
    needs: [],
    byDigest: true,
    check: refuse,
    blobs: refuse,
    describe: refuse,
    publish: async () => refuse(),
    withdraw: async () => refuse(),

    read(manifest) {
      const image = readImage(manifest)
      const ours = image?.blobs.some(({ annotations }) => annotations?.[PREDICATE] !== undefined)
      return ours ? { ...image!, artifactType: ATTESTATION_MANIFEST } : undefined
    },

    marks: ({ annotations }) => annotations?.[ATTESTATION] !== undefined,

    discover: (repo, subject, options) =>
      listing(async function* () {
        const { discoverAttestations } = await import('./discover.ts')
        yield discoverAttestations(repo, subject, index, options)
      }),
  }
}
