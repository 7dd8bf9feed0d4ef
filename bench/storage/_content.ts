// What is pushed: one large blob, many small ones, and artifacts of one subject.
import { createHash } from 'node:crypto'
import type { Body } from './_requests.ts'

export const MiB: number = 1024 * 1024
export const large: number = 1024 * MiB
export const warmUp: number = 64 * MiB
export const smallBlobs = 1000
export const attached = 500

export const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
const EMPTY = 'application/vnd.oci.empty.v1+json'

export const digestOf = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** What is pushed as a blob, and its digest. */
interface Pushed<Bytes extends Body = Body> {
  readonly body: Bytes
  readonly digest: string
}

function repeated(total: number, seed: number): Pushed {
  const piece = new Uint8Array(64 * 1024).fill(seed)
  const times = total / piece.byteLength
  const hash = createHash('sha256')
  for (let n = 0; n < times; n += 1) hash.update(piece)
  return { body: { piece, times }, digest: `sha256:${hash.digest('hex')}` }
}

export const empty: Buffer = Buffer.from('{}')
/** What artifacts are attached to. */
interface Subject {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

const subjectOf = (text: string): Subject => ({
  mediaType: IMAGE,
  digest: digestOf(Buffer.from(text)),
  size: text.length,
})

/** What is attached to over many connections. */
export const busy: Subject = subjectOf('busy')
/** What is attached to one after the other: olareg loses most of what comes at the same time. */
export const listed: Subject = subjectOf('listed')

export function artifact(n: number, subject: Subject): Buffer {
  const part = { mediaType: EMPTY, digest: digestOf(empty), size: 2 }
  const annotations = { n: String(n) }
  const artifactType = 'application/vnd.example.report'
  const manifest = { mediaType: IMAGE, artifactType, config: part, layers: [part], subject }
  return Buffer.from(JSON.stringify({ schemaVersion: 2, ...manifest, annotations }))
}

export const blobOf1GiB: Pushed = repeated(large, 1)
export const blobOf64MiB: Pushed = repeated(warmUp, 2)
export const blobsOf4KiB: readonly Pushed<Buffer>[] = Array.from({ length: smallBlobs }, (_, n) => {
  const body = Buffer.alloc(4096, `${n} `)
  return { body, digest: digestOf(body) }
})
