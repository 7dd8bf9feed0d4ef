/**
 * Repository names, tags and digests as they come in paths and queries (distribution-spec 1.1,
 * "Pulling manifests"). Written from the spec, not shared with the client; and names that the registry makes up.
 *
 * @module
 */
import { type Digest, isDigest } from '../../model/digest.ts'
import { toHex } from '../../platform/hex.ts'
import { type Reason, Refusal } from './answers.ts'

const part = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const namePattern = new RegExp(`^${part}(?:/${part})*$`)
const tagPattern = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/

/** Whether `text` is a repository name. */
export function isName(text: string): boolean {
  return text.length <= 255 && namePattern.test(text)
}

/** Whether `text` is a tag. */
export function isTag(text: string): boolean {
  return tagPattern.test(text)
}

/** Checks a tag. */
export function requireTag(text: string): string {
  if (isTag(text)) return text
  throw new Refusal(400, 'MANIFEST_INVALID', 'not a tag: 1 to 128 of A-Z a-z 0-9 . _ -', {
    detail: { tag: text.slice(0, 200) },
    reason: 'tag',
  })
}

/** Checks a digest. */
export function requireDigest(text: string | null, reason?: Reason): Digest {
  if (isDigest(text)) return text
  throw new Refusal(400, 'DIGEST_INVALID', 'not a digest of sha256, sha384 or sha512', {
    detail: { digest: text?.slice(0, 200) ?? null },
    reason,
  })
}

/** Checks a tag or digest; what holds a `:` is meant as a digest. */
export function requireReference(
  text: string,
  how: { readonly anyTag?: boolean; readonly reason?: Reason } = {},
): { digest: Digest } | { tag: string } {
  if (text.includes(':')) return { digest: requireDigest(text, how.reason) }
  return { tag: how.anyTag ? text : requireTag(text) }
}

/** Bytes of an id. */
const ID = 16
/** What is drawn at once: each call for random bytes takes as long as a small answer. */
const drawn = new Uint8Array(64 * ID)
let used = drawn.byteLength

/** 128 random bits. Not crypto.randomUUID, which pages without https do not have. */
export function randomId(): string {
  if (used === drawn.byteLength) {
    crypto.getRandomValues(drawn)
    used = 0
  }
  used += ID
  return toHex(drawn.subarray(used - ID, used))
}
