// A small model of prune() and remove(): random repositories of up to five manifests, linked in every way, with any
// set of tags. Nothing that somebody's tag reaches is lost, and nothing that nothing needs is left.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import {
  attach,
  type Descriptor,
  type Digest,
  prune,
  type Repository,
  remove,
  repository,
  type Strategy,
} from '../../src/index.ts'
import { deleteManifest, findManifest, putManifest } from '../../src/registry/index.ts'
import {
  cosignTags,
  digestTags,
  indexAnnotations,
  ociSubject,
  referenceField,
} from '../../src/strategies/index.ts'
import { pushImage } from '../_image.ts'

const ways: readonly (() => Strategy)[] = [
  () => ociSubject(),
  () => digestTags(),
  () => cosignTags({ suffix: 'sig' }),
  () => referenceField(),
  () => indexAnnotations(),
]
const INDEX = 'application/vnd.oci.image.index.v1+json'

/** A manifest of the model; `of` are earlier ones. */
type Node =
  | { readonly is: 'image' }
  | { readonly is: 'index'; readonly of: readonly number[] }
  | { readonly is: 'artifact'; readonly of: number; readonly way: number }

interface Model {
  readonly nodes: readonly Node[]
  /** Whether somebody has given each a tag. */
  readonly tagged: readonly boolean[]
}

const model: fc.Arbitrary<Model> = fc
  .array(
    fc.record({
      kind: fc.nat(5),
      first: fc.nat(4),
      second: fc.nat(4),
      way: fc.nat(ways.length - 1),
      tagged: fc.boolean(),
    }),
    { minLength: 2, maxLength: 5 },
  )
  .map((picks) => ({
    tagged: picks.map(({ tagged }) => tagged),
    nodes: picks.map(({ kind, first, second, way }, i): Node => {
      if (i === 0 || kind === 0) return { is: 'image' }
      if (kind === 1) return { is: 'index', of: [...new Set([first % i, second % i])] }
      return { is: 'artifact', of: first % i, way }
    }),
  }))

interface Built {
  readonly app: Repository
  readonly digests: readonly Digest[]
  isThere(i: number): Promise<boolean>
}

/** Pushes a model, each manifest at a tag of its own; then takes away the tags that nobody has set. */
async function build({ nodes, tagged }: Model, referrersApi: boolean): Promise<Built> {
  const registry = embeddedRegistry({ referrersApi, referencesApi: referrersApi })
  const app = repository('registry.test/team/app', { fetch: registry.fetch, retries: 0 })
  const made: Descriptor[] = []
  for (const [i, node] of nodes.entries()) {
    const tag = `t${i}`
    if (node.is === 'image') made.push(await pushImage(app, tag, tag))
    else if (node.is === 'index') {
      const manifests = node.of.map((j) => made[j]!)
      const index = { schemaVersion: 2, mediaType: INDEX, manifests, annotations: { tag } } as const
      made.push((await putManifest(app, tag, index)).descriptor)
    } else {
      const strategy = ways[node.way]!()
      const artifact = { artifactType: 'application/vnd.example.note', annotations: { tag } }
      const { digest, mediaType, size } = await attach(app, made[node.of]!, artifact, {
        ...{ strategy, settle: 0, tags: [tag] },
      })
      made.push({ digest, mediaType, size })
    }
  }
  for (const i of nodes.keys()) if (!tagged[i]) await deleteManifest(app, `t${i}`)
  const digests = made.map(({ digest }) => digest)
  return {
    app,
    digests,
    isThere: async (i) => (await findManifest(app, digests[i]!)) !== undefined,
  }
}

/** Cosign's layers of one subject are in one manifest, so the last of them counts, and F's index takes OCI's tag. */
function isPlain({ nodes }: Model): boolean {
  const places = nodes.flatMap((node) => {
    if (node.is !== 'artifact') return []
    const { name } = ways[node.way]!()
    return [
      `${node.of} ${name === 'cosign-tags' ? name : name === 'digest-tags' ? Math.random() : 'bare'}`,
    ]
  })
  return new Set(places).size === places.length
}

/** What is reached from some manifests: what they list, and what is attached. */
function reach({ nodes }: Model, from: readonly number[]): ReadonlySet<number> {
  const reached = new Set(from)
  for (let size = -1; size !== reached.size; ) {
    size = reached.size
    for (const [i, node] of nodes.entries()) {
      if (node.is === 'index' && reached.has(i)) for (const j of node.of) reached.add(j)
      if (node.is === 'artifact' && reached.has(node.of)) reached.add(i)
    }
  }
  return reached
}

