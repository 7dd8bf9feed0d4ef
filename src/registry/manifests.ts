/**
 * Manifests: head, get, put (distribution-spec 1.1, "Pulling manifests" and after). What is
 * written is encoded once, and those bytes are digested and sent.
 *
 * @module
 */

import { ContentError, InvalidInputError, RegistryError } from '../errors.ts'
import type { Descriptor } from '../model/descriptor.ts'
import { algorithmOf, digestOf, isDigest } from '../model/digest.ts'
import { encodeManifest, MANIFEST_LIMIT, type Manifest } from '../model/manifest.ts'
import { baseType, isKnownManifestType, isMediaType } from '../model/media-types.ts'
import { parseTagOrDigest } from '../model/reference.ts'
import { dropBody, fieldsOf } from '../platform/body.ts'
import {
  abortSignal,
  boolean,
  type Checks,
  checkOptions,
  oneOf,
  string,
} from '../platform/options.ts'
import { isPage } from '../platform/page.ts'
import { manifestPath } from './endpoints.ts'
import { noteTag } from './lists/noted-tag.ts'
import type { CallOptions } from './options.ts'
import { type ReadManifestOptions, readRequest, sharedRead } from './read-manifest.ts'
import { internalsOf, type Repository, warn } from './repository.ts'
import { send } from './send.ts'
import type { StoredManifest } from './stored-manifest.ts'
import type { HiddenPaths } from './wire/host.ts'

/** Registries whose `HEAD` shows a page no digest. */
const unannounced = /* @__PURE__ */ new WeakSet<HiddenPaths>()

/** Answers to `HEAD` that say little: registries and proxies that refuse it, or know less than they do of `GET`. */
const vague = [400, 403, 404, 405, 406, 410, 415, 422, 501]

/**
 * Looks up what a tag or digest names. The size is what the registry says; {@link getManifest} counts it.
 *
 * Requests: `HEAD manifests/<reference>`; and `GET` where that finds nothing or is refused, and where the answer lacks
 * type, size or digest. `GET` alone of a tag, in a page that the registry has shown no digest.
 *
 * @param reference - a tag, or `sha256:<64 hex>`
 * @returns `undefined` when there is none
 * @throws `InvalidInputError` `INVALID_TAG`, `INVALID_DIGEST`
 * @see distribution-spec 1.1, "Checking if content exists in the registry"
 * @example
 * ```ts
 * import { repository } from 'ocilink'
 * import { headManifest } from 'ocilink/registry'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const image = await headManifest(app, 'v1')
 * console.log(image?.digest ?? 'there is none')
 * ```
 */
export async function headManifest(
  repo: Repository,
  reference: string,
  options: ReadManifestOptions = {},
): Promise<Descriptor | undefined> {
  const found = await lookUpManifest(repo, reference, options)
  if (found instanceof RegistryError) return undefined
  noteTag(repo, reference)
  return found
}

/** @internal {@link headManifest} that gives what the registry said where there is none. */
export async function lookUpManifest(
  repo: Repository,
  reference: string,
  options: ReadManifestOptions,
): Promise<Descriptor | RegistryError> {
  const { hidden } = internalsOf(repo)
  if (isDigest(reference) || !unannounced.has(hidden)) {
    const found = await head(repo, reference, options)
    if (found) return found
  }
  const found = await sharedRead(repo, reference, options)
  return found instanceof RegistryError ? found : found.descriptor
}

/** What `HEAD` says, where that is enough. */
async function head(
  repo: Repository,
  reference: string,
  options: ReadManifestOptions,
): Promise<Descriptor | undefined> {
  const request = readRequest(repo, reference, options)
  const { ok, headers } = await send(repo, { ...request, method: 'HEAD', expect: vague })
  const announced = headers.get('docker-content-digest')
  if (ok && announced === null && isPage()) unannounced.add(internalsOf(repo).hidden)
  const digest = isDigest(reference) ? reference : announced
  const size = Number(headers.get('content-length'))
  const mediaType = baseType(headers.get('content-type'))
  // A length that a proxy changed by compressing is no size; headers may be hidden from a page.
  const isSize =
    Number.isInteger(size) && size > 0 && size <= MANIFEST_LIMIT && !headers.has('content-encoding')
  if (ok && isDigest(digest) && isSize && isKnownManifestType(mediaType)) {
    return { mediaType, digest, size }
  }
  return undefined
}

/**
 * Reads a manifest and checks its digest.
 *
 * Requests: `GET manifests/<reference>`.
 *
 * @returns `undefined` when there is none
 * @throws `ContentError` `DIGEST_MISMATCH`, `TOO_LARGE` over 4 MiB
 * @see distribution-spec 1.1, "Pulling manifests"
 * @example
 * ```ts
 * import { repository } from 'ocilink'
 * import { findManifest } from 'ocilink/registry'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const image = await findManifest(app, 'v1')
 * console.log(image?.descriptor.mediaType ?? 'there is none')
 * ```
 */
export async function findManifest(
  repo: Repository,
  reference: string,
  options: ReadManifestOptions = {},
): Promise<StoredManifest | undefined> {
  const found = await sharedRead(repo, reference, options)
  return found instanceof RegistryError ? undefined : found
}

/**
 * {@link findManifest} that throws when there is none.
 *
 * @throws `RegistryError` `NOT_FOUND`, with what the registry said
 * @example
 * ```ts
 * import { repository } from 'ocilink'
 * import { getManifest } from 'ocilink/registry'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const { bytes } = await getManifest(app, 'v1')
 * console.log(new TextDecoder().decode(bytes))
 * ```
 */
