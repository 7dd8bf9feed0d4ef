// npm run soak -- --minutes 10 --seed 5 --faults 5
// Attaches, lists and detaches for minutes, by every way of linking, on registries in memory, behind sockets and in
// directories, of which every twentieth answer fails: it breaks off, is late, has other bytes, or an error status. What a
// call answers has to be right; a call may fail, with an error of ours.
// Exits 1 for a wrong answer, another error, an unhandled rejection, memory that grows, or files that stay open.
import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from '../../src/embedded/index.ts'
import {
  attach,
  type Descriptor,
  detach,
  discover,
  hasReferrer,
  isOcilinkError,
  referrers,
  repository,
} from '../../src/index.ts'
import { getBlobBytes, pushBlob, putManifest } from '../../src/registry/index.ts'
import {
  artifactManifest,
  auto,
  cosignTags,
  digestTags,
  indexAnnotations,
  nodeManifest,
  ociSubject,
  referenceField,
} from '../../src/strategies/index.ts'
import { numbers } from './_arguments.ts'
import { createPlaces } from './_places.ts'

const { minutes, seed, faults } = numbers({ minutes: 10, seed: Date.now() % 2 ** 31, faults: 5 })
console.log(`--minutes ${minutes} --seed ${seed} --faults ${faults}`)

/** Megabytes that memory may grow after the first tenth of the time: objects, and all that the process has. */
const GROWTH = { heap: 40, rss: 150 }
/** Files and sockets that may be open more than then: connections are kept for a while. */
const MORE_OPEN = 20

let unhandled = 0
process.on('unhandledRejection', (error) => {
  unhandled++
  console.error('unhandled rejection:', error)
})

/** Random numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomOf(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const random = randomOf(seed)
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!

const kinds: readonly Fault[] = [
  { reject: true },
  { answer: { status: 500 } },
  { answer: { status: 503, retryAfter: 0 } },
  { answer: { status: 429, retryAfter: 0 } },
  { answer: { status: 502, body: '<html>bad gateway</html>' } },
  { delay: 50 },
  { cutAfter: 10 },
  { corrupt: true },
]

let failing = false
const counts = { calls: 0, failed: 0, faults: 0, wrong: 0 }

function wrong(what: string): void {
  counts.wrong++
  console.error(`wrong: ${what}`)
}

/** Runs a call; `undefined` where it failed in a way that it may. */
async function attempt<T>(call: () => Promise<T>): Promise<{ readonly value: T } | undefined> {
  counts.calls++
  try {
    return { value: await call() }
  } catch (error) {
    if (!isOcilinkError(error))
      wrong(`not our error: ${error instanceof Error ? error.stack : error}`)
    counts.failed++
    return undefined
  }
}

const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
const types = ['application/spdx+json', 'application/vnd.cyclonedx+json', 'text/plain']
const setups = [
  { strategy: ociSubject(), options: {} },
  { strategy: ociSubject(), options: { referrersApi: false } },
  { strategy: digestTags(), options: {} },
  { strategy: indexAnnotations(), options: {} },
  { strategy: auto(), options: {} },
  { strategy: artifactManifest(), options: {} },
  { strategy: referenceField(), options: {} },
  { strategy: referenceField(), options: { referencesApi: false } },
  { strategy: nodeManifest(), options: {} },
  { strategy: cosignTags({ suffix: 'sbom' }), options: {} },
] as const
const places = await createPlaces()
const calls: Record<string, number> = {}

interface Known {
  readonly artifactType: string
  /** Whether it is attached; `undefined` after a call that failed may have changed that. */
  there: boolean | undefined
}

