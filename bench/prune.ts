// What prune() takes of a repository with 10,000 tags, 2000 of which link something to an image that is gone, and
// graph() of one with 100,000: prints seconds, requests, how far resident memory grows beyond what it was with the
// repository filled, and how much of that the result keeps. The embedded registry is in the same process. Exits 1 where it deletes another number of manifests, or where a graph of ten times the tags takes
// more than thirty times the time or the memory limit.
import { setInterval } from 'node:timers'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../src/embedded/index.ts'
import { type Fetch, graph, prune, type Repository, repository } from '../src/index.ts'
import { pushBlob, putManifest } from '../src/registry/index.ts'
import { distribution, type LiveRegistry, olareg } from '../test/live/_registries.ts'
import { buildTools } from '../test/live/_tools.ts'

const MiB = 1024 * 1024
const limit = 512 * MiB
type Profile = NonNullable<EmbeddedRegistryOptions['profile']>
const IMAGE = 'application/vnd.oci.image.manifest.v1+json'

/** Resident memory at its highest while something runs, and how long that takes. */
async function measured<T>(action: () => Promise<T>) {
  await settled()
  const before = process.memoryUsage.rss()
  const heap = process.memoryUsage().heapUsed
  let rss = before
  const timer = setInterval(() => {
    rss = Math.max(rss, process.memoryUsage.rss())
  }, 20)
  const start = performance.now()
  try {
    const value = await action()
    rss = Math.max(rss, process.memoryUsage.rss())
    const seconds = (performance.now() - start) / 1000
    await settled()
    return { value, seconds, grown: rss - before, kept: process.memoryUsage().heapUsed - heap }
  } finally {
    clearInterval(timer)
  }
}

/** Until nothing is left that only looks used. */
async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await sleep(50)
    globalThis.gc?.()
  }
}

/** Half of the tags are images, three tenths signatures of these, and a fifth signatures of images that are gone. */
async function fill(repo: Repository, tags: number): Promise<number> {
  const empty = await pushBlob(repo, '{}', { mediaType: 'application/vnd.oci.empty.v1+json' })
  const push = async (tag: string | undefined, text: string) => {
    const fields = { schemaVersion: 2, mediaType: IMAGE, config: empty, layers: [empty] } as const
    const manifest = { ...fields, annotations: { text } }
    return (await putManifest(repo, tag, manifest)).descriptor.digest
  }
  const images = tags / 2
  const gone = tags / 5
  const signed: string[] = []
  await each(images, async (i) => {
    signed[i] = await push(`v${i}`, `image ${i}`)
  })
  await each(images - gone, (i) => push(`${signed[i]!.replace(':', '-')}.sig`, `signature ${i}`))
  await each(gone, (i) => {
    const hex = i.toString(16).padStart(64, '0')
    return push(`sha256-${hex}.sig`, `signature of what is gone ${i}`)
  })
  return gone
}

/** Does something so many times, 32 at once. */
async function each(count: number, task: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const work = async () => {
    for (let i = next++; i < count; i = next++) await task(i)
  }
  await Promise.all(Array.from({ length: 32 }, work))
}

interface Measured {
  readonly seconds: number
  readonly grown: number
  readonly kept: number
}

function report(what: string, of: Measured, requests: number): void {
  const kept = `${Math.round(of.kept / MiB)} of them kept`
  const memory = `memory grew by ${Math.round(of.grown / MiB)} MiB, ${kept}`
  console.log(`${what}: ${of.seconds.toFixed(1)} s, ${requests} requests, ${memory}`)
}

function fail(reason: string): void {
  console.log(reason)
  process.exitCode = 1
}

/** Counts requests. */
function counted(fetch: Fetch) {
  const counter = { requests: 0 }
  const through: Fetch = async (request) => {
    counter.requests++
    // As a network does: requests and answers that are done with are freed between tasks only.
    await setImmediate()
    return fetch(request)
  }
  return { counter, fetch: through }
}

async function measurePrune(name: string, host: string, fetch: Fetch, tags: number): Promise<void> {
  const gone = await fill(repository(`${host}/bench/prune`, { fetch }), tags)
  const { counter, fetch: through } = counted(fetch)
  const app = repository(`${host}/bench/prune`, { fetch: through })
  const plan = await measured(() => prune(app, { dryRun: true }))
  report(`${name}: the plan of ${tags} tags`, plan, counter.requests)
  counter.requests = 0
  const run = await measured(() => prune(app, { plan: plan.value }))
  report(`${name}: ${gone} deletes by that plan`, run, counter.requests)
  const done = run.value.items.filter(({ status }) => status === 'done').length
  if (done !== gone || !run.value.complete) fail(`${done} of ${gone} were deleted`)
}

async function measureGraph(profile: Profile, tags: number) {
  const registry = embeddedRegistry({ profile })
  await fill(repository('registry.test/bench/graph', { fetch: registry.fetch }), tags)
  const { counter, fetch } = counted(registry.fetch)
  const app = repository('registry.test/bench/graph', { fetch })
  const taken = await measured(() => graph(app, { maxTags: tags }))
  report(`embedded as ${profile}: graph of ${tags} tags`, taken, counter.requests)
  const { complete, tags: found, problems } = taken.value
  if (!complete || found.length !== tags)
    fail(`${found.length} of ${tags} tags: ${problems[0]?.reason}`)
  return taken
}

async function measureOn(registry: LiveRegistry, tags: number): Promise<void> {
  const running = await registry.start()
  try {
    await measurePrune(registry.name, running.host, (request) => fetch(request), tags)
  } finally {
    await running.stop()
  }
}

const profiles: readonly Profile[] = ['distribution3', 'olareg']
for (const profile of profiles) {
  const { fetch } = embeddedRegistry({ profile })
  await measurePrune(`embedded as ${profile}`, 'registry.test', fetch, 10_000)
}
for (const profile of profiles) {
  const small = await measureGraph(profile, 10_000)
  const large = await measureGraph(profile, 100_000)
  if (large.seconds > 30 * small.seconds)
    fail('It takes more time for each tag, the more there are')
  if (large.kept > limit) fail(`The limit is ${limit / MiB} MiB`)
}
await buildTools()
await measureOn(olareg, 2000)
// It looks through all tags for each delete.
await measureOn(distribution, 1000)
