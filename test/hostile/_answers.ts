// Answers that are no HTTP, lie about their length, never end, or say one thing in two ways; and what has to come of them.
import { expect } from 'vitest'
import { isOcilinkError } from '../../src/errors.ts'
import { type Digest, digestOf } from '../../src/model/digest.ts'
import { getBlobBytes } from '../../src/registry/blobs/get.ts'
import { findManifest, headManifest, putManifest } from '../../src/registry/manifests.ts'
import type { Repository } from '../../src/registry/repository.ts'
import { hasReferrer } from '../../src/tasks/has-referrer.ts'
import { sha, utf8 } from '../registry/_registry.ts'
import { type Place, raw } from './_server.ts'

const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
const INDEX = 'application/vnd.oci.image.index.v1+json'
const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest: sha('{}'), size: 2 }
export const image: string = JSON.stringify({
  schemaVersion: 2,
  mediaType: IMAGE,
  config,
  layers: [],
})
export const subject: string = sha('subject')
const list = JSON.stringify({
  schemaVersion: 2,
  mediaType: INDEX,
  manifests: [{ mediaType: IMAGE, digest: sha('x'), size: 2, artifactType: 'a/b' }],
})

type OddAnswer = (type: string, body: string) => string

/** What is answered, by the type and the body that the request is for. */
export const answers: Readonly<Record<string, OddAnswer>> = {
  'a length that is too large': (type, body) =>
    `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${body.length + 50}\r\n\r\n${body}`,
  'a length that is too small': (type, body) =>
    `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${body.length - 5}\r\n\r\n${body}`,
  'chunks without an end': (type, body) =>
    `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n`,
  'a body that is cut': (type, body) =>
    `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nConnection: close\r\n\r\n${body.slice(0, 40)}`,
  'two lengths': (type, body) =>
    `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: 5\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  'a length beyond all numbers': (type, body) =>
    `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: 18446744073709551615\r\n\r\n${body}`,
  'a negative length': (type, body) =>
    `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: -1\r\n\r\n${body}`,
  'no HTTP': () => '\x00\x01\x02 garbage\r\n\r\n',
  nothing: () => '',
  'a header of 1 MB': () => `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(1 << 20)}\r\n\r\n`,
  'NUL in a header': (type, body) =>
    `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nX: a\0b\r\n\r\n${body}`,
  'status 999': () => 'HTTP/1.1 999 X\r\nContent-Length: 0\r\n\r\n',
  'status 600': () => 'HTTP/1.1 600 X\r\nContent-Length: 3\r\n\r\nabc',
  'status 000': () => 'HTTP/1.1 000 X\r\nContent-Length: 0\r\n\r\n',
  'status 204': (type) => `HTTP/1.1 204 X\r\nContent-Type: ${type}\r\n\r\n`,
  'status 205': (type) => `HTTP/1.1 205 X\r\nContent-Type: ${type}\r\nContent-Length: 3\r\n\r\nabc`,
  'status 206': (type, body) =>
    `HTTP/1.1 206 X\r\nContent-Type: ${type}\r\nContent-Length: 5\r\n\r\n${body.slice(0, 5)}`,
  'status 304': (type) => `HTTP/1.1 304 X\r\nContent-Type: ${type}\r\n\r\n`,
}

/** A registry that answers everything like that. */
export function oddRegistry(answer: OddAnswer): Promise<Place> {
  return raw((request) =>
    request.includes('/referrers/') ? answer(INDEX, list) : answer(IMAGE, image),
  )
}

/** What is read is what was asked for, or there is an error of ours. */
export async function expectContentOrOurs(repo: Repository): Promise<void> {
  const calls = [
    () => findManifest(repo, sha(image)),
    () => headManifest(repo, 'v1'),
    () => getBlobBytes(repo, { digest: sha(image) as Digest, size: image.length }),
    () => putManifest(repo, 'v1', utf8(image), { mediaType: IMAGE }),
  ]
  for (const call of calls) {
    const outcome = await call().then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    )
    if ('error' in outcome) expect(isOcilinkError(outcome.error)).toBe(true)
    const found = 'value' in outcome ? outcome.value : undefined
    if (found && 'bytes' in found) expect(await digestOf(found.bytes)).toBe(sha(image))
    if (found instanceof Uint8Array) expect(await digestOf(found)).toBe(sha(image))
  }
}

/** What could not be read is never "there is none". */
export async function expectNeverNone(repo: Repository): Promise<void> {
  const outcome = await hasReferrer(repo, subject).catch((error: unknown) => error)
  if (outcome !== true) expect(isOcilinkError(outcome)).toBe(true)
}
