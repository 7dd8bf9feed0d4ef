/**
 * OCI 1.1: `subject` in an image manifest, found by the referrers API; on registries without it, by
 * the index at the referrers tag. attach.ts comes before, registry/manifests.ts after.
 *
 * @module
 */
import { ConnectionError, InvalidInputError, RegistryError, UnsupportedError } from '../errors.ts'
import { type Descriptor, EMPTY, EMPTY_BYTES } from '../model/descriptor.ts'
import type { Digest } from '../model/digest.ts'
import { artifactTypeOf, type ImageManifest, parseManifest } from '../model/manifest.ts'
import { IMAGE_MANIFEST } from '../model/media-types.ts'
import { listing } from '../registry/listing.ts'
import { deleteManifest, findManifest, putManifest } from '../registry/manifests.ts'
import { isPage } from '../registry/page.ts'
import { type Repository, warn } from '../registry/repository.ts'
import { toReferrers } from './_referrer.ts'
import { listReferrersApi } from './_referrers-api.ts'
import { referrersTagOf } from './_referrers-tag.ts'
import { readDocument } from './_tag-document.ts'
import type { DiscoverOptions, Referrer, Strategy, Via } from './strategy.ts'

const NAME = 'oci-subject'
const API: Via = { strategy: NAME, source: 'referrers-api' }
const TAG: Via = { strategy: NAME, source: 'referrers-tag' }

/**
 * Links by `subject`, as OCI 1.1 does. The default strategy.
 *
 * Requests, beside the artifact's blobs: `PUT` of the manifest; without the referrers API also
 * `GET`, `PUT` and `GET` of the referrers tag. Listing: one `GET` per page; without the API two the
 * first time, then one.
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
        void tagWriter().then(({ readAhead }) => readAhead(repo, referrersTagOf(subject)))
      }
    },

    async publish(repo, subject: Descriptor, manifest, options) {
      const { tags = [], signal } = options
      let told: string | undefined
      let written: Descriptor | undefined
      for (const tag of tags.length > 0 ? tags : [undefined]) {
        const result = await putManifest(repo, tag, manifest, { signal })
        told = result.subject
        written = result.descriptor
      }
      const artifactType = artifactTypeOf(manifest)
      const entry: Descriptor = {
        ...written!,
        ...(artifactType && { artifactType }),
        ...('annotations' in manifest &&
          manifest.annotations && { annotations: manifest.annotations }),
      }
      const referrer = { ...entry, subject }
      const { capabilities } = repo
      capabilities.subjectHeader = told === subject.digest ? 'supported' : 'unsupported'
      const kept = await isKept(repo, subject.digest, entry, told, signal)
      if (kept) return { ...referrer, via: [API], confirmed: true }
      const { changeTag } = await tagWriter()
      const confirmed = await changeTag(repo, referrersTagOf(subject.digest), {
        entry,
        present: true,
        ...options,
      })
      return { ...referrer, via: [TAG], confirmed }
    },

    discover(repo, subject, options) {
      return listing(() => discoverPages(repo, subject, options))
    },

    async withdraw(repo, subject, digest, options) {
      const { signal } = options
      const stored = await findManifest(repo, digest, { intent: 'push', signal })
      if (stored) {
        const manifest = parseManifest(stored.bytes, stored.descriptor.mediaType)
        if (manifest.subject?.digest !== subject) {
          throw new InvalidInputError(
            'INVALID_INPUT',
            'referrer',
            `a referrer of ${subject}`,
            digest,
          )
        }
      }
      // First out of the index, then gone: the other way round a dangling entry blocks later writes.
      const entry: Descriptor = stored?.descriptor ?? { digest, mediaType: IMAGE_MANIFEST, size: 0 }
      const { changeTag } = await tagWriter()
      const confirmed = await changeTag(repo, referrersTagOf(subject), {
        entry,
        present: false,
        ...options,
      })
      try {
        return { digest, deleted: await deleteManifest(repo, digest, { signal }), confirmed }
      } catch (error) {
        const refused = error instanceof RegistryError && [400, 405].includes(error.status)
        if (!refused) throw error
        const { referrersApi } = repo.capabilities
        if (referrersApi === 'unsupported' || !(await isListed(repo, subject, entry, signal))) {
          warn(repo, `${digest} is no longer listed, but its manifest stays: ${error.message}`)
          return { digest, deleted: false, confirmed }
        }
        throw new UnsupportedError(
          `The registry refuses to delete ${digest}, and lists it as long as it exists: ${error.message}`,
          { strategy: NAME, missing: ['delete'], alternatives: [] },
          { cause: error },
        )
      }
    },
  }
}

// Registries with the API never need it: loaded when one without is written to.
const tagWriter = () => import('./_tag-writer.ts')

async function* discoverPages(
  repo: Repository,
  subject: Digest,
  options: DiscoverOptions,
): AsyncGenerator<readonly Referrer[]> {
  let hidden: ConnectionError | undefined
  if (repo.capabilities.referrersApi !== 'unsupported') {
    try {
      const pages = listReferrersApi(repo, subject, options)
      let page = await pages.next()
      for (; !page.done; page = await pages.next()) {
        yield await toReferrers(repo, subject, page.value, API, options)
      }
      if (page.value === 'complete') return
    } catch (error) {
      if (!maybeHidden(repo, error)) throw error
      hidden = error
    }
  }
  const document = referrersTagOf(subject)
  const state = await readDocument(repo, document, { signal: options.signal })
  // Neither the API nor the tag said anything: that is not "none".
  if (hidden && (!state.stored || state.foreign)) throw hidden
  if (state.foreign)
    warn(repo, `The tag ${document.tag} holds ${state.foreign}: no referrers are read from it`)
  yield await toReferrers(repo, subject, state.entries, TAG, options)
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
  const { referrersApi } = repo.capabilities
  if (referrersApi === 'unsupported') return false
  const believed =
    told === subject && (referrersApi === 'supported' || !sentTooEarly.test(repo.registry))
  if (believed) return true
  // By the specification a missing header means no API. It may be hidden from a page, and some
  // registries with the API send none: where that is likely, the list itself is asked.
  const likely = told === subject || referrersApi === 'supported' || isPage()
  return likely && (await isListed(repo, subject, entry, signal))
}

async function isListed(
  repo: Repository,
  subject: Digest,
  { digest, artifactType }: Descriptor,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    for await (const page of listReferrersApi(repo, subject, { artifactType, signal })) {
      if (page.some((entry) => entry.digest === digest)) return true
    }
  } catch (error) {
    if (!maybeHidden(repo, error)) throw error
  }
  return false
}

/** A path that a registry does not know may lack the CORS headers that its other answers have. */
function maybeHidden(repo: Repository, error: unknown): error is ConnectionError {
  const broken = error instanceof ConnectionError && error.code === 'CONNECTION'
  return broken && isPage() && repo.capabilities.referrersApi !== 'supported'
}
