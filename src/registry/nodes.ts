/**
 * Reading nodes, part by part, and what refers to a manifest (PROPOSAL_C.md, "Registry HTTP API").
 *
 * @module
 */
import { RegistryError, type RegistryErrorEntry, UnsupportedError } from '../errors.ts'
import { MANIFEST_LIMIT } from '../model/manifest.ts'
import { baseType } from '../model/media-types.ts'
import { parseTagOrDigest } from '../model/reference.ts'
import { NODE_BASE_PATH, nodePath } from './endpoints.ts'
import { followPages } from './lists/paging.ts'
import type { CallOptions } from './manifests.ts'
import { internals, type Repository, receive, send } from './repository.ts'
import { redact } from './wire/origins.ts'

/** Ways of linking that need nothing of a registry. */
const alternatives = ['oci-subject', 'digest-tags', 'reference-field']

/** Answers of registries that know neither the path nor what it names. */
const expect = [400, 404, 405, 406, 415, 501]

/**
 * Reads a part of a node.
 *
 * Requests: `GET /v3/<name>/<part>/<reference>`.
 *
 * @throws `RegistryError` 404 when there is no such node; `UnsupportedError` where there are no nodes
 */
export async function readNode(
  repo: Repository,
  part: 'reference' | 'objects' | 'description',
  reference: string,
  { signal }: CallOptions,
): Promise<Uint8Array> {
  const path = nodePath(repo.name, part, parseTagOrDigest(reference, 'node'))
  const accept = part === 'description' ? 'text/plain' : 'application/json'
  const request = { path, headers: { accept }, expect, actions: ['pull'] as const, signal }
  const response = await send(repo, { ...request, method: 'GET' })
  return readAnswer(repo, response, path, accept, signal)
}

/**
 * Pages of the nodes that refer to a manifest.
 *
 * Requests: `GET /v3/<name>/referrers/<reference>`, one per page.
 *
 * @throws as {@link readNode}; a digest that nothing refers to is no error
 */
export async function* readNodeReferrers(
  repo: Repository,
  reference: string,
  { signal, maxPages }: CallOptions & { readonly maxPages?: number | undefined },
): AsyncGenerator<Uint8Array> {
  const accept = 'application/json'
  const path = nodePath(repo.name, 'referrers', parseTagOrDigest(reference, 'subject'))
  const request = { path, headers: { accept }, expect, actions: ['pull'] as const, signal }
  yield* followPages(
    repo,
    request,
    (response, asked) => readAnswer(repo, response, asked, accept, signal),
    maxPages,
  )
}

/** Whether a registry has nodes: `GET /v3/`. */
export async function hasNodes(repo: Repository, { signal }: CallOptions): Promise<boolean> {
  const response = await send(repo, {
    method: 'GET',
    path: NODE_BASE_PATH,
    expect,
    actions: ['pull'],
    signal,
  })
  await response.body?.cancel()
  return response.status === 200
}

/** The error for a registry without nodes, which is remembered. */
export function noNodes(repo: Repository, cause?: unknown): UnsupportedError {
  repo.capabilities.nodesApi = 'unsupported'
  return new UnsupportedError(
    `${repo.registry} has no node manifests: link with ${alternatives.join(', ')}`,
    { strategy: 'node-manifest', missing: ['nodesApi'], alternatives },
    { cause },
  )
}

async function readAnswer(
  repo: Repository,
  response: Response,
  path: string,
  accept: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const request = { method: 'GET' as const, path, signal }
  const bytes = await receive(repo, response, MANIFEST_LIMIT, request)
  if (response.ok && baseType(response.headers.get('content-type')) === accept) {
    repo.capabilities.nodesApi = 'supported'
    return bytes
  }
  const errors = errorsOf(bytes)
  const unknown = errors.some(({ code }) => /^(MANIFEST|NAME)_UNKNOWN$/.test(code))
  if (!unknown && repo.capabilities.nodesApi !== 'supported') throw noNodes(repo)
  throw new RegistryError({
    method: 'GET',
    url: redact(new URL(path, repo[internals].origin)),
    status: response.status,
    errors,
    hint: unknown ? 'It is not there, or is no node' : undefined,
  })
}

function errorsOf(bytes: Uint8Array): readonly RegistryErrorEntry[] {
  try {
    const { errors } = JSON.parse(new TextDecoder().decode(bytes))
    return errors.filter(({ code }: RegistryErrorEntry) => typeof code === 'string')
  } catch {
    return []
  }
}
