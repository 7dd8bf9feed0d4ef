// Every small repository there is: the graphs of _all-graphs.ts, with each artifact attached by attach(), so that a link is
// what this package writes; each with every set of tags, on a registry with lists of referrers and on one without.
//
// Of up to `MODEL_MIXED` manifests there are graphs with every mixture of ways to link. Of more, up to `MODEL_NODES`, all
// artifacts of a graph are linked in the same way, and there is one graph for each way: two ways meet where they share a
// subject, a place or a manifest, for which three manifests and two links are enough. Random mixtures of five are in
// deletes-model.test.ts, and all of four were gone through once (`MODEL_MIXED=4`: 61,802 cases of remove(), 64,560 of
// detach()).
import { setImmediate } from 'node:timers/promises'
import {
  attach,
  type Descriptor,
  type Digest,
  isOcilinkError,
  type Manifest,
  type Strategy,
} from '../../src/index.ts'
import { putManifest } from '../../src/registry/index.ts'
import {
  cosignTags,
  digestTags,
  indexAnnotations,
  ociSubject,
  referenceField,
} from '../../src/strategies/index.ts'
import {
  choicesOf,
  graphsOf,
  type Node,
  type Nodes,
  sayCount,
  symmetriesOf,
} from './_all-graphs.ts'
import { MapRegistry } from './_map-registry.ts'

const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
const INDEX = 'application/vnd.oci.image.index.v1+json'

/** All ways that differ in where a link is: in a list, a shared document, a tag of its own, or a tag for all. */
export const ways: readonly Strategy[] = [
  ociSubject(),
  referenceField(),
  digestTags(),
  cosignTags(),
  indexAnnotations(),
]
const [OCI, REFERENCE, , COSIGN, ANNOTATED] = ways.keys()

/** Up to how many nodes graphs have artifacts that are linked in several ways. */
export const mixed: number = Number(process.env.MODEL_MIXED ?? 2)
/** Up to how many there are graphs whose artifacts are all linked in the same way. */
export const most: number = Math.max(mixed, Number(process.env.MODEL_NODES ?? 3))

/** `MODEL_PART=2/3`: the second third, for as many processes. */
const [part = 1, parts = 1] = (process.env.MODEL_PART ?? '1/1').split('/').map(Number)

/** A graph as a repository holds it. */
export interface World {
  readonly nodes: Nodes
  readonly made: readonly Descriptor[]
  readonly registry: MapRegistry
}

/** A repository, one of its nodes, and which nodes somebody has tagged. */
export interface Case {
  readonly world: World
  readonly one: number
  readonly tagged: number
  /** The ways of the graph; of a graph of several all there are. */
  readonly strategies: readonly Strategy[]
}

/** Every small repository with each of its nodes and every set of tags; what looks alike once. */
export async function* eachCase(api: boolean): AsyncGenerator<Case, void, undefined> {
  const built = new Map<string, World | undefined>()
  for (let size = 1; size <= most; size++) {
    const kinds = { ways: size <= mixed ? ways.length : 1 }
    for (const [i, graph] of graphsOf(size, kinds).entries()) {
      if (i % parts !== part - 1) continue
      const symmetries = symmetriesOf(graph, kinds)
      for (const nodes of size <= mixed ? [graph] : inOneWay(graph, api)) {
        const world = await build(nodes, api, built)
        if (!world) continue
        const strategies = size <= mixed ? ways : waysIn(nodes)
        for (const { set, one } of choicesOf(symmetries, [...nodes.keys()], size)) {
          yield { world, one, tagged: set, strategies }
        }
      }
    }
  }
}

/** A graph with all its artifacts linked in the same way, for each way; those at tags are alike with and without lists. */
function inOneWay(nodes: Nodes, api: boolean): readonly Nodes[] {
  const hasNone = nodes.every(({ is }) => is !== 'artifact')
  const differ = api ? [...ways.keys()] : [OCI!, REFERENCE!]
  return (hasNone ? [OCI!] : differ).map((way) =>
    nodes.map((node) => (node.is === 'artifact' ? { ...node, way } : node)),
  )
}

/** The ways by which artifacts are linked. */
function waysIn(nodes: Nodes): readonly Strategy[] {
  const used = nodes.flatMap((node) => (node.is === 'artifact' ? [ways[node.way]!] : []))
  return used.length > 0 ? [...new Set(used)] : [ways[OCI!]!]
}

/** Goes through all cases, and says of the first ten that are wrong what is. */
export async function findWrong(
  what: string,
  api: boolean,
  isMeant: (one: Case) => boolean,
  problemOf: (one: Case) => Promise<string | undefined>,
): Promise<{ readonly count: number; readonly wrong: readonly string[] }> {
  const wrong: string[] = []
  let count = 0
  for await (const one of eachCase(api)) {
    if (!isMeant(one)) continue
    // Where timers never get their turn, weak references are never let go.
    if (++count % 100 === 0) await setImmediate()
    const said = await problemOf(one).catch((error) => String(error.stack))
    const { nodes } = one.world
    if (said) wrong.push(`${said}: ${JSON.stringify({ nodes, one: one.one, tagged: one.tagged })}`)
    if (wrong.length === 10) break
  }
  sayCount(`${what}, ${api ? 'with' : 'without'} lists`, count)
  return { count, wrong }
}

