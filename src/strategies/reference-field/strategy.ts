/**
 * Proposal B: a `reference` field in documents that registries know already, found by
 * `/manifests/<digest>/references`; on registries without that, which are all that are deployed, by
 * the index at the referrers tag (PROPOSAL_B.md, "Modifications").
 *
 * @module
 */
import { type Descriptor, EMPTY, EMPTY_BYTES } from '../../model/descriptor.ts'
import { parseDescriptorList } from '../../model/descriptor-list.ts'
import type { Digest } from '../../model/digest.ts'
import type { ImageManifest, Manifest } from '../../model/manifest.ts'
import { IMAGE_MANIFEST } from '../../model/media-types.ts'
import { referencesPath } from '../../registry/endpoints.ts'
import { listing } from '../../registry/lists/listing.ts'
import { isListed, type KeptLinks, listLinks, onDemand, putReferrer } from '../kept/links.ts'
import type { Strategy } from '../strategy.ts'

const NAME = 'reference-field'

/** What something says in its `reference`: `undefined` where it has none. */
const byReference = (manifest: Manifest, subject: Digest): boolean | undefined => {
  const { reference } = manifest as { reference?: { digest?: unknown } | null }
  return reference ? reference.digest === subject : undefined
}

const links: KeptLinks = {
  api: {
    capability: 'referencesApi',
    path: referencesPath,
    parse: (bytes) => parseDescriptorList(bytes).entries,
  },
  viaApi: { strategy: NAME, source: 'references-api' },
  viaTag: { strategy: NAME, source: 'referrers-tag' },
  pointsAt: byReference,
  // An index's entry may have the reference, instead of the manifest that it names: where the registry
  // keeps the list it has seen that, and at the tag the entry says so.
  listedPointsAt: (manifest, subject) => byReference(manifest, subject) ?? true,
  ownPointsAt: (manifest, subject) => byReference(manifest, subject) ?? 'listed',
  isOwn: ({ reference }, subject) => byReference({ reference } as ImageManifest, subject),
}

/**
 * Links by `reference` in an image manifest, as proposal B does. Every registry stores the field, and
 * none that is deployed lists it: there the link is kept in the index at the referrers tag, beside
 * those of OCI 1.1, and by the same rules. `via` says which. Read are also indexes with a `reference`,
 * and manifests whose entry in an index has one.
 *
 * Requests, beside the artifact's blobs: `PUT` of the manifest; one more the first time, where the
 * answer does not tell that the registry lists it; without the list also `GET`, `PUT` and `GET` of
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
/* @__NO_SIDE_EFFECTS__ */
export function referenceField(): Strategy {
  return {
    name: NAME,
    spec: 'https://github.com/opencontainers/wg-reference-types/blob/main/docs/proposals/PROPOSAL_B.md',
    needs: [],
    list: 'referencesApi',

    extraBlobs({ config, blobs }) {
      return config && blobs.length > 0 ? [] : [{ descriptor: EMPTY, data: EMPTY_BYTES }]
    },

    describe({ mediaType, digest, size }: Descriptor, artifact): ImageManifest {
      const { artifactType, config = EMPTY, blobs, annotations } = artifact
      return {
        schemaVersion: 2,
        mediaType: IMAGE_MANIFEST,
        artifactType,
        config,
        layers: blobs.length > 0 ? blobs : [EMPTY],
        reference: { mediaType, size, digest },
        ...(annotations && { annotations }),
      }
    },

    prepare(repo, subject) {
      if (repo.capabilities.referencesApi !== 'unsupported') return
      void onDemand().then(({ readTagAhead }) => readTagAhead(repo, subject))
    },

    async publish(repo, subject: Descriptor, manifest, options) {
      const { mediaType, digest, size } = subject
      const { entry, reference: told } = await putReferrer(repo, manifest, options)
      const { capabilities } = repo
      if (told === digest) capabilities.referencesApi = 'supported'
      const kept =
        capabilities.referencesApi === 'unknown'
          ? await isListed(repo, digest, entry, links.api, options.signal)
          : capabilities.referencesApi === 'supported'
      const referrer = { ...entry, subject }
      if (kept) return { ...referrer, via: [links.viaApi], confirmed: true }
      const { changeEntry } = await onDemand()
      // The mark that tells it from links by "subject", which are at the same tag.
      const marked = { ...entry, reference: { mediaType, size, digest } }
      const confirmed = await changeEntry(repo, digest, marked, true, options)
      return { ...referrer, via: [links.viaTag], confirmed }
    },

    discover(repo, subject, options) {
      return listing(() => listLinks(repo, subject, links, options))
    },

    async withdraw(repo, subject, digest, options) {
      const { withdrawLink } = await onDemand()
      return withdrawLink(repo, subject, digest, links, options)
    },
  }
}
