/**
 * Cosign's tags: `<alg>-<hex>.sig`, `.att` and `.sbom`, each an image manifest whose layers are the signatures,
 * attestations or SBOMs of the subject (sigstore/cosign, specs/SIGNATURE_SPEC.md).
 *
 * @module
 */

import { checkSuffix } from '../../model/cosign-suffix.ts'
import { EMPTY, EMPTY_BYTES } from '../../model/descriptor.ts'
import type { ImageManifest } from '../../model/manifest.ts'
import { anything, checkOptions, string } from '../../platform/options.ts'
import { listing } from '../../registry/lists/listing.ts'
import { internalsOf, type Repository } from '../../registry/repository.ts'
import type { ArtifactOutline, Strategy } from '../strategy.ts'
import { SIGNATURE } from './annotations.ts'
import { checkPrefix, refusal, SUFFIXES, suffixFor } from './suffix.ts'

/** Options of {@link cosignTags}. */
export interface CosignTagsOptions {
  /**
   * The end of the tag; without it, what is written goes where its type belongs, and `sig`, `att` and
   * `sbom` are read.
   */
  readonly suffix?: 'sig' | 'att' | 'sbom' | (string & {}) | undefined
  /** What the tag begins with, as `--attachment-tag-prefix` of cosign sets it. */
  readonly prefix?: string | undefined
  /**
   * Where the tags are, in place of the subject's own repository, as `COSIGN_REPOSITORY` sets it for cosign.
   * @default the subject's repository
   */
  readonly repository?: Repository | undefined
}

/**
 * Links by cosign's tags: each blob becomes a layer of the manifest at the tag of its kind, with its
 * annotations. Layers that are there stay.
 *
 * Requests, beside the artifact's blobs: `GET` of the tag, `POST` of a config, `PUT` and `GET` of the
 * tag; for a layer of `.att` without `predicateType`, a `GET` of it. Listing: one `GET` per suffix, in
 * parallel.
 *
 * @throws `InvalidInputError` `INVALID_INPUT` for a suffix that makes no tag, `INVALID_TAG` for such a prefix
 * @see https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
 * @example
 * ```ts
 * import { attach, repository } from 'ocilink'
 * import { cosignTags } from 'ocilink/strategies'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const mediaType = 'application/vnd.dev.cosign.simplesigning.v1+json'
 * const annotations = { 'dev.cosignproject.cosign/signature': 'MEYCIQ...' }
 * const blobs = [{ data: '{"critical":{}}', mediaType, annotations }]
 * await attach(app, 'v1', { artifactType: mediaType, blobs }, { strategy: cosignTags() })
 * ```
 */
/* @__NO_SIDE_EFFECTS__ */
export function cosignTags(options: CosignTagsOptions = {}): Strategy<ImageManifest> {
  checkOptions(options, { suffix: string, prefix: string, repository: anything })
  const { suffix: given, prefix = '', repository } = options
  if (given !== undefined) checkSuffix(given)
  const suffixes = given === undefined ? SUFFIXES : [given]
  checkPrefix(prefix, suffixes)
  if (repository) internalsOf(repository)
  const suffixOf = (...contents: Parameters<typeof suffixFor>) => given ?? suffixFor(...contents)

  return {
    name: 'cosign-tags',
    options: {
      ...options,
      ...(repository && { repository: `${repository.registry}/${repository.name}` }),
    },
    spec: 'https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md',
    needs: [],
    byDigest: true,

    check(artifact) {
      refuseConfig(artifact)
      if (suffixOf(artifact.blobs, artifact.artifactType) === 'sig') requireSignatures(artifact)
    },

    blobs: ({ blobs }) => (blobs.length > 0 ? [] : [{ descriptor: EMPTY, data: EMPTY_BYTES }]),

    async describe(_, artifact) {
      const { describeCosign } = await writing()
      return describeCosign(suffixOf(artifact.blobs, artifact.artifactType), artifact)
    },

    async read(manifest) {
      const { readLayers } = await import('./read.ts')
      return readLayers(manifest)
    },
    losses: async (artifact) => (await writing()).lossesOf(artifact),

    async prepare(repo, subject, { artifactType, blobs }, { signal }) {
      const { prepareCosign } = await writing()
      prepareCosign(repo, options, subject, suffixOf(blobs, artifactType), signal)
    },

    async publish(repo, subject, referrers, publishOptions) {
      const { publishCosign } = await writing()
      return Promise.all(
        referrers.map((one) => {
          const suffix = suffixOf(one.manifest.layers, one.artifactType)
          return publishCosign(repo, options, subject, suffix, one, publishOptions)
        }),
      )
    },

    discover(repo, subject, findOptions) {
      return listing(async function* () {
        const { discoverCosign } = await import('./discover.ts')
        yield* discoverCosign(repo, options, subject, suffixes, findOptions)
      })
    },

    async withdraw(repo, subject, digest, withdrawOptions) {
      const { withdrawCosign } = await import('./withdraw.ts')
      return withdrawCosign(repo, options, subject, suffixes, digest, withdrawOptions)
    },

    from: ({ source }) => cosignTags({ ...options, suffix: source }),
  }
}

// Loaded on demand.
const writing = () => import('./publish.ts')

function refuseConfig({ config }: ArtifactOutline): void {
  if (config) throw refusal('config', 'left out: cosign has its own', config)
}

function requireSignatures({ blobs, annotations }: ArtifactOutline): void {
  blobs.forEach((blob, i) => {
    const signature = blob.annotations?.[SIGNATURE] ?? annotations?.[SIGNATURE]
    const path = `blobs[${i}].annotations["${SIGNATURE}"]`
    if (!signature) throw refusal(path, 'a signature, base64', signature)
  })
}