/**
 * Builds what a graph stands for; the smaller graphs in it are built once.
 *
 * @returns `undefined` where the ways cannot be mixed so: proposal F's index is at the tag where OCI's is
 */
export async function build(
  nodes: Nodes,
  api: boolean,
  built: Map<string, World | undefined>,
): Promise<World | undefined> {
  const key = JSON.stringify(nodes)
  if (built.has(key)) return built.get(key)
  const world =
    nodes.length === 0
      ? { nodes, made: [], registry: new MapRegistry(api) }
      : await buildOn(await build(nodes.slice(0, -1), api, built), nodes)
  // Nothing is built on the largest.
  if (nodes.length < most) built.set(key, world)
  return world
}

async function buildOn(before: World | undefined, nodes: Nodes): Promise<World | undefined> {
  if (!before) return undefined
  const registry = before.registry.copy()
  try {
    const { mediaType, digest, size } = await add({ ...before, nodes, registry })
    return { nodes, registry, made: [...before.made, { mediaType, digest, size }] }
  } catch (error) {
    if (isOcilinkError(error, 'CONFLICT')) return undefined
    throw error
  }
}

/** Adds the last node. */
async function add({ nodes, made, registry }: World): Promise<Descriptor> {
  const app = registry.repository()
  const node = nodes.at(-1)!
  const name = `${made.length}`
  if (node.is === 'artifact') {
    const artifact = { artifactType: 'application/vnd.example.note', annotations: { name } }
    const strategy = wayOf(nodes, made.length)!
    return attach(app, made[node.of[0]!]!, artifact, { strategy, settle: 0 })
  }
  const blob = { digest: `sha256:${'b'.repeat(64)}` as Digest, size: 2 }
  const config = { ...blob, mediaType: 'application/vnd.oci.image.config.v1+json' }
  const layer = { ...blob, mediaType: 'application/vnd.oci.image.layer.v1.tar' }
  const own = { schemaVersion: 2, annotations: { name } } as const
  const manifest: Manifest =
    node.is === 'image'
      ? { ...own, mediaType: IMAGE, config, layers: [layer] }
      : { ...own, mediaType: INDEX, manifests: node.of.map((i) => entryOf(nodes[i]!, made[i]!)) }
  return (await putManifest(app, undefined, manifest)).descriptor
}

const entryOf = ({ is }: Node, descriptor: Descriptor): Descriptor =>
  is === 'image' ? { ...descriptor, platform: { os: 'linux', architecture: 'amd64' } } : descriptor

/** The way by which an artifact is linked. What cosign attaches to one subject is at tags that differ by their end. */
export function wayOf(nodes: Nodes, i: number): Strategy | undefined {
  const node = nodes[i]
  if (node?.is !== 'artifact') return undefined
  if (node.way !== COSIGN) return ways[node.way]
  const others = nodes.slice(0, i).filter((one) => one.is === 'artifact' && isBeside(one, node))
  return cosignTags({ suffix: ['sig', 'att', 'sbom', 'note'][others.length]! })
}

const isBeside = (one: Node & { is: 'artifact' }, other: Node & { is: 'artifact' }) =>
  one.way === other.way && one.of[0] === other.of[0]

/** Whether a link is in a list that the registry keeps, and nowhere else. */
export function isListed({ nodes, registry }: World, i: number): boolean {
  const node = nodes[i]!
  return node.is === 'artifact' && registry.api && (node.way === OCI || node.way === REFERENCE)
}

/** Whether the artifact of a number is linked, by whatever its way is. */
export function isLinked(world: World, { manifests, tags }: MapRegistry, i: number): boolean {
  const { nodes, made } = world
  const node = nodes[i]!
  if (node.is !== 'artifact') return false
  const { digest } = made[i]!
  if (!manifests.has(digest)) return false
  if (isListed(world, i)) return true
  const bare = made[node.of[0]!]!.digest.replace(':', '-')
  if (node.way === OCI || node.way === REFERENCE || node.way === ANNOTATED) {
    return entriesOf(manifests.get(tags.get(bare)!)?.bytes).includes(digest)
  }
  return [...tags].some(([tag, to]) => to === digest && tag.startsWith(`${bare}.`))
}

/** What an index lists. */
export function entriesOf(bytes: Uint8Array | undefined): readonly string[] {
  const { manifests = [] } = JSON.parse(new TextDecoder().decode(bytes) || '{}')
  return manifests.map(({ digest }: Descriptor) => digest)
}

/** Indexes that proposal F's lists lead to: their subjects are the first entries there. */
export function subjectsOfF(nodes: Nodes): readonly number[] {
  return nodes.flatMap((node) =>
    node.is === 'artifact' && node.way === ANNOTATED ? [node.of[0]!] : [],
  )
}

/** Adds to some nodes all that a rule says comes with them. */
export function closure(
  nodes: Nodes,
  from: Iterable<number>,
  comesWith: (node: Node, i: number, all: ReadonlySet<number>) => readonly number[],
): ReadonlySet<number> {
  const all = new Set(from)
  for (let size = -1; size !== all.size; ) {
    size = all.size
    for (const [i, node] of nodes.entries()) for (const j of comesWith(node, i, all)) all.add(j)
  }
  return all
}
