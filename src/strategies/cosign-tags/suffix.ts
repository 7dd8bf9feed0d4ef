/**
 * How cosign's tags end and begin, and which of them an artifact belongs to.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import type { MediaType } from '../../model/media-types.ts'
import { parseTag } from '../../model/reference.ts'

/** The types that go to each suffix. */
const kinds: readonly (readonly [suffix: string, types: RegExp])[] = [
  ['sig', /cosign\.(simplesigning|artifact\.sig)\b/],
  ['att', /dsse|in-toto|cosign\.artifact\.att\b/],
  ['sbom', /spdx|cyclonedx|syft|cosign\.artifact\.sbom\b/],
]

/** The longest comes last. */
export const SUFFIXES: readonly string[] = ['sig', 'att', 'sbom']

/** Characters that a tag has for prefix and suffix together: of 128, `<alg>-<64 characters of the digest>.` takes 72. */
const MOST = 56

/** Where an artifact belongs. Its content decides: an SBOM in an envelope is an attestation. */
export function suffixFor(
  blobs: readonly { readonly mediaType: MediaType }[],
  artifactType: MediaType | undefined,
): string {
  for (const type of [blobs[0]?.mediaType, artifactType]) {
    const kind = kinds.find(([, types]) => type && types.test(type))
    if (kind) return kind[0]
  }
  throw new InvalidInputError(
    'INVALID_INPUT',
    'artifact.artifactType',
    'a type of signatures, attestations or SBOMs, or cosignTags({ suffix })',
    artifactType,
  )
}

/** @throws `InvalidInputError` `INVALID_TAG` for what no tag may begin with, before the longest of these suffixes */
export function checkPrefix(prefix: string, suffixes: readonly string[]): void {
  if (!prefix) return
  parseTag(prefix, 'prefix')
  const most = MOST - suffixes.at(-1)!.length
  if (prefix.length > most)
    throw new InvalidInputError('INVALID_TAG', 'prefix', `at most ${most} characters`, prefix)
}