/** One registry, and some dozens of calls of it. */
async function round(): Promise<void> {
  const { strategy, options } = pick(setups)
  const place = pick(Object.keys(places.open))
  calls[place] = (calls[place] ?? 0) + 1
  calls[strategy.name] = (calls[strategy.name] ?? 0) + 1
  const registry = await places.open[place]!({
    ...options,
    faults: ({ path }) => {
      if (!failing || random() * 100 >= faults) return undefined
      counts.faults++
      // Nothing tells of other bytes in a list: these have no digest.
      const digested = /\/(manifests|blobs)\/sha256:/.test(path)
      return pick(digested ? kinds : kinds.filter(({ corrupt }) => !corrupt))
    },
  })
  let warnings = 0
  const onWarning = () => {
    warnings++
  }
  const name = `${registry.host}/team/app`
  const repo = repository(name, { ...registry.options, timeout: 2000, onWarning })
  failing = false
  const config = await pushBlob(repo, '{}')
  const { descriptor: subject } = await putManifest(repo, 'v1', {
    schemaVersion: 2,
    mediaType: IMAGE,
    config: { ...config, mediaType: 'application/vnd.oci.image.config.v1+json' },
    layers: [],
  })
  failing = true
  const known = new Map<string, Known>()
  /** Whether all that is attached is in one manifest, which is another one each time. */
  const merges = strategy.name === 'cosign-tags'
  for (let n = 0; n < 30; n++) await step(n)
  failing = false
  await registry.close()

  async function step(n: number): Promise<void> {
    const action = random()
    if (action < 0.4) return add(n)
    if (action < 0.5) return remove()
    if (action < 0.75) return ask()
    return list()
  }

  async function add(n: number): Promise<void> {
    const artifactType = pick(types)
    const text = `${n} ${random()}`
    const artifact = { artifactType, blobs: [{ data: text, mediaType: artifactType }] }
    const attached = await attempt(() => attach(repo, subject, artifact, { strategy, settle: 1 }))
    // It may be there all the same, under a digest that was not told.
    if (!attached) doubt = true
    else known.set(attached.value.digest, { artifactType, there: true })
  }

  async function remove(): Promise<void> {
    const [digest] = [...known].find(([, { there }]) => there) ?? []
    if (!digest) return
    const detached = await attempt(() => detach(repo, subject, digest, { strategy, settle: 1 }))
    // A manifest of cosign's has the layers of all that were attached before.
    const gone = merges
      ? [...known.keys()].slice(0, [...known.keys()].indexOf(digest) + 1)
      : [digest]
    for (const one of gone) known.get(one)!.there = detached ? false : undefined
  }

  async function ask(): Promise<void> {
    const artifactType = pick(types)
    const answer = await attempt(() => hasReferrer(repo, subject, { artifactType, strategy }))
    if (!answer) return
    const own = [...known.values()].filter((one) => one.artifactType === artifactType)
    if (!answer.value && own.some(({ there }) => there))
      wrong(`none of ${artifactType} by ${strategy.name}, but there is`)
    const perhaps = doubt || own.some(({ there }) => there !== false)
    if (answer.value && !perhaps)
      wrong(`one of ${artifactType} by ${strategy.name}, but there is none`)
  }

  async function list(): Promise<void> {
    const found = new Map<string, Descriptor>()
    const before = warnings
    const listed = await attempt(async () => {
      if (random() < 0.5) {
        for await (const one of referrers(repo, subject, { strategy })) found.set(one.digest, one)
        // What cannot be read is left out with a warning.
        return warnings === before
      }
      const all = await discover(repo, subject, { strategy })
      for (const one of all.flat) found.set(one.digest, one)
      return all.complete
    })
    if (listed?.value !== true) return
    if (merges) {
      const some = [...known.values()].some(({ there }) => there)
      if (some && found.size === 0) wrong(`nothing is listed by ${strategy.name}`)
      return
    }
    for (const [digest, { there }] of known) {
      if (there && !found.has(digest)) wrong(`${digest} is not listed by ${strategy.name}`)
      if (there === false && found.has(digest))
        wrong(`${digest} is listed by ${strategy.name}, but was detached`)
    }
    const one = found.values().next().value
    if (one && random() < 0.3) await attempt(() => getBlobBytes(repo, config))
  }
}

/** Whether an attach failed of which something may be there. */
let doubt = false

/** Megabytes, and how much is open; on Linux only. */
interface Usage {
  readonly heap: number
  readonly rss: number
  readonly open: number
}

async function usage(): Promise<Usage> {
  for (let n = 0; n < 3; n++) {
    globalThis.gc?.()
    await sleep(20)
  }
  const { heapUsed, rss } = process.memoryUsage()
  const open = process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0
  return { heap: Math.round(heapUsed / 2 ** 20), rss: Math.round(rss / 2 ** 20), open }
}

const end = performance.now() + minutes * 60_000
const settled = performance.now() + minutes * 6_000
let base: Usage | undefined
let last = 0
for (let n = 1; performance.now() < end; n++) {
  doubt = false
  await round()
  if (base === undefined && performance.now() > settled) base = await usage()
  if (performance.now() - last > 30_000) {
    last = performance.now()
    console.log(`${n} rounds, ${JSON.stringify({ ...counts, ...(await usage()) })}`)
  }
}
const now = await usage()
const { heap, rss, open } = base ?? now
const grown = { heap: now.heap - heap, rss: now.rss - rss, open: now.open - open }
console.log(JSON.stringify({ ...counts, unhandled, rounds: calls, grown, ...now }))
await places.close()
const grows = grown.heap > GROWTH.heap || grown.rss > GROWTH.rss || grown.open > MORE_OPEN
if (counts.wrong > 0 || unhandled > 0 || grows) process.exitCode = 1
