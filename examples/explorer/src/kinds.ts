// What an artifact is for, by its type: what marks say, and how its content is shown.

/** In the order in which they are shown. */
export const kinds = ['signature', 'SBOM', 'provenance', 'other'] as const
export type Kind = (typeof kinds)[number]

const patterns: readonly (readonly [RegExp, Kind])[] = [
  [/spdx|cyclonedx|syft|\bsbom\b/i, 'SBOM'],
  [/slsa|provenance/i, 'provenance'],
  [/cosign|notary|sigstore|signature|simplesigning/i, 'signature'],
  [/in-toto|attestation/i, 'provenance'],
]

/** What an artifact is for, by the texts that say so: its type, and what its annotations name. */
export function kindOf(...texts: readonly (string | undefined)[]): Kind {
  for (const text of texts) {
    const found = patterns.find(([pattern]) => pattern.test(text ?? ''))
    if (found) return found[1]
  }
  return 'other'
}
