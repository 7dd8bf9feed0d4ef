/**
 * Reading nodes, part by part, and what refers to a manifest (PROPOSAL_C.md, "Registry HTTP API").
 *
 * @module
 */

import { MANIFEST_LIMIT } from '../model/manifest.ts'
import { baseType } from '../model/media-types.ts'
import { parseTagOrDigest } from '../model/reference.ts'
import { dropBody } from '../platform/body.ts'
import { isAbsent } from './hidden-paths.ts'
import { followPages } from './lists/paging.ts'
import type { CallOptions } from './options.ts'
import { NODE_BASE_PATH, nodePath } from './proposal-endpoints.ts'
import { internalsOf, type Repository, throwHidden } from './repository.ts'
import { receive, send } from './send.ts'
import { budgeted } from './views.ts'
import { answerError, isWithheld } from './wire/failures.ts'

/** In place of an answer, from a registry that has no nodes; it is remembered. */
export const NO_NODES: unique symbol = Symbol('no nodes')

/** Answers of registries that know neither the path nor what it names. */
const expect = [400, 404, 405, 406, 415, 501]

/**
 * Reads a part of a node.
 *
 * Requests: `GET /v3/<name>/<part>/<reference>`.
 *
 * @throws `RegistryError` `NOT_FOUND` when there is no such node
 */
export async function readNode(
  repo: Repository,
  part: 'reference' | 'objects' | 'description',
  reference: string,
  { signal }: CallOptions,
): Promise<Uint8Array | typeof NO_NODES> {
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
): AsyncGenerator<Uint8Array | typeof NO_NODES> {
  const call = budgeted(repo)
  const accept = 'application/json'
  const path = nodePath(repo.name, 'referrers', parseTagOrDigest(reference, 'subject'))
  const headers = { accept }
  const request = { path, headers, expect, mayHide: true, actions: ['pull'], signal } as const
  let begun = false
  try {
    throwHidden(repo, 'nodesApi')
    const read = (response: Response, page: string) =>
      readAnswer(call, response, page, accept, signal)
    for await (const page of followPages(call, request, read, maxPages)) {
      begun = true
      yield page
    }
  } catch (error) {
    if (begun || !(await isAbsent(repo, 'nodesApi', error, true, signal))) throw error
    yield NO_NODES
  }
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
  dropBody(response)
  return response.status === 200
}

async function readAnswer(
  repo: Repository,
  response: Response,
  path: string,
  accept: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | typeof NO_NODES> {
  const { capabilities } = repo
  const bytes = await receive(repo, response, MANIFEST_LIMIT, { method: 'GET', path, signal })
  const text = new TextDecoder().decode(bytes)
  const type = baseType(response.headers.get('content-type'))
  // A web page that stands at every path is no JSON.
  const isJson = accept === 'application/json' && /^\s*\{/.test(text)
  if (response.ok && (type === accept || isJson)) {
    capabilities.nodesApi = 'supported'
    return bytes
  }
  const url = new URL(path, internalsOf(repo).origin).href
  const error = answerError(response, 'GET', url, text)
  const unknown = error.errors.some(({ code }) => /^(MANIFEST|NAME)_UNKNOWN$/.test(code))
  if (unknown || isWithheld(error) || capabilities.nodesApi === 'supported') throw error
  capabilities.nodesApi = 'unsupported'
  return NO_NODES
}
