// detach() of each artifact of every small repository there is (_small-world.ts): its link goes, and its manifest where
// nothing else leads to it; all else stays as it was.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { detach, isOcilinkError } from '../../src/index.ts'
import { type Nodes, numbersIn } from './_all-graphs.ts'
import {
  type Case,
  closure,
  findWrong,
  isLinked,
  isListed,
  most,
  subjectsOfF,
  type World,
  wayOf,
} from './_small-world.ts'

vi.mock('ky', async (original) => (await import('./_map-registry.ts')).quickKy(original))
const { timeout } = AbortSignal
beforeAll(() => {
  AbortSignal.timeout = () => new AbortController().signal
})
afterAll(() => {
  AbortSignal.timeout = timeout
})

/**
 * Whether something leads to an artifact but its link: a tag of somebody's, or an index that a tag leads to, as proposal
 * F's of what is attached to the artifact itself.
 */
function isNeeded({ nodes }: World, tagged: number, one: number): boolean {
  if (subjectsOfF(nodes).includes(one)) return true
  const listed = closure(nodes, [...numbersIn(tagged), ...subjectsOfF(nodes)], (node, i, all) =>
    node.is === 'index' && all.has(i) ? node.of : [],
  )
  const isInIndex = (i: number) => {
    const node = nodes[i]!
    return node.is === 'index' && node.of.includes(one)
  }
  return numbersIn(tagged).includes(one) || [...listed].some(isInIndex)
}

async function problemOf({ world, tagged, one }: Case): Promise<string | undefined> {
  const { nodes, made, registry: before } = world
  const registry = before.copy()
  for (const i of numbersIn(tagged)) registry.tags.set(`t${i}`, made[i]!.digest)
  const node = nodes[one] as Nodes[number] & { is: 'artifact' }
  const needed = isNeeded(world, tagged, one)
  // The registry lists what it holds: such a link cannot go alone.
  const isFixed = needed && isListed(world, one)
  let isRefused = false
  try {
    const how = { settle: 0, strategy: wayOf(nodes, one) }
    const [subject, referrer] = [made[node.of[0]!]!.digest, made[one]!.digest]
    const { confirmed } = await detach(registry.repository(), subject, referrer, how)
    if (!confirmed) return 'not confirmed'
  } catch (error) {
    if (!isOcilinkError(error, 'UNSUPPORTED')) throw error
    isRefused = true
  }
  if (isRefused !== isFixed) return isRefused ? 'refused' : 'not refused'
  for (const [i, { digest }] of made.entries()) {
    const isThere = registry.manifests.has(digest)
    // Of cosign's only the tag goes: its manifest is written anew with each layer, as a list of referrers is.
    const stays = i !== one || needed || wayOf(nodes, one)?.name === 'cosign-tags'
    if (isThere !== stays) return `${i} ${isThere ? 'is left' : 'is lost'}`
    const isTagged = registry.tags.get(`t${i}`) === digest
    if (isTagged !== numbersIn(tagged).includes(i)) return `the tag of ${i} is wrong`
    const links = i === one ? isFixed : isLinked(world, before, i)
    if (isLinked(world, registry, i) !== links) return `${i} is ${links ? 'not ' : 'still '}linked`
  }
  const lost = [...registry.tags].find(([, digest]) => !registry.manifests.has(digest))
  return lost && `${lost[0]} leads nowhere`
}

test.each([true, false])(
  `takes one link away, and what nothing else needs, for all of up to ${most} manifests (API: %j)`,
  async (api) => {
    const isMeant = ({ world, one }: Case) => world.nodes[one]!.is === 'artifact'
    const { wrong, count } = await findWrong('detach()', api, isMeant, problemOf)
    expect(wrong).toEqual([])
    expect(count).toBeGreaterThan(100)
  },
  3_600_000,
)
