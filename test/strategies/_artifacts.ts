// Artifacts as a caller may make them, for property tests.
import * as fc from 'fast-check'
import type { Digest } from '../../src/index.ts'
import type { Artifact } from '../../src/strategies/index.ts'

const hex = fc.array(fc.constantFrom(...'0123456789abcdef'), { minLength: 64, maxLength: 64 })
const digest = hex.map((digits) => `sha256:${digits.join('')}` as Digest)
const keys = fc.oneof(
  fc.constantFrom(
    'org.opencontainers.image.created',
    'org.opencontainers.image.description',
    'org.opencontainers.artifact.created',
    'io.cncf.oras.artifact.created',
    'org.opencontainers.reference.type',
    'org.opencontainers.reference.digest',
    'org.opencontainers.reference.description',
    'dev.cosignproject.cosign/signature',
    '__proto__',
  ),
  // Without keys that JSON escapes: JSON.parse of Node 24.21 (V8 13.6) may read one as a backslash, where
  // the backslash was a key before.
  fc.string({ minLength: 1, maxLength: 8 }).filter((key) => JSON.stringify(key) === `"${key}"`),
)
const values = fc.oneof(fc.constantFrom('', 'x', '2024-01-01T00:00:00Z'), fc.string())
const annotations = fc
  .array(fc.tuple(keys, values), { minLength: 1, maxLength: 5 })
  .map((entries) => {
    const map: Record<string, string> = Object.create(null)
    for (const [key, value] of entries) map[key] = value
    return map
  })
const types = ['application/spdx+json', 'application/vnd.in-toto+json', 'text/spdx']
const descriptor = fc.record(
  {
    mediaType: fc.constantFrom(...types, 'text/plain'),
    digest,
    size: fc.nat(),
    annotations,
  },
  { requiredKeys: ['mediaType', 'digest', 'size'] },
)

/** An artifact whose blobs are in the repository. */
export const artifacts: fc.Arbitrary<Artifact> = fc
  .record(
    {
      artifactType: fc.constantFrom(...types),
      blobs: fc.array(descriptor, { maxLength: 3 }),
      config: descriptor.map(({ digest, size }) => ({
        mediaType: 'application/vnd.example.config+json',
        digest,
        size,
      })),
      annotations,
    },
    { requiredKeys: ['artifactType', 'blobs'] },
  )
  .map((artifact) => artifact as Artifact)
