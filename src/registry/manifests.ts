/**
 * Manifests: head, get, put, delete. Encodes once, digests those bytes, sends those bytes. Called by
 * strategies and attach.ts; repository.ts comes next.
 *
 * @module
 */
import { ContentError, InvalidInputError, RegistryError } from '../errors.ts'
import type { Descriptor } from '../model/descriptor.ts'
import { algorithmOf, type Digest, digestOf, isDigest, verifyBytes } from '../model/digest.ts'
import { encodeManifest, MANIFEST_LIMIT, type Manifest } from '../model/manifest.ts'
import {
  baseType,
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  IMAGE_INDEX,
  IMAGE_MANIFEST,
  isMediaType,
} from '../model/media-types.ts'
import { parseTagOrDigest } from '../model/reference.ts'
import { isPage } from '../platform/page.ts'
import { manifestPath } from './endpoints.ts'
import { internals, type Repository, receive, type SendOptions, send } from './repository.ts'
import { redact } from './wire/origins.ts'

/** Options of every call that takes no others. */
export interface CallOptions {
  /** Ends the call; its reason is thrown as it is. */
  readonly signal?: AbortSignal | undefined
}

/** Options of reading a manifest. */
export interface ReadManifestOptions extends CallOptions {
  /**
   * What the token should allow: `'push'` where writes follow, so that one token does for both.
   * @default 'pull'
   */
  readonly intent?: 'pull' | 'push' | undefined
  /**
   * Media types to ask for.
   * @default image manifests and indexes, and whatever else there is
   */
  readonly accept?: readonly string[] | undefined
}

/** A manifest as the registry holds it. */
export interface StoredManifest {
  readonly descriptor: Descriptor
  /** The bytes that were digested. */
  readonly bytes: Uint8Array
  /** For a conditional write, where the registry sends one. */
  readonly etag?: string | undefined
}

/**
 * Looks up what a tag or digest names.
 *
 * Requests: `HEAD manifests/<reference>`; and `GET` where the answer lacks type, size or digest.
 *
 * @param reference - a tag, or `sha256:<64 hex>`
 * @returns `undefined` when there is none
 * @throws `InvalidInputError` `INVALID_TAG`, `INVALID_DIGEST`
 * @see distribution-spec 1.1, "Checking if content exists in the registry"
 */
export async function headManifest(
  repo: Repository,
  reference: string,
  options: ReadManifestOptions = {},
): Promise<Descriptor | undefined> {
  const request = readRequest(repo, reference, options)
  const response = await send(repo, { ...request, method: 'HEAD' })
  if (response.status === 404) return undefined
  const told = response.headers.get('docker-content-digest')
  const digest = isDigest(reference) ? reference : told
  const size = response.headers.get('content-length')
  const mediaType = baseType(response.headers.get('content-type'))
  // A length that a proxy changed by compressing is no size; headers may be hidden from a page.
  const usable =
    isDigest(digest) && size !== null && mediaType && !response.headers.has('content-encoding')
  if (!usable) return (await findManifest(repo, reference, options))?.descriptor
  checkType(repo, mediaType, response, request.path)
  return { mediaType, digest, size: Number(size) }
}

/**
 * Reads a manifest and checks its digest.
 *
 * Requests: `GET manifests/<reference>`.
 *
 * @returns `undefined` when there is none
 * @throws `ContentError` `DIGEST_MISMATCH`, `TOO_LARGE` over 4 MiB
 * @see distribution-spec 1.1, "Pulling manifests"
 */
export function findManifest(
  repo: Repository,
  reference: string,
  options: ReadManifestOptions = {},
): Promise<StoredManifest | undefined> {
  const { reads } = repo[internals]
  const key = readKey(reference, options.accept)
  const found = reads?.get(key) ?? readManifest(repo, reference, options)
  reads?.set(key, found)
  return found
}

/** @internal By what reads are shared: some registries have nothing for who does not name its type. */
export function readKey(reference: string, accept: ReadManifestOptions['accept']): string {
  return reference + accept
}

