// read() is the inverse of describe(), but for the losses that a strategy names.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sidecarTags } from '../../examples/sidecar-tags.ts'
import { type Digest, encodeManifest, parseAnyManifest, type Strategy } from '../../src/index.ts'
import type { Artifact } from '../../src/strategies/index.ts'
import * as strategies from '../../src/strategies/index.ts'
import { artifacts } from './_artifacts.ts'

const subject = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: `sha256:${'5'.repeat(64)}` as Digest,
  size: 500,
}
const { artifactManifest, digestTags, nodeManifest } = strategies
const made = (Object.values(strategies) as (() => Strategy)[]).map((factory) => factory())
const variants: readonly (readonly [string, Strategy])[] = [
  ...made.filter(({ readOnly }) => !readOnly).map((strategy) => [strategy.name, strategy] as const),
  [
    'artifact-manifest of ORAS',
    artifactManifest({ mediaType: 'application/vnd.cncf.oras.artifact.manifest.v1+json' }),
  ],
  ['digest-tags with a type', digestTags({ type: 'note' })],
  ['node-manifest with a text', nodeManifest({ description: 'For people' })],
  ['node-manifest with a description of its own', nodeManifest({ description: () => 'Text' })],
  ['the example', sidecarTags()],
]

/** An artifact without the fields that are lost, as plain data. */
function without(artifact: Artifact, fields: readonly string[]): unknown {
  const copy = JSON.parse(JSON.stringify(artifact))
  for (const field of fields) {
    const key = /^annotations\["(.+)"\]$/s.exec(field)?.[1]
    if (key === undefined) delete copy[field]
    else delete copy.annotations?.[key]
  }
  if (Object.keys(copy.annotations ?? {}).length === 0) delete copy.annotations
  return copy
}

describe.each(variants)('%s', (_, strategy) => {
  test('reads what it described, but for the losses that it names', async () => {
    await fc.assert(
      fc.asyncProperty(artifacts, async (artifact) => {
        try {
          strategy.check(artifact)
        } catch {
          fc.pre(false)
        }
        const manifest = await strategy.describe(subject, artifact)
        const fields = ((await strategy.losses?.(artifact)) ?? []).map(({ field }) => field)
        // As a registry gives it back.
        const stored = parseAnyManifest(encodeManifest(manifest), manifest.mediaType)
        const read = await strategy.read(stored)
        expect(read).toBeDefined()
        expect(without(read!, fields)).toEqual(without(artifact, fields))
      }),
      { numRuns: 200 },
    )
  })

  test('reads nothing from an index', async () => {
    const mediaType = 'application/vnd.oci.image.index.v1+json'
    expect(await strategy.read({ schemaVersion: 2, mediaType, manifests: [] })).toBeUndefined()
  })
})
