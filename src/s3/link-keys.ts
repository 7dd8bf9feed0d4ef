/**
 * Links as names of objects. The descriptor that is listed is in the name, so that a list of a thousand
 * referrers is one list of names; in several names where it is long, and in the object where it is longer.
 *
 * `<relation>/<subject>/<position>-<said by>-<part>.<parts>-<base64url of JSON>`
 *
 * @module
 */
import type { Link } from '../embedded/storage/storage.ts'
import type { Descriptor } from '../model/descriptor.ts'
import type { Digest } from '../model/digest.ts'
import { isDigest } from '../model/digest.ts'
import { IMAGE_MANIFEST } from '../model/media-types.ts'
import { decodeBase64, encodeBase64 } from '../platform/base64.ts'
import { isObject } from '../platform/options.ts'
import { escaped, unescaped } from './keys.ts'

/** An object of a link: its name below `_links/`, and what it holds. */
export interface LinkObject {
  readonly rest: string
  /** The descriptor as JSON, where the name has no room for it. */
  readonly body?: string | undefined
}

/** Whether a value is a list of them. */
export function isLinkObjects(value: unknown): value is readonly LinkObject[] {
  const isLinkObject = (one: unknown) =>
    isObject(one) &&
    typeof one.rest === 'string' &&
    (one.body === undefined || typeof one.body === 'string')
  return Array.isArray(value) && value.every(isLinkObject)
}

/** One name of a link, read. */
export interface LinkName {
  readonly position: string
  readonly saidBy: string
  /** From 1; 0 where the object has the descriptor. */
  readonly part: number
  readonly parts: number
  readonly chunk: string
}

/** Bytes of a key, at most (Amazon S3, "Naming Amazon S3 objects"). */
const KEY_BYTES = 1024

/** Names of one link, at most. */
const MOST_PARTS = 4

/** Bytes between two slashes: stores that keep files have names of at most 255. */
const SEGMENT = 250

/** Of the digest of another manifest that tells of a link: enough to tell several apart. */
const SAYER = 32

/** Bytes of a descriptor that a name must have room for. */
const LEAST_ROOM = 100

/**
 * The objects of a link that a manifest comes with: always the same for the same link.
 *
 * @param before - bytes of the key before the name
 */
export function linkObjects(link: Link, saidBy: Digest, before: number): readonly LinkObject[] {
  const { relation, subject, referrer } = link
  const position = link.position ?? referrer.digest
  const by =
    saidBy === referrer.digest ? '0' : saidBy.slice(saidBy.indexOf(':') + 1).slice(0, SAYER)
  const start = `${escaped(relation)}/${subject}/${escaped(position)}-${by}-`
  const text = toText(referrer, position)
  // Slashes between segments, and the number of the part, count too.
  const room = Math.floor((KEY_BYTES - before - start.length - 10) * 0.98)
  const parts = Math.ceil(text.length / room)
  if (room < LEAST_ROOM || parts > MOST_PARTS) {
    return [{ rest: `${start}0.0-`, body: JSON.stringify(referrer) }]
  }
  return Array.from({ length: parts }, (_, at) => {
    const chunk = text.slice(at * room, (at + 1) * room)
    return { rest: segmented(`${start}${at + 1}.${parts}-`, chunk) }
  })
}

/** Reads a name, without what it begins with; undefined for what is none. */
export function readLinkName(name: string): LinkName | undefined {
  const match = /^([^-]+)-([^-]+)-(\d)\.(\d)-(.*)$/.exec(name)
  if (!match) return undefined
  const [, position, saidBy, part, parts, chunk] = match as unknown as string[]
  return {
    position: unescaped(position!),
    saidBy: saidBy!,
    part: Number(part),
    parts: Number(parts),
    chunk: chunk!.replaceAll('/', ''),
  }
}

/** Whether a manifest tells of a link, as far as the link's name says. */
export function isSaidBy({ saidBy, position, chunk }: LinkName, digest: Digest): boolean {
  if (saidBy !== '0') return digest.slice(digest.indexOf(':') + 1).startsWith(saidBy)
  return position === digest || fromText(chunk, position)?.digest === digest
}

/** What a descriptor differs in from that of an image manifest whose digest is its position. */
interface Short {
  readonly m?: string
  readonly d?: string
  readonly s: number
  readonly t?: string
  readonly a?: Readonly<Record<string, string>>
  /** Whatever else there is. */
  readonly x?: object
}

function toText(descriptor: Descriptor, position: string): string {
  const { mediaType, digest, size, artifactType, annotations, ...others } = descriptor
  const short: Short = {
    ...(mediaType !== IMAGE_MANIFEST && { m: mediaType }),
    ...(digest !== position && { d: digest }),
    s: size,
    ...(artifactType !== undefined && { t: artifactType }),
    ...(annotations !== undefined && { a: annotations }),
    ...(Object.keys(others).length > 0 && { x: others }),
  }
  const text = encodeBase64(new TextEncoder().encode(JSON.stringify(short)))
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** The descriptor of a link's text, all parts together; undefined where it is not whole. */
export function fromText(text: string, position: string): Descriptor | undefined {
  const bytes = decodeBase64(text, 'either')
  if (!bytes) return undefined
  try {
    const short: Short = JSON.parse(new TextDecoder().decode(bytes))
    const digest = short.d ?? position
    if (!isDigest(digest)) return undefined
    return {
      mediaType: short.m ?? IMAGE_MANIFEST,
      digest,
      size: short.s,
      ...(short.t !== undefined && { artifactType: short.t }),
      ...(short.a && { annotations: short.a }),
      ...short.x,
    } as Descriptor
  } catch {
    return undefined
  }
}

/** A name and what it goes on with, with slashes in between where it is long. */
function segmented(start: string, chunk: string): string {
  const first = SEGMENT - (start.length - start.lastIndexOf('/') - 1)
  const rest = chunk.slice(first).match(new RegExp(`.{1,${SEGMENT}}`, 'g')) ?? []
  return [start + chunk.slice(0, first), ...rest].join('/')
}
