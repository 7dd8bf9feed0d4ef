/**
 * OCI 1.1: `subject` in an image manifest, found by the referrers API; on registries without it, by
 * the index at the referrers tag. attach.ts comes before, registry/manifests.ts after.
 *
 * @module
 */
import { type Descriptor, EMPTY, EMPTY_BYTES } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import type { ImageManifest } from '../../model/manifest.ts'
import { IMAGE_MANIFEST } from '../../model/media-types.ts'
import { isPage } from '../../platform/page.ts'
import { listing } from '../../registry/lists/listing.ts'
import type { Repository } from '../../registry/repository.ts'
import { isListed, type KeptLinks, listLinks, onDemand, putReferrer } from '../kept/links.ts'
import { referrersApi } from '../kept/list-api.ts'
import { bySubject } from '../lib/referrer.ts'
import type { Strategy } from '../strategy.ts'

const NAME = 'oci-subject'

const links: KeptLinks = {
  api: referrersApi,
  viaApi: { strategy: NAME, source: 'referrers-api' },
  viaTag: { strategy: NAME, source: 'referrers-tag' },
  pointsAt: bySubject,
  // Proposal B marks its entries.
  isOwn: ({ reference }) => !reference,
}

/**
 * Links by `subject`, as OCI 1.1 does. The default strategy.
 *
 * Requests, beside the artifact's blobs: `PUT` of the manifest; without the referrers API also
 * `GET`, `PUT` and `GET` of the referrers tag. Listing: one `GET` per page; without the API two the
 * first time, then one. What earlier drafts left behind is read too: `refers` in a manifest instead
 * of `subject`, and artifact manifests.
 *
 * @see distribution-spec 1.1, "Listing Referrers" and "Referrers Tag Schema"
 * @example
 * ```ts
 * import { ociSubject } from 'ocilink/strategies'
 *
 * console.log(ociSubject().spec)
 * ```
 */
/* @__NO_SIDE_EFFECTS__ */
export function ociSubject(): Strategy {
  return {
    name: NAME,
    spec: 'https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers',
    needs: [],
    list: 'referrersApi',

    extraBlobs({ config, blobs }) {
      return config && blobs.length > 0 ? [] : [{ descriptor: EMPTY, data: EMPTY_BYTES }]
    },

    describe(subject: Descriptor, { artifactType, config, blobs, annotations }): ImageManifest {
      return {
        schemaVersion: 2,
        mediaType: IMAGE_MANIFEST,
        artifactType,
        config: config ?? EMPTY,
        layers: blobs.length > 0 ? blobs : [EMPTY],
        subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
        ...(annotations && { annotations }),
      }
    },

    prepare(repo, subject) {
      const { referrersApi, subjectHeader } = repo.capabilities
      if (referrersApi === 'unsupported' || subjectHeader === 'unsupported') {
        void onDemand().then(({ readTagAhead }) => readTagAhead(repo, subject))
      }
    },

    async publish(repo, subject: Descriptor, manifest, options) {
      const { entry, subject: told } = await putReferrer(repo, manifest, options)
      const referrer = { ...entry, subject }
      repo.capabilities.subjectHeader = told === subject.digest ? 'supported' : 'unsupported'
      const kept = await isKept(repo, subject.digest, entry, told, options.signal)
      if (kept) return { ...referrer, via: [links.viaApi], confirmed: true }
      const { changeEntry } = await onDemand()
      const confirmed = await changeEntry(repo, subject.digest, entry, true, options)
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

// Sent OCI-Subject before they had the API: there the header alone proves nothing.
const sentTooEarly =
  /(^|\.)docker\.io$|\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$|^public\.ecr\.aws$/

/** Whether the registry itself keeps track of a referrer that was just written. */
async function isKept(
  repo: Repository,
  subject: Digest,
  entry: Descriptor,
  told: string | undefined,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { referrersApi: api } = repo.capabilities
  if (api === 'unsupported') return false
  const believed = told === subject && (api === 'supported' || !sentTooEarly.test(repo.registry))
  if (believed) return true
  // By the specification a missing header means no API. It may be hidden from a page, and some
  // registries with the API send none: where that is likely, the list itself is asked.
  const likely = told === subject || api === 'supported' || isPage()
  return likely && (await isListed(repo, subject, entry, referrersApi, signal))
}
