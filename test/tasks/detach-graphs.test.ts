// Whatever is detached in whatever order: no tag that a person set is broken, and no link goes but the one that is
// meant.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Digest,
  detach,
  discover,
  isOcilinkError,
  type Referrer,
  type Strategy,
} from '../../src/index.ts'
import { auto } from '../../src/strategies/index.ts'
import { type Detaching, type Graph, graphs, registries, ways } from './_graphs.ts'
import { build, closure, type ListedLink, listLinks, type World } from './_world.ts'

/** `RUNS=100` looks a hundred times longer. */
const runs = Number(process.env.RUNS ?? 1)
const timeout = 60_000 * runs
const each = registries.map((registry, i) => [JSON.stringify(registry), i] as const)

test.each(each)(
  'detaching leaves what a person’s tags lead to, and all that it lists: %s',
  async (_, registry) => {
    const property = fc.asyncProperty(graphs, async (graph) => {
      const world = await build({ ...graph, registry })
      const before = new Map<string, ReadonlySet<string>>()
      for (const tag of world.tags.keys()) before.set(tag, await closure(world.app, tag))
      await detachAll(world, graph)
      for (const [tag, digests] of before) {
        expect([...(await closure(world.app, tag))]).toEqual([...digests])
      }
    })
    await fc.assert(property, { seed: 1, numRuns: 40 * runs })
  },
  timeout,
)

test.each(each)(
  'detaching takes no other link: %s',
  async (_, registry) => {
    const property = fc.asyncProperty(graphs, async (graph) => {
      const world = await build({ ...graph, registry })
      const before = await listLinks(world)
      const meant = await detachAll(world, graph)
      const left = new Set((await listLinks(world)).map(textOf))
      const lost = before.filter((link) => !left.has(textOf(link)))
      expect(lost.filter((link) => !meant.some((attempt) => isMeant(link, attempt)))).toEqual([])
    })
    await fc.assert(property, { seed: 1, numRuns: 15 * runs })
  },
  timeout,
)

/** One call of detach(). */
interface Attempt {
  readonly subject: Digest
  readonly referrer: Digest | Referrer
  /** Every way by which it was found, where there is none. */
  readonly strategy?: Strategy | undefined
}

async function detachAll(world: World, { detaches }: Graph): Promise<readonly Attempt[]> {
  const all: Attempt[] = []
  for (const one of detaches) {
    const attempts = await attemptsOf(world, one)
    all.push(...attempts)
    for (const { subject, referrer, strategy } of attempts) {
      try {
        const how = { settle: 0, ...(strategy && { strategy }) }
        await detach(world.app, subject, referrer, how)
      } catch (error) {
        if (!isOcilinkError(error)) throw error
      }
    }
  }
  return all
}

async function attemptsOf(world: World, { link, by, way }: Detaching): Promise<readonly Attempt[]> {
  const chosen = world.links[link % world.links.length]
  if (!chosen || by === 'a stray') {
    const [subject, referrer] = [world.at(way).digest, world.at(link).digest]
    return [{ subject, referrer, strategy: ways[way] }]
  }
  const { subject, digest: referrer, strategy } = chosen
  if (by === 'auto') return [{ subject, referrer, strategy: auto() }]
  if (by === 'its own') return [{ subject, referrer, strategy }]
  const { referrers } = await discover(world.app, subject, { scope: 'all' })
  return referrers.map((found) => ({ subject: found.subject.digest, referrer: found }))
}

const textOf = ({ subject, digest, name }: ListedLink) => `${subject} ${digest} ${name}`

/** Whether a link is one that was to be taken away. */
function isMeant({ subject, digest, name }: ListedLink, attempt: Attempt): boolean {
  if (subject !== attempt.subject) return false
  const { referrer, strategy } = attempt
  const names = strategy
    ? (strategy.choices ?? [strategy]).map((choice) => choice.name)
    : (referrer as Referrer).via.map((way) => way.strategy)
  const isSame = names.some((one) => sameLink(one) === sameLink(name))
  // Cosign's manifest becomes another one with each layer.
  const isIt = digest === (typeof referrer === 'string' ? referrer : referrer.digest)
  return isSame && (isIt || name === 'cosign-tags')
}

/** The list of OCI 1.1 has the artifact manifests of proposal A too: it is one link. */
const sameLink = (name: string) => (name === 'artifact-manifest' ? 'oci-subject' : name)
