// Whatever is in a repository: what is found at the source is found at the destination, or named as a loss.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../../src/embedded/index.ts'
import {
  type CopyReport,
  copy,
  type Digest,
  diff,
  discover,
  isOcilinkError,
  repository,
  type Strategy,
} from '../../../src/index.ts'
import { getBlobBytes, getManifest } from '../../../src/registry/index.ts'
import { digestTags, ociSubject } from '../../../src/strategies/index.ts'
import { graphs, registries } from '../_graphs.ts'
import { build, type World } from '../_world.ts'

/** `RUNS=100` looks a hundred times longer. */
const runs = Number(process.env.RUNS ?? 1)

const destinations: readonly EmbeddedRegistryOptions[] = [
  ...registries,
  { profile: 'distribution3' },
  { profile: 'olareg' },
  { profile: 'zot' },
]

const copies = fc.record({
  graph: graphs,
  of: fc.nat({ max: 99 }),
  to: fc.nat({ max: destinations.length - 1 }),
  strategy: fc.constantFrom<Strategy | undefined>(undefined, digestTags(), ociSubject()),
})

const everything = { depth: 1000, scope: 'all' } as const

test.each(registries.map((registry, i) => [JSON.stringify(registry), i] as const))(
  'what is found at the source is found at the destination, or named: %s',
  async (_, registry) => {
    const property = fc.asyncProperty(copies, async ({ graph, of, to, strategy }) => {
      const world = await build({ ...graph, registry })
      const { fetch } = embeddedRegistry(destinations[to])
      const there = () => repository('there.test/team/app', { fetch, retries: 0 })
      const report = await copyNode(world, of, there(), strategy)
      if (!report) return
      const { digest } = report.descriptor
      const before = await discover(world.app, digest, everything)
      const after = await discover(there(), digest, everything)
      const found = new Set<Digest>(after.flat.map((one) => one.digest))
      const lost = new Set<Digest>(report.losses.map((loss) => loss.digest))
      const relinked = new Set(report.referrers.flatMap((one) => (one.as ? [one.digest] : [])))
      const missing = before.flat.filter(
        (one) => !found.has(one.digest) && !lost.has(one.digest) && !relinked.has(one.digest),
      )
      expect(missing.map((one) => `${one.digest} ${JSON.stringify(one.via)}`)).toEqual([])
      expect(report.complete).toBe(before.complete && report.losses.length === 0)
      await expectSameBytes(world, there(), report)
      if (report.complete && relinked.size === 0) {
        const { onlyHere } = await diff(world.app, digest, there(), digest, everything)
        expect(onlyHere).toEqual([])
      }
      // Again: nothing more is lost, and nothing is written but what is lost.
      const again = await copyNode(world, of, there(), strategy)
      expect(again!.losses.map((loss) => loss.digest).sort()).toEqual(
        report.losses.map((loss) => loss.digest).sort(),
      )
    })
    await fc.assert(property, { seed: 1, numRuns: 25 * runs })
  },
  60_000 * runs,
)

/** Copies one of the manifests; `undefined` where the destination does not take it. */
async function copyNode(
  world: World,
  of: number,
  to: ReturnType<typeof repository>,
  strategy: Strategy | undefined,
): Promise<CopyReport | undefined> {
  const root = world.at(of)
  try {
    return await copy(world.app, root, to, {
      referrers: true,
      depth: Number.POSITIVE_INFINITY,
      settle: 0,
      strategy,
    })
  } catch (error) {
    // Some take no index with an artifact manifest in it, or none with this field.
    if (isOcilinkError(error, 'COPY_FAILED') && error.side === 'destination') return undefined
    throw error
  }
}

async function expectSameBytes(
  { app }: World,
  there: ReturnType<typeof repository>,
  { manifests, blobs }: CopyReport,
): Promise<void> {
  for (const { digest, mediaType } of manifests) {
    const accept = [mediaType]
    const { bytes } = await getManifest(app, digest, { accept })
    expect((await getManifest(there, digest, { accept })).bytes).toEqual(bytes)
  }
  for (const blob of blobs) {
    expect(await getBlobBytes(there, blob.digest)).toEqual(await getBlobBytes(app, blob.digest))
  }
}
