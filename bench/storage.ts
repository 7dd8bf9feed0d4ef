// What `ocilink serve` takes to keep and hand out content, beside olareg and docker-registry: one blob
// of 1 GiB, 1000 of 4 KiB, and 500 referrers of one subject, over 32 connections where there are many.
// Prints one table: milliseconds, the median of three runs, and how they relate to olareg's.
//
// Also prints how far the memory of `ocilink serve --dir` grows during the push of 1 GiB over what it
// was after one of 64 MiB, and exits 1 at 64 MiB or more.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dockerRegistry, olareg } from '../test/live/_registries.ts'
import { serveProgram } from '../test/live/_serve.ts'
import { buildTools, requireDockerRegistry } from '../test/live/_tools.ts'

const MiB = 1024 * 1024
const large = 1024 * MiB
const warmUp = 64 * MiB
const limit = 64 * MiB
const connections = 32
const smallBlobs = 1000
const attached = 500
const runs = 3

const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
const EMPTY = 'application/vnd.oci.empty.v1+json'

interface Running {
  readonly host: string
  /** Process to watch; only of our own. */
  readonly pid?: number | undefined
  stop(): Promise<unknown>
}

interface Contestant {
  readonly name: string
  readonly referrers: boolean
  start(): Promise<Running>
}

const contestants: readonly Contestant[] = [
  { name: 'ocilink, directory', referrers: true, start: serveDirectory },
  {
    name: 'ocilink, memory',
    referrers: true,
    start: async () => {
      const { host, child, stop } = await serveProgram()
      return { host, pid: child.pid, stop: () => stop() }
    },
  },
  { name: 'olareg', referrers: true, start: olareg.start },
  { name: 'docker-registry 2.8', referrers: false, start: dockerRegistry.start },
]

async function serveDirectory(): Promise<Running> {
  const directory = await mkdtemp(join(tmpdir(), 'ocilink-bench-'))
  const { host, child, stop } = await serveProgram('--dir', directory)
  return {
    host,
    pid: child.pid,
    async stop() {
      await stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** A body that is sent piece by piece, or at once. */
type Body = Uint8Array | { readonly piece: Uint8Array; readonly times: number }

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** Bytes of the body. */
  readonly size: number
}

const agent = new Agent({ keepAlive: true, maxSockets: connections })

/** One request; node:http takes least time of what Node has, which is what is left to the servers. */
function send(
  host: string,
  method: string,
  path: string,
  body?: Body,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { pathname, search } = new URL(path, `http://${host}`)
    const [address, port] = host.split(':')
    const isWhole = body instanceof Uint8Array
    const length = !body ? 0 : isWhole ? body.byteLength : body.piece.byteLength * body.times
    const sent = method === 'GET' ? headers : { ...headers, 'Content-Length': String(length) }
    const options = { host: address, port, method, path: pathname + search, headers: sent, agent }
    const outgoing = request(options, (answer) => {
      let size = 0
      answer.on('data', (chunk: Buffer) => {
        size += chunk.byteLength
      })
      answer.on('error', reject)
      answer.on('end', () => {
        const status = answer.statusCode ?? 0
        if (status < 400) resolve({ status, headers: answer.headers, size })
        else reject(new Error(`${method} ${path} answered ${status}`))
      })
    })
    outgoing.on('error', reject)
    if (!body || isWhole) return void outgoing.end(body)
    let left = body.times
    const write = () => {
      while (left > 0) {
        left -= 1
        if (!outgoing.write(body.piece)) return void outgoing.once('drain', write)
      }
      outgoing.end()
    }
    write()
  })
}

/** Pushes a blob in the two requests that every registry takes. */
async function pushBlob(host: string, name: string, digest: string, body: Body): Promise<void> {
  const { headers } = await send(host, 'POST', `/v2/${name}/blobs/uploads/`)
  const location = new URL(headers.location!, `http://${host}`)
  location.searchParams.set('digest', digest)
  const type = { 'Content-Type': 'application/octet-stream' }
  await send(host, 'PUT', location.pathname + location.search, body, type)
}

/** Does all of the tasks, as many at a time as there are connections. */
async function all(count: number, task: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const work = async () => {
    for (let n = next++; n < count; n = next++) await task(n)
  }
  await Promise.all(Array.from({ length: connections }, work))
}

async function timed(task: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await task()
  return performance.now() - start
}

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

function repeated(total: number, seed: number): { body: Body; digest: string } {
  const piece = new Uint8Array(64 * 1024).fill(seed)
  const times = total / piece.byteLength
  const hash = createHash('sha256')
  for (let n = 0; n < times; n += 1) hash.update(piece)
  return { body: { piece, times }, digest: `sha256:${hash.digest('hex')}` }
}

const empty = Buffer.from('{}')
const subject = { mediaType: IMAGE, digest: digestOf(Buffer.from('subject')), size: 7 }