export async function getManifest(
  repo: Repository,
  reference: string,
  options: ReadManifestOptions = {},
): Promise<StoredManifest> {
  const found = await sharedRead(repo, reference, options)
  if (found instanceof RegistryError) throw found
  noteTag(repo, reference)
  return found
}

/** Options of {@link putManifest}. */
export interface PutManifestOptions extends CallOptions {
  /** Media type of bytes; a manifest object says its own. */
  readonly mediaType?: string | undefined
  /** Write only over what has this ETag, where the registry honours conditions. */
  readonly ifMatch?: string | undefined
  /** Write only where nothing is yet, where the registry honours conditions. */
  readonly ifNoneMatch?: '*' | undefined
  /**
   * Where to write: `v3` is there where nodes are (proposal C).
   * @default 'v2'
   */
  readonly api?: 'v2' | 'v3' | undefined
  /** @internal Whether the caller sees to it that a manifest with a subject is found. */
  readonly linked?: boolean | undefined
}

const putChecks: Checks<PutManifestOptions> = {
  mediaType: string,
  ifMatch: string,
  ifNoneMatch: oneOf('*'),
  api: oneOf('v2', 'v3'),
  linked: boolean,
  signal: abortSignal,
}

/** What {@link putManifest} wrote. */
export interface PutManifestResult {
  readonly descriptor: Descriptor
  /** The registry's `OCI-Subject`: it keeps track of this referrer itself. */
  readonly subject?: string | undefined
  /** Its `OCI-Reference`: the same for a `reference` (proposal B; an extension of the embedded one). */
  readonly reference?: string | undefined
}

/**
 * Writes a manifest, by its digest or at a tag.
 *
 * Requests: `PUT manifests/<reference>`; repeated after a failure only when written by digest.
 *
 * Of a manifest with a `subject` that the registry does not acknowledge there is a warning (`onWarning`): it keeps no
 * list, and only `link()` and `attach()` write the referrers tag instead.
 *
 * @param tag - where to put it; by its own digest when `undefined`
 * @param manifest - an object, encoded once; or bytes, sent as they are
 * @throws `ContentError` `TOO_LARGE` over 4 MiB, `DIGEST_MISMATCH` when the registry stored
 *   something else
 * @see distribution-spec 1.1, "Pushing Manifests"
 * @example
 * ```ts
 * import { repository } from 'ocilink'
 * import { putManifest } from 'ocilink/registry'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const mediaType = 'application/vnd.oci.image.index.v1+json'
 * const index = { schemaVersion: 2, mediaType, manifests: [] } as const
 * const { descriptor } = await putManifest(app, 'v1', index)
 * console.log(descriptor.digest)
 * ```
 */
export async function putManifest(
  repo: Repository,
  tag: string | undefined,
  manifest: Manifest | Uint8Array,
  options: PutManifestOptions = {},
): Promise<PutManifestResult> {
  internalsOf(repo)
  checkOptions(options, putChecks)
  if (typeof manifest !== 'object' || manifest === null)
    throw new TypeError(`"manifest" must be a manifest or its bytes, got ${typeof manifest}`)
  const bytes = manifest instanceof Uint8Array ? manifest : encodeManifest(manifest)
  const mediaType =
    options.mediaType ?? (manifest instanceof Uint8Array ? undefined : manifest.mediaType)
  if (!isMediaType(mediaType))
    throw new InvalidInputError('INVALID_INPUT', 'mediaType', 'type/subtype', mediaType)
  if (bytes.byteLength > MANIFEST_LIMIT) {
    throw new ContentError('TOO_LARGE', 'manifest in bytes', MANIFEST_LIMIT, bytes.byteLength)
  }
  // A digest given for the tag names what is written: another algorithm than sha256, for example.
  const reference = tag === undefined ? undefined : parseTagOrDigest(tag, 'tag')
  const digest = await digestOf(bytes, isDigest(reference) ? algorithmOf(reference) : 'sha256')
  if (isDigest(reference) && reference !== digest) {
    throw new ContentError('DIGEST_MISMATCH', 'manifest', reference, digest)
  }
  const response = await send(repo, {
    method: 'PUT',
    path: manifestPath(repo.name, reference ?? digest, options.api),
    headers: {
      'content-type': mediaType,
      ...(options.ifMatch && { 'if-match': options.ifMatch }),
      ...(options.ifNoneMatch && { 'if-none-match': options.ifNoneMatch }),
    },
    body: bytes as Uint8Array<ArrayBuffer>,
    actions: ['pull', 'push'],
    once: reference !== undefined && !isDigest(reference),
    signal: options.signal,
  })
  dropBody(response)
  const kept = response.headers.get('docker-content-digest')
  if (isDigest(kept) && algorithmOf(kept) === algorithmOf(digest) && kept !== digest) {
    throw new ContentError('DIGEST_MISMATCH', 'manifest stored by the registry', digest, kept)
  }
  const subject = response.headers.get('oci-subject') ?? undefined
  if (subject === undefined && !options.linked) warnOfSubject(repo, digest, manifest)
  return {
    descriptor: { mediaType, digest, size: bytes.byteLength },
    subject,
    reference: response.headers.get('oci-reference') ?? undefined,
  }
}

/** A registry without the referrers API takes a subject as it takes any other field (distribution-spec 1.1). */
function warnOfSubject(repo: Repository, digest: string, manifest: Manifest | Uint8Array): void {
  const read = manifest instanceof Uint8Array ? fieldsOf(manifest) : manifest
  const { subject } = read as { readonly subject?: { readonly digest?: unknown } | null }
  if (!subject) return
  const message = `${digest} was written, but the registry did not say that it lists it for its subject ${subject.digest} (OCI-Subject): unless it has the referrers API all the same, nobody finds it there. link() and attach() write the referrers tag too`
  warn(repo, message)
}