/** What is found where the registry lists what is attached: by a tag of any kind, or from what was found and is there. */
function findable({ nodes, tagged }: Model, there: readonly boolean[]): ReadonlySet<number> {
  const byTag = ['digest-tags', 'cosign-tags', 'index-annotations']
  const found = new Set<number>()
  for (let size = -1; size !== found.size; ) {
    size = found.size
    for (const [i, node] of nodes.entries()) {
      if (!there[i]) continue
      if (tagged[i]) found.add(i)
      if (node.is === 'index' && found.has(i)) for (const j of node.of) found.add(j)
      if (node.is !== 'artifact') continue
      const isListed = there[node.of] && found.has(node.of)
      if (isListed || byTag.includes(ways[node.way]!().name)) found.add(i)
      // What an artifact says it is attached to is looked at too.
      if (found.has(i)) found.add(node.of)
    }
  }
  return found
}

const numbers = ({ nodes }: Model) => [...nodes.keys()]
const runs = { numRuns: Number(process.env.MODEL_RUNS ?? 30) }
const timeout = 500 * Math.max(runs.numRuns, 60)

test.each([true, false])(
  'prune() loses nothing that lives, and finds all that is dead (API: %j)',
  async (api) => {
    await fc.assert(
      fc.asyncProperty(
        model.filter(isPlain),
        fc.array(fc.nat(4), { maxLength: 2 }),
        async (given, picks) => {
          const { app, digests, isThere } = await build(given, api)
          // Somebody deletes images.
          const gone = new Set(
            picks
              .map((pick) => pick % given.nodes.length)
              .filter((i) => given.nodes[i]!.is === 'image'),
          )
          for (const i of gone) await deleteManifest(app, digests[i]!)
          const before = await Promise.all(numbers(given).map(isThere))
          const tagged = numbers(given).filter((i) => given.tagged[i] && before[i])
          const lives = reach(given, tagged)
          const { complete, problems } = await prune(app, { settle: 0 })
          expect({ complete, problems }).toEqual({ complete: true, problems: [] })
          for (const i of numbers(given)) {
            if (before[i] && lives.has(i)) expect(await isThere(i), `${i} lives`).toBe(true)
          }
          const found = api ? findable(given, before) : new Set(numbers(given))
          const dead = new Set<number>()
          for (const [i, node] of given.nodes.entries()) {
            if (node.is !== 'artifact' || lives.has(i)) continue
            const listed = given.nodes.some(
              (one, j) => one.is === 'index' && before[j] && one.of.includes(i),
            )
            // Without any tag of somebody's, its image may be in another repository.
            const apart = tagged.length === 0 && ways[node.way]!().name === 'cosign-tags'
            if (listed || (apart && !before[node.of])) continue
            if (!before[node.of] || dead.has(node.of)) dead.add(i)
          }
          for (let size = -1; size !== dead.size; ) {
            size = dead.size
            for (const [i, node] of given.nodes.entries()) {
              if (node.is === 'artifact' && before[i] && !dead.has(i)) dead.delete(node.of)
            }
          }
          for (const i of dead) {
            if (found.has(i)) expect(await isThere(i), `${i} is dead`).toBe(false)
          }
          const others = numbers(given).filter(
            (i) => before[i] && !dead.has(i) && given.nodes[i]!.is === 'image',
          )
          for (const i of others) expect(await isThere(i), `${i} is an image`).toBe(true)
        },
      ),
      runs,
    )
  },
  timeout,
)

test.each([true, false])(
  'remove() takes what only its tag reaches, and nothing else (API: %j)',
  async (api) => {
    await fc.assert(
      fc.asyncProperty(model.filter(isPlain), fc.nat(4), async (given, pick) => {
        const removed = pick % given.nodes.length
        // An artifact that a tag links to its subject is taken away by detach().
        fc.pre(given.nodes[removed]!.is !== 'artifact')
        const model = { ...given, tagged: given.tagged.map((is, i) => is || i === removed) }
        const { app, isThere } = await build(model, api)
        const others = numbers(model).filter((i) => model.tagged[i] && i !== removed)
        const lives = reach(model, others)
        const { complete } = await remove(app, `t${removed}`, {
          ...{ referrers: true, depth: Number.POSITIVE_INFINITY, settle: 0 },
          strategies: ways.map((way) => way()),
        })
        expect(complete).toBe(true)
        const below = reach(model, [removed])
        for (const i of numbers(model)) {
          const stays = lives.has(i) || !below.has(i)
          if (stays) expect(await isThere(i), `${i} stays`).toBe(true)
          else if (!isNeededBeside(model, i, below))
            expect(await isThere(i), `${i} goes`).toBe(false)
        }
      }),
      runs,
    )
  },
  timeout,
)

/**
 * Whether it is attached to something else, or to something that stays for that; or proposal F's index of something
 * else, which has a tag, lists it.
 */
function isNeededBeside(model: Model, i: number, below: ReadonlySet<number>): boolean {
  const own = model.nodes[i]!
  if (own.is === 'artifact' && (!below.has(own.of) || isNeededBeside(model, own.of, below))) {
    return true
  }
  return model.nodes.some((node) => {
    const byF = node.is === 'artifact' && ways[node.way]!().name === 'index-annotations'
    return byF && !below.has(node.of) && reach(model, [node.of]).has(i)
  })
}
