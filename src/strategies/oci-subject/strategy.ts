/**
 * OCI 1.1: `subject` in an image manifest (image-spec 1.1, manifest.md), found by the referrers API or, on registries
 * without it, by the referrers tag (distribution-spec 1.1, "Listing Referrers" and "Referrers Tag Schema").
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { ImageManifest } from '../../model/manifest.ts'
import { checkOptions } from '../../platform/options.ts'
import { listing } from '../../registry/lists/listing.ts'
import { discoverKept } from '../kept/discover.ts'
import type { KeptLinks } from '../kept/links.ts'
import { referrersApi } from '../kept/list-api.ts'
import { prepareKept } from '../kept/prepare.ts'
import { publishKept } from '../kept/publish.ts'
import { emptyBlobs, imageOf, readImage } from '../lib/image-artifact.ts'
import { bySubject } from '../lib/points-at.ts'
import type { Strategy } from '../strategy.ts'

const NAME = 'oci-subject'

const links: KeptLinks = {
  api: referrersApi,
  viaApi: { strategy: NAME, source: 'referrers-api', kept: 'registry' },
  viaTag: { strategy: NAME, source: 'referrers-tag', kept: 'tag' },
  pointsAt: bySubject,
  linkFields: ['subject', 'refers'],
  // Proposal B marks its entries.
  isOwn: ({ reference }) => !reference,

  acknowledges({ capabilities }, subject, written) {
    const all = written.every((one) => one.subject === subject)
    capabilities.subjectHeader = all ? 'supported' : 'unsupported'
    return all
  },
}

/**
 * Links by `subject`, as OCI 1.1 does. The default strategy.
 *
 * Requests, beside the artifact's blobs: `PUT` of the manifest; without the referrers API also
 * `GET`, `PUT` and `GET` of the referrers tag. Listing: one `GET` per page; without the API two the
 * first time, then one. What earlier drafts left behind is read too: `refers` in a manifest instead
 * of `subject`, and artifact manifests.
 *
 * @throws `InvalidInputError` `INVALID_INPUT` for an option: it has none
 * @see distribution-spec 1.1, "Listing Referrers" and "Referrers Tag Schema"
 * @example
 * ```ts
 * import { ociSubject } from 'ocilink/strategies'
 *
 * console.log(ociSubject().spec)
 * ```
 */
export function ociSubject(): Strategy<ImageManifest>
/* @__NO_SIDE_EFFECTS__ */
export function ociSubject(options: object = {}): Strategy<ImageManifest> {
  checkOptions(options, {})
  return {
    name: NAME,
    spec: 'https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers',
    needs: [],
    list: 'referrersApi',
    linkFields: links.linkFields,

    check() {},
    blobs: emptyBlobs,

    describe: ({ mediaType, digest, size }: Descriptor, artifact) =>
      imageOf(artifact, { subject: { mediaType, digest, size } }),

    read: (manifest) => ('subject' in manifest ? readImage(manifest) : undefined),

    prepare: (repo, subject, _, { signal }) => prepareKept(repo, subject, links, signal),

    publish: (repo, subject: Descriptor, referrers, options) =>
      publishKept(repo, subject, referrers, links, options),

    discover: (repo, subject, options) =>
      listing(() => discoverKept(repo, subject, links, options)),

    async withdraw(repo, subject, digest, options) {
      const { onDemand } = await import('../kept/on-demand.ts')
      return onDemand.withdrawKept(repo, subject, digest, links, options)
    },
  }
}
