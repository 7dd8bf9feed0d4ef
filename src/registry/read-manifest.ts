/**
 * Reading a manifest: the request, and what its answer must be (distribution-spec 1.1, "Pulling
 * manifests").
 *
 * @module
 */
import { RegistryError } from '../errors.ts'
import { digestOf, isDigest, verifyBytes } from '../model/digest.ts'
import { MANIFEST_LIMIT } from '../model/manifest.ts'
import {
  baseType,
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  IMAGE_INDEX,
  IMAGE_MANIFEST,
} from '../model/media-types.ts'
import { parseTagOrDigest } from '../model/reference.ts'
import {
  abortSignal,
  type Checks,
  checkOptions,
  listOf,
  oneOf,
  string,
} from '../platform/options.ts'
import { isPage } from '../platform/page.ts'
import { spend } from './budget.ts'
import { manifestPath } from './endpoints.ts'
import { typeOfManifest } from './manifest-type.ts'
import type { CallOptions } from './options.ts'
import { internalsOf, type Repository } from './repository.ts'
import { errorOf, receive, type SendOptions, send } from './send.ts'
import { readKey, type StoredManifest } from './stored-manifest.ts'
import { redact } from './wire/origins.ts'

/** Options of reading a manifest. */
export interface ReadManifestOptions extends CallOptions {
  /**
   * What the token should allow: `'push'` where writes follow, so that one token does for both.
   * @default 'pull'
   */
  readonly intent?: 'pull' | 'push' | undefined
  /**
   * Media types to accept.
   * @default image manifests and indexes, and whatever else there is
   */
  readonly accept?: readonly string[] | undefined
}

const readChecks: Checks<ReadManifestOptions> = {
  intent: oneOf('pull', 'push'),
  accept: listOf(string),
  signal: abortSignal,
}

/** A manifest, or the registry's 404; read once where several reads of one call share it. */
export function sharedRead(
  repo: Repository,
  reference: string,
  options: ReadManifestOptions,
): Promise<StoredManifest | RegistryError> {
  const { reads } = internalsOf(repo)
  const key = readKey(reference, options?.accept)
  const known = reads?.get(key)
  if (known) return known
  const read = readManifest(repo, reference, options)
  reads?.set(key, read)
  return read
}

async function readManifest(
  repo: Repository,
  reference: string,
  options: ReadManifestOptions,
): Promise<StoredManifest | RegistryError> {
  const request = { ...readRequest(repo, reference, options), method: 'GET' as const }
  spend(internalsOf(repo).budget, 'manifests')
  const response = await send(repo, request)
  if (response.status === 404) return errorOf(repo, response, request)
  const bytes = await receive(repo, response, MANIFEST_LIMIT, request)
  const announcedType = baseType(response.headers.get('content-type'))
  const mediaType = typeOfManifest(announcedType, bytes)
  if (mediaType === undefined) throw noManifest(repo, announcedType, response, request.path)
  const announced = response.headers.get('docker-content-digest')
  const expected = isDigest(reference) ? reference : isDigest(announced) ? announced : undefined
  if (expected) await verifyBytes(bytes, { digest: expected })
  const digest = expected ?? (await digestOf(bytes))
  const etag = response.headers.get('etag') ?? undefined
  return { descriptor: { mediaType, digest, size: bytes.byteLength }, bytes, etag }
}

/** The request for a manifest, but for its method. */
export function readRequest(
  repo: Repository,
  reference: string,
  options: ReadManifestOptions,
): Omit<SendOptions, 'method'> {
  internalsOf(repo)
  checkOptions(options, readChecks)
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

/** A login page or proxy answers 200 with HTML, and some answer errors so. */
function noManifest(
  repo: Repository,
  type: string,
  { status }: Response,
  path: string,
): RegistryError {
  return new RegistryError({
    method: 'GET',
    url: redact(new URL(path, internalsOf(repo).origin)),
    status,
    hint: `Its type is ${type || 'missing'}, and it is no manifest: is this a registry, and not a login page or proxy?`,
  })
}
