// The plan of prune() for every small repository there is: images, indexes and artifacts, linked in every way that a
// graph tells apart, with every set of tags, and every set of images gone. `MODEL_PLANS` says up to how many manifests,
// `MODEL_TWO` up to how many some artifacts are attached to two of them.
import { expect, test } from 'vitest'
import type { Digest, Graph } from '../../../src/index.ts'
import { whatLives } from '../../../src/tasks/graph/liveness.ts'
import { planPrune } from '../../../src/tasks/prune/plan.ts'
import { graphsOf, type Nodes, numbersIn, sayCount, symmetriesOf, turn } from '../_all-graphs.ts'

/** By a tag of its own, by the registry's list, in a list at the referrers tag, by an entry of an index there. */
const ways = ['tag', 'list', 'document', 'entry'] as const
/** By the other way an artifact is attached to a second manifest: by a tag. */
const [TAG] = ways.keys()

const hexes = Array.from({ length: 200 }, (_, i) => i.toString(16).padStart(64, '0'))
const digests = hexes.map((hex) => `sha256:${hex}` as Digest)
const hexOf = (i: number) => hexes[i]!
const digestOf = (i: number) => digests[i]!
/** The list of what is attached to a manifest is a manifest too. */
const documentOf = (i: number) => digestOf(100 + i)
const INDEX = 'application/vnd.oci.image.index.v1+json'

/** As graph() would see it. */
function graphOf(nodes: Nodes, tagged: number, gone: ReadonlySet<number>): Graph {
  const tags: Graph['tags'][number][] = []
  const edges: Graph['edges'][number][] = []
  const documents = new Set<number>()
  for (const [i, node] of nodes.entries()) {
    const from = digestOf(i)
    if (tagged & (1 << i) && !gone.has(i)) tags.push({ tag: `t${i}`, kind: 'named', digest: from })
    if (node.is === 'index') {
      for (const j of node.of) edges.push({ from, to: digestOf(j), role: 'manifest' })
    }
    if (node.is !== 'artifact') continue
    const [first, second] = node.of as readonly [number, number?]
    const way = ways[node.way]!
    const byTag = [...(way === 'tag' ? [first] : []), ...(second === undefined ? [] : [second])]
    for (const of of byTag) {
      const tag = `sha256-${hexOf(of)}.${hexOf(i).slice(-16)}.note`
      tags.push({ tag, kind: 'link', digest: from, subject: digestOf(of) })
      edges.push({ from, to: digestOf(of), role: 'tag', tag })
    }
    if (way === 'tag') continue
    const to = digestOf(first)
    edges.push({ from, to, role: way === 'entry' ? 'entry' : 'subject' })
    if (way === 'list') {
      edges.push({ from, to, role: 'list' })
      continue
    }
    const document = documentOf(first)
    edges.push({ from: document, to: from, role: 'manifest' })
    // Proposal F's index begins with its subject.
    if (way === 'entry') edges.push({ from: document, to, role: 'manifest' })
    if (documents.has(first)) continue
    documents.add(first)
    const tag = `sha256-${hexOf(first)}`
    tags.push({ tag, kind: 'link', digest: document, subject: to })
    edges.push({ from: document, to, role: 'tag', tag })
  }
  const lives = whatLives(tags, edges)
  const manifests = [...nodes.keys()].map((i) => {
    const reachedBy = lives.get(digestOf(i))
    const status = gone.has(i) ? ('gone' as const) : ('there' as const)
    return { digest: digestOf(i), status, mediaType: INDEX, ...(reachedBy && { reachedBy }) }
  })
  for (const i of documents) {
    const reachedBy = lives.get(documentOf(i))
    const fields = { digest: documentOf(i), status: 'there', mediaType: INDEX } as const
    manifests.push({ ...fields, ...(reachedBy && { reachedBy }) })
  }
  return {
    ...{ registry: 'registry.test', repository: 'team/app', complete: true, problems: [] },
    ...{ tags, manifests, edges },
  }
}

/** What somebody's tags reach, told without edges. */
function livesIn(nodes: Nodes, tagged: number, gone: ReadonlySet<number>) {
  const lives = new Set([...nodes.keys()].filter((i) => tagged & (1 << i) && !gone.has(i)))
  for (let size = -1; size !== lives.size; ) {
    size = lives.size
    for (const [i, node] of nodes.entries()) {
      if (node.is === 'index' && lives.has(i)) for (const j of node.of) lives.add(j)
      if (node.is === 'artifact' && node.of.some((j) => lives.has(j))) lives.add(i)
    }
  }
  return lives
}