async function readManifest(
  repo: Repository,
  reference: string,
  options: ReadManifestOptions,
): Promise<StoredManifest | undefined> {
  const request = readRequest(repo, reference, options)
  const response = await send(repo, { ...request, method: 'GET' })
  if (response.status === 404) {
    await response.body?.cancel()
    return undefined
  }
  const mediaType = baseType(response.headers.get('content-type'))
  checkType(repo, mediaType, response, request.path)
  const bytes = await receive(repo, response, MANIFEST_LIMIT, { ...request, method: 'GET' })
  const told = response.headers.get('docker-content-digest')
  const expected = isDigest(reference) ? reference : isDigest(told) ? told : undefined
  if (expected) await verifyBytes(bytes, { digest: expected })
  const digest = expected ?? (await digestOf(bytes))
  const etag = response.headers.get('etag') ?? undefined
  return { descriptor: { mediaType, digest, size: bytes.byteLength }, bytes, etag }
}

/**
 * {@link findManifest} that throws when there is none.
 *
 * @throws `RegistryError` 404
 */
export async function getManifest(
  repo: Repository,
  reference: string,
  options: ReadManifestOptions = {},
): Promise<StoredManifest> {
  const stored = await findManifest(repo, reference, options)
  if (stored) return stored
  throw notFound(repo, reference)
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
 * @param tag - where to put it; by its own digest when `undefined`
 * @param manifest - an object, encoded once; or bytes, sent as they are
 * @throws `ContentError` `TOO_LARGE` over 4 MiB, `DIGEST_MISMATCH` when the registry stored
 *   something else
 * @see distribution-spec 1.1, "Pushing Manifests"
 */
export async function putManifest(
  repo: Repository,
  tag: string | undefined,
  manifest: Manifest | Uint8Array,
  options: PutManifestOptions = {},
): Promise<PutManifestResult> {
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
  await response.body?.cancel()
  const told = response.headers.get('docker-content-digest')
  if (isDigest(told) && algorithmOf(told) === algorithmOf(digest) && told !== digest) {
    throw new ContentError('DIGEST_MISMATCH', 'manifest stored by the registry', digest, told)
  }
  return {
    descriptor: { mediaType, digest, size: bytes.byteLength },
    subject: response.headers.get('oci-subject') ?? undefined,
    reference: response.headers.get('oci-reference') ?? undefined,
  }
}

/**
 * Deletes a tag, or a manifest with all its tags.
 *
 * Requests: `DELETE manifests/<reference>`.
 *
 * @returns whether there was one
 * @throws `RegistryError` 405 (some: 400) where the registry refuses deletes
 * @see distribution-spec 1.1, "Deleting tags" and "Deleting Manifests"
 */
export async function deleteManifest(
  repo: Repository,
  reference: string,
  options: CallOptions = {},
): Promise<boolean> {
  const response = await send(repo, {
    method: 'DELETE',
    path: manifestPath(repo.name, parseTagOrDigest(reference, 'reference')),
    expect: [404],
    actions: ['pull', 'push', 'delete'],
    signal: options.signal,
  })
  await response.body?.cancel()
  return response.status !== 404
}

/** @internal The error for a manifest that is not there. */
export function notFound(repo: Repository, reference: string | Digest): RegistryError {
  return new RegistryError({
    method: 'GET',
    url: redact(new URL(manifestPath(repo.name, reference), repo[internals].origin)),
    status: 404,
    errors: [{ code: 'MANIFEST_UNKNOWN' }],
  })
}

function readRequest(
  repo: Repository,
  reference: string,
  options: ReadManifestOptions,
): Omit<SendOptions, 'method'> {
  const types = [IMAGE_INDEX, IMAGE_MANIFEST]
  // Over 128 bytes an Accept costs a page one more request, a preflight.
  if (!isPage()) types.push(DOCKER_MANIFEST, DOCKER_MANIFEST_LIST, '*/*;q=0.1')
  return {
    path: manifestPath(repo.name, parseTagOrDigest(reference, 'reference')),
    headers: { accept: (options.accept ?? types).join(', ') },
    expect: [404],
    actions: options.intent === 'push' ? ['pull', 'push'] : ['pull'],
    signal: options.signal,
  }
}

// A login page or proxy answers 200 with HTML; every manifest type is some JSON.
function checkType(repo: Repository, mediaType: string, response: Response, path: string): void {
  if (/[/+](json|prettyjws)$/.test(mediaType)) return
  throw new RegistryError({
    method: 'GET',
    url: redact(new URL(path, repo[internals].origin)),
    status: response.status,
    hint: `Its type is ${mediaType || 'missing'}, which is no manifest: is this a registry, and not a login page or proxy?`,
  })
}
