/**
 * Proposal B: a `reference` field in image manifests, indexes and descriptors (PROPOSAL_B.md, "Modifications"), found
 * by `/manifests/<digest>/references` or, on registries without that, which are all deployed ones, by the index at
 * the referrers tag.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { parseEntries } from '../../model/entries.ts'
import type { ImageManifest, Manifest } from '../../model/manifest.ts'
import { NODE_MANIFEST } from '../../model/media-types.ts'
import { checkOptions } from '../../platform/options.ts'
import { listing } from '../../registry/lists/listing.ts'
import { referencesPath } from '../../registry/proposal-endpoints.ts'
import { discoverKept } from '../kept/discover.ts'
import type { KeptLinks } from '../kept/links.ts'
import { prepareKept } from '../kept/prepare.ts'
import { publishKept } from '../kept/publish.ts'
import { emptyBlobs, imageOf, readImage } from '../lib/image-artifact.ts'
import type { Strategy } from '../strategy.ts'

const NAME = 'reference-field'

/** Whether a `reference` names the subject; `undefined` where there is none, or it is proposal C's field of that name. */
const byReference = (manifest: Manifest, subject: Digest): boolean | undefined => {
  const { mediaType, reference } = manifest as Manifest & {
    reference?: { digest?: unknown } | null
  }
  return reference && mediaType !== NODE_MANIFEST ? reference.digest === subject : undefined
}

const links: KeptLinks = {
  api: {
    capability: 'referencesApi',
    path: referencesPath,
    parse: parseEntries,
  },
  viaApi: { strategy: NAME, source: 'references-api', kept: 'registry' },
  viaTag: { strategy: NAME, source: 'referrers-tag', kept: 'tag' },
  pointsAt: byReference,
  linkFields: ['reference'],
  // The entry of an index may have the reference in place of the manifest that it names. The registry's list counts
  // that, and at the tag the entry has it.
  listedPointsAt: (manifest, subject) => byReference(manifest, subject) ?? true,
  ownPointsAt: (manifest, subject) => byReference(manifest, subject) ?? 'listed',
  // Links by "subject" are at the same tag, without the mark.
  isOwn: ({ reference }, subject) => byReference({ reference } as ImageManifest, subject) ?? false,
  mark: (entry, { mediaType, digest, size }) => ({
    ...entry,
    reference: { mediaType, size, digest },
  }),

  // The header is an extension of the embedded registry. By the proposal a registry that has the list lists what it holds.
  acknowledges: ({ capabilities }, subject, written) =>
    capabilities.referencesApi === 'supported' ||
    written.every(({ reference }) => reference === subject),
}

/**
 * Links by `reference` in an image manifest, as proposal B does. Every registry stores the field, and
 * none that is deployed lists it: there the link is kept in the index at the referrers tag, beside
 * those of OCI 1.1, and by the same rules. `via` says which. Read are also indexes with a `reference`,
 * and manifests whose entry in an index has one.
 *
 * Requests, beside the artifact's blobs: `PUT` of the manifest; one more the first time, where the
 * answer does not show whether the registry lists it; without the list also `GET`, `PUT` and `GET` of
 * the referrers tag. Listing: one `GET`; without the list two the first time, then one. A filter on
 * what the list leaves out costs one per entry.
 *
 * @see PROPOSAL_B.md of the OCI Reference Types Working Group
 * @example
 * ```ts
 * import { attach, repository } from 'ocilink'
 * import { referenceField } from 'ocilink/strategies'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const note = { artifactType: 'application/vnd.example.note', annotations: { text: 'hello' } }
 * const { via } = await attach(app, 'v1', note, { strategy: referenceField() })
 * console.log(via[0]?.source)
 * ```
 */
export function referenceField(): Strategy<ImageManifest>
/* @__NO_SIDE_EFFECTS__ */
export function referenceField(options: object = {}): Strategy<ImageManifest> {
  checkOptions(options, {})
  return {
    name: NAME,
    spec: 'https://github.com/opencontainers/wg-reference-types/blob/main/docs/proposals/PROPOSAL_B.md',
    needs: [],
    list: 'referencesApi',
    linkFields: links.linkFields,

    check() {},
    blobs: emptyBlobs,

    describe: ({ mediaType, digest, size }: Descriptor, artifact) =>
      imageOf(artifact, { reference: { mediaType, size, digest } }),

    read: (manifest) => ('reference' in manifest ? readImage(manifest) : undefined),

    prepare: (repo, subject, _, { signal }) => prepareKept(repo, subject, links, signal),

    publish: (repo, subject: Descriptor, referrers, options) =>
      publishKept(repo, subject, referrers, links, options),

    discover: (repo, subject, options) =>
      listing(async function* () {
        yield* discoverKept(repo, subject, links, options)
        // The registry's list has them; without one they are only where they stand.
        if (!options.everywhere || repo.capabilities.referencesApi === 'supported') return
        const { discoverEntries } = await import('./discover.ts')
        yield discoverEntries(repo, subject, options)
      }),

    marks: ({ reference }) => !!reference,

    async withdraw(repo, subject, digest, options) {
      const { onDemand } = await import('../kept/on-demand.ts')
      return onDemand.withdrawKept(repo, subject, digest, links, options)
    },
  }
}