/** What nothing needs: attached to what is gone or not needed, in no index that stays, and with nothing on it that stays. */
function deadIn(nodes: Nodes, lives: ReadonlySet<number>, gone: ReadonlySet<number>) {
  const dead = new Set<number>()
  const indexes = (i: number) =>
    [...nodes.entries()].filter(([, node]) => node.is === 'index' && node.of.includes(i))
  for (let size = -1; size !== dead.size; ) {
    size = dead.size
    for (const [i, node] of nodes.entries()) {
      const isLost = node.is === 'artifact' && node.of.every((j) => gone.has(j) || dead.has(j))
      if (isLost && !lives.has(i) && indexes(i).length === 0) dead.add(i)
    }
  }
  for (let size = -1; size !== dead.size; ) {
    size = dead.size
    for (const [i, node] of nodes.entries()) {
      if (node.is === 'artifact' && !dead.has(i)) for (const j of node.of) dead.delete(j)
    }
  }
  return dead
}

const most = Number(process.env.MODEL_PLANS ?? 4)
const two = Math.min(most, Number(process.env.MODEL_TWO ?? 3))

test(`the plan has all that is dead and nothing that lives, for all up to ${most} manifests`, () => {
  let count = 0
  const wrong: string[] = []
  for (let size = 1; size <= most; size++) {
    const kinds = { ways: ways.length, ...(size <= two && { tagWay: TAG }) }
    for (const nodes of graphsOf(size, kinds)) {
      const symmetries = symmetriesOf(nodes, kinds)
      for (const { tagged, gone } of choicesOf(nodes)) {
        const key = (tagged << size) | gone
        if (symmetries.some((order) => ((turn(tagged, order) << size) | turn(gone, order)) < key)) {
          continue
        }
        count++
        const said = problemOf(nodes, tagged, new Set(numbersIn(gone)))
        if (said) wrong.push(`${said}: ${JSON.stringify({ nodes, tagged, gone })}`)
      }
    }
  }
  sayCount('prune()', count)
  expect(wrong.slice(0, 3)).toEqual([])
  expect(count).toBeGreaterThan(1000)
}, 3_600_000)

/** Every set of images that are gone, and of what else has a tag, as bits. */
function* choicesOf(nodes: Nodes): Generator<{ readonly tagged: number; readonly gone: number }> {
  const images = nodes.reduce((bits, { is }, i) => (is === 'image' ? bits | (1 << i) : bits), 0)
  for (let gone = 0; gone < 1 << nodes.length; gone++) {
    if ((gone & images) !== gone) continue
    for (let tagged = 0; tagged < 1 << nodes.length; tagged++) {
      if ((tagged & gone) === 0) yield { tagged, gone }
    }
  }
}

function problemOf(nodes: Nodes, tagged: number, gone: ReadonlySet<number>) {
  const graph = graphOf(nodes, tagged, gone)
  const { steps } = planPrune(graph, [])
  const deletes = steps.filter(({ action }) => action === 'delete-manifest')
  const order = new Map(deletes.map(({ digest }, at) => [digest, at]))
  const lives = livesIn(nodes, tagged, gone)
  for (const i of lives) if (order.has(digestOf(i)) && !gone.has(i)) return `${i} lives`
  const dead = deadIn(nodes, lives, gone)
  for (const [i] of nodes.entries()) {
    if (dead.has(i) !== order.has(digestOf(i))) return `${i} is ${dead.has(i) ? '' : 'not '}dead`
  }
  for (const { from, to, role } of graph.edges) {
    const [one, other] = [order.get(from), order.get(to)]
    const isList = role === 'manifest' && from >= documentOf(0)
    if (role === 'manifest' || other === undefined) continue
    if (one === undefined && !isList) return `${from} is attached to what goes`
    if (one !== undefined && one > other) return `${from} goes after what it is attached to`
  }
  const loose = steps.flatMap(({ action, entries = [] }) =>
    action === 'remove-entries' ? entries : [],
  )
  for (const i of lives) {
    if (loose.includes(digestOf(i)) && !gone.has(i)) return `${i} lives, and loses its entry`
  }
  return undefined
}
