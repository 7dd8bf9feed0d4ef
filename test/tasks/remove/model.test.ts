// remove() of each manifest of every small repository there is (_small-world.ts): all that only its tag reaches goes, in
// an order in which nothing points at what is gone, and nothing else.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { remove } from '../../../src/index.ts'
import { type Nodes, numbersIn } from '../_all-graphs.ts'
import {
  type Case,
  closure,
  entriesOf,
  findWrong,
  isLinked,
  isListed,
  most,
  subjectsOfF,
  type World,
} from '../_small-world.ts'

vi.mock('ky', async (original) => (await import('../_map-registry.ts')).quickKy(original))
const { timeout } = AbortSignal
beforeAll(() => {
  AbortSignal.timeout = () => new AbortController().signal
})
afterAll(() => {
  AbortSignal.timeout = timeout
})

/** What is to be there afterwards, of the graph's nodes. */
function staysIn(world: World, tagged: number, removed: number): ReadonlySet<number> {
  const { nodes } = world
  const members = (node: Nodes[number]) => (node.is === 'index' ? node.of : [])
  // Whoever names an artifact wants it gone whatever it is attached to.
  const isAttached = (node: Nodes[number], i: number, all: ReadonlySet<number>) =>
    node.is === 'artifact' && i !== removed && node.of.some((j) => all.has(j))
  const reach = (from: Iterable<number>) =>
    closure(nodes, from, (node, i, all) => {
      if (isAttached(node, i, all)) return [i]
      return all.has(i) ? members(node) : []
    })
  const lives = reach(numbersIn(tagged).filter((i) => i !== removed))
  const below = reach([removed])
  const beside = [...nodes.keys()].filter((i) => !below.has(i))
  // Of an artifact that a tag links to what stays only the own tag goes.
  const own = nodes[removed]!
  const isHeld = own.is === 'artifact' && !isListed(world, removed)
  const first = [...lives, ...beside, ...(isHeld ? [removed] : [])]
  return closure(nodes, first, (node, i, all) => {
    if (isAttached(node, i, all)) return [i]
    // An index that nothing leads to but its digest cannot be seen.
    const isSeen = lives.has(i) || below.has(i) || isSeenByF(nodes, i, all)
    return all.has(i) && isSeen ? members(node) : []
  })
}

/** Whether proposal F's list of something that stays leads to an index. */
function isSeenByF(nodes: Nodes, index: number, stays: ReadonlySet<number>): boolean {
  const listed = subjectsOfF(nodes).filter((i) => stays.has(i))
  return closure(nodes, listed, (node, i, all) =>
    node.is === 'index' && all.has(i) ? node.of : [],
  ).has(index)
}

async function problemOf({
  world,
  tagged,
  one: removed,
  strategies,
}: Case): Promise<string | undefined> {
  const { nodes, made, registry: before } = world
  const registry = before.copy()
  for (const i of numbersIn(tagged)) registry.tags.set(`t${i}`, made[i]!.digest)
  const how = { referrers: true, depth: Number.POSITIVE_INFINITY, settle: 0, strategies }
  const { complete, items } = await remove(registry.repository(), `t${removed}`, how)
  if (!complete) return `not complete: ${JSON.stringify(items)}`
  const stays = staysIn(world, tagged, removed)
  for (const [i, { digest }] of made.entries()) {
    const isThere = registry.manifests.has(digest)
    if (stays.has(i) !== isThere) return `${i} ${isThere ? 'is left' : 'is lost'}`
  }
  for (const i of numbersIn(tagged)) {
    const to = registry.tags.get(`t${i}`)
    if (to !== (i === removed ? undefined : made[i]!.digest)) return `the tag of ${i} is wrong`
  }
  for (const [i, node] of nodes.entries()) {
    const isKept = node.is === 'artifact' && node.of.every((j) => stays.has(j)) && stays.has(i)
    if (isKept && !isLinked(world, registry, i)) return `${i} is no longer linked`
  }
  return lostTag(registry) ?? wrongOrder(world, registry.deleted)
}

/** A tag that leads to nothing, or to a list of something that is gone. */
function lostTag({ manifests, tags }: World['registry']): string | undefined {
  for (const [tag, digest] of tags) {
    const stored = manifests.get(digest)
    if (!stored) return `${tag} leads nowhere`
    if (!tag.startsWith('sha256-')) continue
    if (!manifests.has(`sha256:${tag.slice(7, 71)}`)) return `${tag} links to what is gone`
    if (entriesOf(stored.bytes).some((one) => !manifests.has(one)))
      return `${tag} lists what is gone`
  }
  return undefined
}

/** A delete after which something points at what is gone. */
function wrongOrder({ nodes, made }: World, deleted: readonly string[]): string | undefined {
  const at = (i: number) => deleted.indexOf(made[i]!.digest)
  for (const [i, node] of nodes.entries()) {
    if (node.is === 'image' || at(i) < 0) continue
    const before = node.of.find((j) => at(j) >= 0 && at(j) < at(i))
    if (before !== undefined) return `${i} is deleted after ${before}`
  }
  return undefined
}

test.each([true, false])(
  `takes what only its tag reaches and nothing else, for all of up to ${most} manifests (API: %j)`,
  async (api) => {
    const { wrong, count } = await findWrong(
      'remove()',
      api,
      ({ one, tagged }) => !!(tagged & (1 << one)),
      problemOf,
    )
    expect(wrong).toEqual([])
    expect(count).toBeGreaterThan(100)
  },
  3_600_000,
)
