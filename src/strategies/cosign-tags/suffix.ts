/**
 * How cosign's tags end and begin, and which of them an artifact belongs to.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import type { MediaType } from '../../model/media-types.ts'
import { parseTag } from '../../model/reference.ts'

/** The types that go to each suffix, of which the longest comes last. */
const kinds: Readonly<Record<string, RegExp>> = {
  sig: /cosign\.(simplesigning|artifact\.sig)\b/,
  att: /dsse|in-toto|cosign\.artifact\.att\b/,
  sbom: /spdx|cyclonedx|syft|cosign\.artifact\.sbom\b/,
}

export const SUFFIXES: readonly string[] = /* @__PURE__ */ Object.keys(kinds)

/** Characters that a tag has for prefix and suffix together: of 128, `<alg>-<64 characters of the digest>.` takes 72. */
const MOST = 56

/** Where an artifact belongs. Its content decides: an SBOM in an envelope is an attestation. */
export function suffixFor(
  blobs: readonly { readonly mediaType: MediaType }[],
  artifactType: MediaType | undefined,
): string {
  for (const type of [blobs[0]?.mediaType, artifactType]) {
    const suffix = SUFFIXES.find((one) => type && kinds[one]!.test(type))
    if (suffix) return suffix
  }
  const expected = 'a type of signatures, attestations or SBOMs, or cosignTags({ suffix })'
  throw refusal('artifactType', expected, artifactType)
}

/** The error for a field of an artifact. */
export function refusal(path: string, expected: string, input: unknown): InvalidInputError {
  return new InvalidInputError('INVALID_INPUT', `artifact.${path}`, expected, input)
}

/** @throws `InvalidInputError` `INVALID_TAG` for what no tag may begin with, before the longest of these suffixes */
export function checkPrefix(prefix: string, suffixes: readonly string[]): void {
  if (!prefix) return
  parseTag(prefix, 'prefix')
  const most = MOST - suffixes.at(-1)!.length
  if (prefix.length > most)
    throw new InvalidInputError('INVALID_TAG', 'prefix', `at most ${most} characters`, prefix)
}
