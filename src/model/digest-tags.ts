/**
 * Tags made of a digest, in all four spellings. Written before the referrers API was there, by those
 * who could change nothing but tags (proposal D, "Registry HTTP API"; cosign's signature spec; the
 * first spelling is the referrers tag's, see referrers-tag.ts; the last is this package's own, for what
 * proposal C wants where there are no nodes).
 *
 * @module
 */
import type { Algorithm } from '../platform/hasher.ts'
import { checkSuffix } from './cosign-suffix.ts'
import type { Digest } from './digest.ts'
import { checkTagType } from './digest-tag-type.ts'
import { referrersTag } from './referrers-tag.ts'

/** A digest tag, taken apart. */
export type DigestTag = {
  readonly tag: string
  readonly algorithm: Algorithm
  /** The subject's hex, the first 64 characters of it; at an object's tag the object's own. */
  readonly hex: string
} & (
  | { readonly kind: 'bare' }
  /** Of an object of a node that a registry did not take: it links to no subject any more. */
  | { readonly kind: 'object' }
  /** Cosign's: all artifacts of a kind are at one tag. */
  | { readonly kind: 'suffixed'; readonly suffix: string }
  /** Proposal D's: one tag for each artifact. */
  | {
      readonly kind: 'artifact'
      /** The first 16 characters, or fewer, of the artifact's own hex. */
      readonly hash: string
      readonly type: string
    }
)

const HASH_LENGTH = 16

/** What the tags of all artifacts of a subject begin with; cosign's begin so too. */
export function digestTagPrefix(subject: Digest): string {
  return `${referrersTag(subject)}.`
}

/**
 * Tag of an artifact of a subject: `<alg>-<ref>.<hash>.<type>`.
 *
 * @param artifact - digest of the artifact's own manifest
 * @param type - such as `sbom`: 1 to 39 characters of `A-Z a-z 0-9 . _ -`
 * @throws {@link InvalidInputError} `INVALID_INPUT` naming `type`
 * @example
 * ```ts
 * import { digestTag, parseDigest } from 'ocilink'
 *
 * const image = parseDigest(`sha256:${'0'.repeat(64)}`)
 * const sbom = parseDigest(`sha256:${'04'.repeat(32)}`)
 * digestTag(image, sbom, 'sbom') // `sha256-${'0'.repeat(64)}.0404040404040404.sbom`
 * ```
 */
export function digestTag(subject: Digest, artifact: Digest, type: string): string {
  return `${digestTagPrefix(subject)}${hashOf(artifact)}.${checkTagType(type, 'type')}`
}

/**
 * Cosign's tag of a subject: `<alg>-<ref>.<suffix>`.
 *
 * @param suffix - such as `sig`, without dots
 * @throws {@link InvalidInputError} `INVALID_INPUT` naming `suffix`
 */
export function suffixTag(subject: Digest, suffix: string): string {
  return `${digestTagPrefix(subject)}${checkSuffix(suffix)}`
}

/** Tag of an object of a node, where there are no nodes: `object-<alg>-<hex>`. */
export function objectTag(object: Digest): string {
  return `object-${referrersTag(object)}`
}

/** The part of an artifact's digest that is in its tag. */
export function hashOf(artifact: Digest): string {
  return artifact.slice(artifact.indexOf(':') + 1).slice(0, HASH_LENGTH)
}

/** Whether the tags of a subject hold only a part of its digest, so that others may share them. */
export function isCut(subject: Digest): boolean {
  return !subject.startsWith('sha256:')
}

/**
 * Takes a digest tag apart, at the first two dots only: a type may have dots.
 *
 * @returns `undefined` for every other tag
 */
export function parseDigestTag(tag: string): DigestTag | undefined {
  const parts = /^(object-)?(sha256|sha384|sha512)-([0-9a-f]{64})(?:\.([^.]+)(?:\.(.+))?)?$/s.exec(
    tag,
  )
  if (!parts || tag.length > 128) return undefined
  const [, object, algorithm, hex, first, type] = parts
  const of = { tag, algorithm: algorithm as Algorithm, hex: hex! }
  if (object) return first === undefined ? { kind: 'object', ...of } : undefined
  if (first === undefined) return { kind: 'bare', ...of }
  if (!/^[A-Za-z0-9_-]+$/.test(first)) return undefined
  if (type === undefined) return { kind: 'suffixed', suffix: first, ...of }
  if (!/^[0-9a-f]{1,16}$/.test(first) || !/^[A-Za-z0-9._-]+$/.test(type)) return undefined
  return { kind: 'artifact', hash: first, type, ...of }
}

/** What a tag links something to. Of a longer digest a tag has only a part, which others may share. */
export function subjectOfTag(tag: string): Digest | undefined {
  const parts = parseDigestTag(tag)
  const whole = parts && parts.algorithm === 'sha256' && parts.kind !== 'object'
  return whole ? (`sha256:${parts.hex}` as Digest) : undefined
}
