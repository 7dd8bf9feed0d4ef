// What the differential test of profiles sends: content, and requests as data.
import { createHash } from 'node:crypto'

export const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
export const INDEX = 'application/vnd.oci.image.index.v1+json'
export const OCTETS = 'application/octet-stream'

/** One request. Braces in a path, `{name}`, stand for the location that an earlier one saved. */
export interface Step {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | undefined
  /** Keeps the answer's Location under this name. */
  readonly save?: string | undefined
}

export const digestOf = (content: string, algorithm = 'sha256'): string =>
  `${algorithm}:${createHash(algorithm).update(content).digest('hex')}`

export interface Entry {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

export const descriptor = (content: string, mediaType: string): Entry => ({
  mediaType,
  digest: digestOf(content),
  size: Buffer.byteLength(content),
})

export const plain: Entry = descriptor('plain', 'text/plain')
const empty = descriptor('{}', 'application/vnd.oci.empty.v1+json')

/** An image manifest of nothing but `{}`. */
export const image = (more: object = {}): string =>
  JSON.stringify({ schemaVersion: 2, mediaType: IMAGE, config: empty, layers: [empty], ...more })
export const index = (manifests: readonly object[], more: object = {}): string =>
  JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests, ...more })

export const simple: string = image()
export const simpleEntry: Entry = descriptor(simple, IMAGE)
export const missing: Entry = descriptor('nowhere', IMAGE)
export const sbom: string = image({ subject: simpleEntry, artifactType: 'application/x.sbom' })
export const orphan: string = image({ subject: missing, annotations: { a: 'b' } })
export const indexReferrer: string = index([simpleEntry], {
  subject: simpleEntry,
  artifactType: 'application/x',
})
export const deep: string = `{"schemaVersion":2,"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`
export const large: string = image({ annotations: { large: 'x'.repeat(5 * 1024 * 1024) } })
export const chunk: string = 'c'.repeat(1024)

/** Pushes a blob by session in one PUT, which every registry understands. */
export function blob(content: string, name = 'app'): Step[] {
  const session = digestOf(name + content)
  return [
    {
      name: `open an upload for ${JSON.stringify(content.slice(0, 20))} in ${name}`,
      method: 'POST',
      path: `/v2/${name}/blobs/uploads/`,
      save: session,
    },
    {
      name: `finish the upload of ${JSON.stringify(content.slice(0, 20))} in ${name}`,
      method: 'PUT',
      path: `{${session}}&digest=${digestOf(content)}`,
      headers: { 'Content-Type': OCTETS },
      body: content,
    },
  ]
}

export function manifest(
  name: string,
  reference: string,
  body: string,
  headers: Record<string, string> = {},
): Step {
  return {
    name,
    method: 'PUT',
    path: `/v2/app/manifests/${reference}`,
    headers: { 'Content-Type': IMAGE, ...headers },
    body,
  }
}

export const get = (name: string, path: string, headers: Record<string, string> = {}): Step => ({
  name,
  method: 'GET',
  path,
  headers,
})
export const head = (name: string, path: string, headers: Record<string, string> = {}): Step => ({
  name,
  method: 'HEAD',
  path,
  headers,
})
export const remove = (name: string, path: string): Step => ({ name, method: 'DELETE', path })

export const accept: Record<string, string> = { Accept: `${IMAGE},${INDEX}` }
export const isIndex: Record<string, string> = { 'Content-Type': INDEX }
export const octets: Record<string, string> = { 'Content-Type': OCTETS }
export const at = (range: string): Record<string, string> => ({ ...octets, 'Content-Range': range })
