// Manifests of the proposals, as text to push, and the ways to push and list them.
import { expect } from 'vitest'
import { descriptor, type Entry, errorOf, type Send } from '../_registry.ts'

export const ARTIFACT = 'application/vnd.oci.artifact.manifest.v1+json'
export const ORAS = 'application/vnd.cncf.oras.artifact.manifest.v1+json'
export const NODE = 'application/vnd.oci.node.v1+json'

/** An artifact manifest without blobs. */
export function artifact(more: Record<string, unknown> = {}): string {
  return JSON.stringify({ mediaType: ARTIFACT, artifactType: 'sbom/example', blobs: [], ...more })
}

/** A node without objects. */
export function node(more: Record<string, unknown> = {}): string {
  return JSON.stringify({ schemaVersion: 3, mediaType: NODE, objects: [], ...more })
}

/** Pushes text under its own media type, or another; by its digest where no reference is given. */
export async function push(
  send: Send,
  text: string,
  options: { name?: string; reference?: string; type?: string; api?: string } = {},
): Promise<Response> {
  const { name = 'app', api = 'v2' } = options
  const type: string = options.type ?? JSON.parse(text).mediaType
  const reference = options.reference ?? descriptor(text).digest
  return send('PUT', `/${api}/${name}/manifests/${reference}`, {
    body: text,
    headers: { 'Content-Type': type },
  })
}

/** Pushes what must be taken, and returns its descriptor. */
export async function pushed(
  send: Send,
  text: string,
  options?: Parameters<typeof push>[2],
): Promise<Entry> {
  const answer = await push(send, text, options)
  expect(answer.status, answer.status === 201 ? '' : await answer.clone().text()).toBe(201)
  return descriptor(text, options?.type ?? JSON.parse(text).mediaType)
}

/** Pushes what must be refused, checks that nothing was kept, and returns status and code. */
export async function refusedPush(
  send: Send,
  text: string,
  options?: Parameters<typeof push>[2],
): Promise<string> {
  const refusal = await errorOf(await push(send, text, { ...options, reference: 'refused' }))
  expect((await send('GET', '/v2/app/manifests/refused')).status).toBe(404)
  expect((await send('GET', `/v2/app/manifests/${descriptor(text).digest}`)).status).toBe(404)
  return refusal
}

/** JSON of an answer that must be 200. */
export async function read<T = Record<string, unknown>>(send: Send, path: string): Promise<T> {
  const answer = await send('GET', path)
  expect(answer.status).toBe(200)
  return (await answer.json()) as T
}

/** Digests of a list at a path, whatever its key. */
export async function digests(send: Send, path: string): Promise<string[]> {
  const body = await read(send, path)
  const list = body.referrers ?? body.references ?? body.manifests ?? body.objects
  return (list as Entry[]).map(({ digest }) => digest)
}
