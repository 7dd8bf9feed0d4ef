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
import { headManifest } from '../../src/registry/index.ts'
import { auto } from '../../src/strategies/index.ts'
import { type Detaching, type Graph, graphs, registries, ways } from './_graphs.ts'
import {
  build,
  closure,
  eachWay,
  type ListedLink,
  listLinks,
  listOne,
  type World,
} from './_world.ts'

/** `RUNS=100` looks a hundred times longer, `SEED=…` again at what failed with that seed, which the failure names. */
const runs = Number(process.env.RUNS ?? 1)
const seed = process.env.SEED === undefined ? {} : { seed: Number(process.env.SEED) }
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
    await fc.assert(property, { ...seed, numRuns: 30 * runs })
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
    await fc.assert(property, { ...seed, numRuns: 15 * runs, examples: found })
  },
  timeout,
)

/** What once failed, because a manifest that is linked to two subjects was listed for one of them. */
const found: [Graph][] = [
  [
    {
      registry: 0,
      steps: [
        {
          kind: 'index',
          entries: [
            { of: 0, mark: 'none', about: 0 },
            { of: 0, mark: 'buildkit', about: 0 },
          ],
          subject: 0,
        },
        { kind: 'attach', subject: 0, way: 0, also: undefined, text: 'a', tag: undefined },
        { kind: 'foreign', spelling: 'cosign', subject: 13, artifact: 0, to: 6 },
        { kind: 'attach', subject: 0, way: 0, also: undefined, text: 'a', tag: undefined },
        { kind: 'tag', tag: 'v1', of: 0 },
      ],
      detaches: [
        { link: 30, by: 'its own', way: 0 },
        { link: 0, by: 'its own', way: 0 },
      ],
    },
  ],
]

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
      const attempt = { subject, referrer, strategy }
      const before = await linksOf(world, attempt)
      try {
        const how = { settle: 0, ...(strategy && { strategy }) }
        await detach(world.app, subject, referrer, how)
      } catch (error) {
        expect(await refusal(world, attempt, before, error)).toEqual(rightly)
        continue
      }
      expect(await linksOf(world, attempt)).toEqual([])
    }
  }
  return all
}

/** Ways by which a referrer of a subject is linked, other than by an entry of the image's index. */
async function linksOf(
  { app }: World,
  { subject, referrer, strategy }: Attempt,
): Promise<readonly string[]> {
  const via = typeof referrer === 'string' ? [] : referrer.via.map((way) => way.strategy)
  const strategies = strategy
    ? (strategy.choices ?? [strategy])
    : eachWay.filter(({ name }) => via.includes(name))
  const lists = await Promise.all(strategies.map((one) => listOne(app, subject, one)))
  return lists
    .flat()
    .filter((link) => link.subject === subject && link.digest === digestOf(referrer))
    .map(({ name }) => name)
}

/** What may be said of a refusal: that there is no such link, or that something else needs the manifest, which stays. */
const rightly = {
  why: expect.stringMatching(/^(no such link|needed|listed by the image)$/),
  left: true,
}

/** Why detach() refused, and whether what was linked is there all the same. */
async function refusal(
  world: World,
  attempt: Attempt,
  before: readonly string[],
  error: unknown,
): Promise<{ readonly why: unknown; readonly left: boolean }> {
  if (isOcilinkError(error, 'INVALID_INPUT')) {
    // Nothing that was listed is said not to be.
    return { why: error.path === 'referrer' ? 'no such link' : error, left: before.length === 0 }
  }
  if (!isOcilinkError(error, 'UNSUPPORTED')) return { why: error, left: false }
  const after = await linksOf(world, attempt)
  const stays = (await headManifest(world.app, digestOf(attempt.referrer))) !== undefined
  const isNeeded =
    /must stay, because .|refuses to delete the tag .*: .+: the link stays|by an entry of the index .* cannot be taken out/.test(
      error.message,
    )
  const isEntry = /^The index of the image lists this referrer/.test(error.message)
  return {
    why: isNeeded ? 'needed' : isEntry ? 'listed by the image' : error,
    // What found it was read before others were taken away; nothing is sent then.
    left: isEntry || (stays && after.length > 0),
  }
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

const digestOf = (referrer: Attempt['referrer']) =>
  typeof referrer === 'string' ? referrer : referrer.digest

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
  const isIt = digest === digestOf(referrer)
  return isSame && (isIt || name === 'cosign-tags')
}

/** The list of OCI 1.1 has the artifact manifests of proposal A too: it is one link. */
const sameLink = (name: string) => (name === 'artifact-manifest' ? 'oci-subject' : name)
