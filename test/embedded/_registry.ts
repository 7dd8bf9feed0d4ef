// Raw requests to an embedded registry, and content to push. Digests are made with node:crypto, so
// that the package's own hashing is not tested against itself.
import { createHash } from 'node:crypto'
import {
  type EmbeddedRegistry,
  type EmbeddedRegistryOptions,
  embeddedRegistry,
  type Storage,
} from '../../src/embedded/index.ts'
import { storages } from '../_storages.ts'

export const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
export const INDEX = 'application/vnd.oci.image.index.v1+json'
export const OCTETS = 'application/octet-stream'

export type Send = (method: string, path: string, init?: RequestInit) => Promise<Response>

export function start(options?: EmbeddedRegistryOptions): Send {
  const make = (storage: Storage | undefined) => embeddedRegistry({ storage, ...options })
  // Made at once, so that bad options throw; opened when it is needed.
  let registry: Promise<EmbeddedRegistry> | undefined
  if (options) make(undefined)
  return async (method, path, init) => {
    registry ??= options?.storage ? Promise.resolve(make(undefined)) : storages.open().then(make)
    const request = new Request(`http://registry.test${path}`, { method, ...init })
    return (await registry).fetch(request)
  }
}

export function digestOf(content: string | Uint8Array, algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(content).digest('hex')}`
}

export interface Entry {
  mediaType: string
  digest: string
  size: number
}

export function descriptor(content: string, mediaType: string = OCTETS): Entry {
  return {
    mediaType,
    digest: digestOf(content),
    size: new TextEncoder().encode(content).byteLength,
  }
}

export async function pushBlob(send: Send, name: string, content: string): Promise<string> {
  const digest = digestOf(content)
  const answer = await send('POST', `/v2/${name}/blobs/uploads/?digest=${digest}`, {
    body: content,
  })
  if (answer.status !== 201) throw new Error(`blob push answered ${answer.status}`)
  return digest
}

export async function putManifest(
  send: Send,
  name: string,
  reference: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Response> {
  return send('PUT', `/v2/${name}/manifests/${reference}`, {
    body: body as BodyInit,
    headers: { 'Content-Type': IMAGE, ...headers },
  })
}

/** An image manifest whose blobs are `{}` alone, as text; pushed blobs come from `pushEmpty`. */
export function image(more: Record<string, unknown> = {}): string {
  const empty = descriptor('{}', 'application/vnd.oci.empty.v1+json')
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: IMAGE,
    config: empty,
    layers: [empty],
    ...more,
  })
}

export function index(
  manifests: readonly object[] = [],
  more: Record<string, unknown> = {},
): string {
  return JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests, ...more })
}

/** Pushes `{}`, which all manifests of {@link image} need, and then such a manifest. */
export async function pushImage(
  send: Send,
  name: string,
  reference?: string,
  more: Record<string, unknown> = {},
): Promise<string> {
  await pushBlob(send, name, '{}')
  const text = image(more)
  const digest = digestOf(text)
  const answer = await putManifest(send, name, reference ?? digest, text)
  if (answer.status !== 201) throw new Error(`manifest push answered ${answer.status}`)
  return digest
}

export interface ErrorBody {
  errors: { code: string; message: string; detail?: unknown }[]
}

/** Status and first code of an error answer. */
export async function errorOf(answer: Response): Promise<string> {
  const body = (await answer.json()) as ErrorBody
  return `${answer.status} ${body.errors[0]?.code}`
}

/** Path and query of a `Link` to the next page. */
export function nextOf(answer: Response): string | undefined {
  return /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('Link') ?? '')?.[1]
}