function artifact(n: number): Buffer {
  const part = { mediaType: EMPTY, digest: digestOf(empty), size: 2 }
  const annotations = { n: String(n) }
  const artifactType = 'application/vnd.example.report'
  const manifest = { mediaType: IMAGE, artifactType, config: part, layers: [part], subject }
  return Buffer.from(JSON.stringify({ schemaVersion: 2, ...manifest, annotations }))
}

const blobOf1GiB = repeated(large, 1)
const blobOf64MiB = repeated(warmUp, 2)
const blobsOf4KiB = Array.from({ length: smallBlobs }, (_, n) => {
  const body = Buffer.alloc(4096, `${n} `)
  return { body, digest: digestOf(body) }
})

/** The peak of a process's resident memory from `reset` on, as Linux keeps it. */
function memoryOf(pid: number | undefined) {
  const read = (field: string) => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(new RegExp(`^${field}:\\s+([0-9]+) kB$`, 'm').exec(status)?.[1]) * 1024
  }
  return {
    reset: () => pid && writeFileSync(`/proc/${pid}/clear_refs`, '5'),
    peak: () => (pid ? read('VmHWM') : 0),
  }
}

interface Memory {
  readonly before: number
  readonly peak: number
}

async function measure(contestant: Contestant): Promise<{ times: number[]; memory: Memory }> {
  const { host, pid, stop } = await contestant.start()
  const rss = memoryOf(pid)
  try {
    const pull = (name: string, digest: string, size: number) => async () => {
      const answer = await send(host, 'GET', `/v2/${name}/blobs/${digest}`)
      if (answer.size !== size) throw new Error(`${contestant.name}: ${answer.size} of ${size}`)
    }
    await pushBlob(host, 'bench/warm', blobOf64MiB.digest, blobOf64MiB.body)
    const before = rss.peak()
    rss.reset()
    const { body, digest } = blobOf1GiB
    const times = [await timed(() => pushBlob(host, 'bench/large', digest, body))]
    const memory = { before, peak: rss.peak() }
    times.push(await timed(pull('bench/large', digest, large)))
    const small = (n: number) => blobsOf4KiB[n]!
    const pushSmall = (n: number) => pushBlob(host, 'bench/small', small(n).digest, small(n).body)
    times.push(await timed(() => all(smallBlobs, pushSmall)))
    const pullSmall = (n: number) => pull('bench/small', small(n).digest, 4096)()
    times.push(await timed(() => all(smallBlobs, pullSmall)))

    await pushBlob(host, 'bench/links', digestOf(empty), empty)
    const attach = (n: number) => {
      const bytes = artifact(n)
      const path = `/v2/bench/links/manifests/${digestOf(bytes)}`
      return send(host, 'PUT', path, bytes, { 'Content-Type': IMAGE })
    }
    times.push(await timed(() => all(attached, attach)))
    const path = `/v2/bench/links/referrers/${subject.digest}`
    const list = () => send(host, 'GET', path)
    if (contestant.referrers) times.push(await timed(() => all(attached, list)))
    return { times, memory }
  } finally {
    agent.destroy()
    await stop()
  }
}

const operations = [
  'push 1 GiB',
  'pull 1 GiB',
  `push ${smallBlobs} blobs of 4 KiB`,
  `pull ${smallBlobs} blobs of 4 KiB`,
  `attach ${attached}`,
  `list ${attached} referrers ${attached} times`,
]

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
const inMiB = (bytes: number) => Math.round(bytes / MiB)

requireDockerRegistry()
await buildTools()
const results = new Map<string, { times: number[]; memory: Memory }[]>()
for (let n = 0; n < runs; n += 1) {
  for (const contestant of contestants) {
    const before = results.get(contestant.name) ?? []
    results.set(contestant.name, [...before, await measure(contestant)])
  }
}

const timesOf = (name: string, n: number) =>
  median(results.get(name)!.map(({ times }) => times[n] ?? Number.NaN))
const names = contestants.map(({ name }) => name)
const table = [row(['ms (of olareg)', ...names]), row(['---', ...names.map(() => '---:')])]
for (const [n, operation] of operations.entries()) {
  const cells = names.map((name) => {
    const ms = timesOf(name, n)
    return Number.isNaN(ms) ? '' : `${Math.round(ms)} (${(ms / timesOf('olareg', n)).toFixed(2)})`
  })
  table.push(row([operation, ...cells]))
}
console.log(table.join('\n'))

const memories = results.get('ocilink, directory')!.map(({ memory }) => memory)
for (const { before, peak } of memories) {
  const grown = peak - before
  console.log(
    `1 GiB pushed to a directory: memory grew by ${inMiB(grown)} MiB over ${inMiB(before)}`,
  )
  if (grown >= limit) process.exitCode = 1
}
if (process.exitCode === 1) console.log(`The limit is ${inMiB(limit)} MiB.`)
