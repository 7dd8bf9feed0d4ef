// Copies with ocilink, oras, regctl, and for images alone skopeo and crane: within olareg, within docker-registry, and
// from the one to the other, through proxies that delay every request by 50 ms. Then 1000 referrers, and the memory and
// time of a blob of 1 GiB between two registries without delay. Every cell is requests / milliseconds, from the run
// with the median time of three.
//
// npm run bench:content [-- images | referrers | thousand | gibibyte ...]
import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { copy, type Descriptor, link, repository } from '../src/index.ts'
import { pushBlob, putManifest } from '../src/registry/index.ts'
import { dockerRegistry, olareg, type RunningRegistry } from '../test/live/_registries.ts'
import {
  buildTools,
  type Clients,
  clientsFor,
  requireDockerRegistry,
  requireSkopeo,
  run,
} from '../test/live/_tools.ts'
import { artifactType, mediaType, reportText } from './_artifact.ts'
import type { Span } from './_proxy.ts'

const runs = 3
const delay = 50
const parts = process.argv.slice(2)
const wanted = (part: string) => parts.length === 0 || parts.includes(part)

/** A registry, and the way to it that takes longer. */
interface Place {
  readonly direct: RunningRegistry
  readonly host: string
  readonly proxy: ChildProcess
}

/** One copy from `host/name:v1` to `host/name:v1`. */
type Copy = (from: string, to: string, clients: Clients) => Promise<unknown>

const client = fileURLToPath(new URL('./_client.ts', import.meta.url))
const plain = (host: string) => ['--host', `reg=${host},tls=disabled`]
const hostOf = (reference: string) => reference.split('/')[0]!
const repositoryOf = (reference: string) => repository(reference.replace(/:v1$/, ''))

const all: Record<string, Copy> = {
  'ocilink, in process': (from, to) =>
    copy(repositoryOf(from), 'v1', repositoryOf(to), { referrers: true }),
  'ocilink, a process each': (from, to) =>
    run(process.execPath, [client, 'copy', from, to, 'referrers']),
  'oras cp -r': (from, to, clients) =>
    clients.program('oras', 'cp', '-r', '--from-plain-http', '--to-plain-http', from, to),
  'regctl --referrers': (from, to, clients) =>
    clients.regctl([
      ...plain(hostOf(from)),
      ...plain(hostOf(to)),
      'image',
      'copy',
      '--referrers',
      from,
      to,
    ]),
}

const imagesAlone: Record<string, Copy> = {
  'ocilink, in process': (from, to) => copy(repositoryOf(from), 'v1', repositoryOf(to)),
  'ocilink, a process each': (from, to) => run(process.execPath, [client, 'copy', from, to]),
  'oras cp': (from, to, clients) =>
    clients.program('oras', 'cp', '--from-plain-http', '--to-plain-http', from, to),
  'regctl image copy': (from, to, clients) =>
    clients.regctl([...plain(hostOf(from)), ...plain(hostOf(to)), 'image', 'copy', from, to]),
  'skopeo copy': (from, to, clients) => {
    const insecure = ['--src-tls-verify=false', '--dest-tls-verify=false']
    return clients.program(
      'skopeo',
      '--insecure-policy',
      'copy',
      ...insecure,
      `docker://${from}`,
      `docker://${to}`,
    )
  },
  'crane copy': (from, to, clients) => clients.crane('copy', from, to),
}

async function start(kind: typeof olareg): Promise<Place> {
  const direct = await kind.start()
  const [ip = '', port = ''] = direct.host.split(':')
  const proxy = fork(new URL('./_proxy.ts', import.meta.url), [ip, port, `${delay}`])
  const [host] = (await once(proxy, 'message')) as [string]
  return { direct, host, proxy }
}

/** An image of three layers, and referrers of one blob each. */
async function fill(host: string, name: string, count: number): Promise<void> {
  const app = repository(`${host}/${name}`)
  const config = await pushBlob(app, JSON.stringify({ architecture: 'amd64', os: 'linux', name }), {
    mediaType: 'application/vnd.oci.image.config.v1+json',
  })
  const layers: Descriptor[] = []
  for (let i = 0; i < 3; i++) {
    const layer = 'application/vnd.oci.image.layer.v1.tar'
    layers.push(await pushBlob(app, randomBytes(100_000), { mediaType: layer }))
  }
  const image = 'application/vnd.oci.image.manifest.v1+json'
  const subject = (
    await putManifest(app, 'v1', { schemaVersion: 2, mediaType: image, config, layers })
  ).descriptor
  for (let at = 0; at < count; at += 50) {
    const some = Array.from({ length: Math.min(50, count - at) }, (_, i) => at + i)
    const artifacts = await Promise.all(
      some.map(async (i) => {
        const blob = await pushBlob(app, reportText(`${name} ${i}`), { mediaType })
        return { artifactType, blobs: [blob] }
      }),
    )
    await link(app, subject, artifacts, { settle: 0 })
  }
}

async function requestsOf(places: readonly Place[]): Promise<number> {
  let count = 0
  for (const { proxy } of new Set(places)) {
    proxy.send('take')
    const [spans] = (await once(proxy, 'message')) as [readonly Span[]]
    count += spans.length
  }
  return count
}

let copies = 0
/** Runs each contestant in turn, and gives the run with the median time of each. */
async function compare(
  from: Place,
  to: Place,
  clients: Clients,
  contestants: Record<string, Copy>,
  count: number,
  times = runs,
): Promise<readonly string[]> {
  const measured = new Map<string, { requests: number; ms: number }[]>()
  for (let i = 0; i < times; i++) {
    for (const [name, perform] of Object.entries(contestants)) {
      copies += 1
      const path = `bench/content-${copies}`
      await fill(from.direct.host, path, count)
      const began = performance.now()
      try {
        await perform(`${from.host}/${path}:v1`, `${to.host}/mirror/content-${copies}:v1`, clients)
      } catch (error) {
        console.error(`${name} failed: ${(error as Error).message.slice(0, 500)}`)
        await requestsOf([from, to])
        continue
      }
      const ms = performance.now() - began
      const requests = await requestsOf([from, to])
      measured.set(name, [...(measured.get(name) ?? []), { requests, ms }])
    }
  }
  return Object.keys(contestants).map((name) => {
    const sorted = (measured.get(name) ?? []).sort((a, b) => a.ms - b.ms)
    if (sorted.length === 0) return 'failed'
    const { requests, ms } = sorted[Math.floor(sorted.length / 2)]!
    return `${requests} / ${Math.round(ms)}`
  })
}

function print(
  title: string,
  names: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rule = ['---', ...names.map(() => '---:')]
  console.log([`\n${title}\n`, line(['', ...names]), line(rule), ...rows.map(line)].join('\n'))
}

/** How long a blob of 1 GiB takes, and how much more memory the process has at most. */
async function gibibyte(from: string, to: string): Promise<string> {
  const app = repository(`${from}/bench/large`)
  const chunk = randomBytes(1024 * 1024)
  async function* content() {
    for (let i = 0; i < 1024; i++) {
      chunk.writeUInt32LE(i)
      yield new Uint8Array(chunk)
    }
  }
  const layer = await pushBlob(app, content(), { mediaType: 'application/octet-stream' })
  const config = await pushBlob(app, '{}', { mediaType: 'application/json' })
  const image = 'application/vnd.oci.image.manifest.v1+json'
  await putManifest(app, 'v1', { schemaVersion: 2, mediaType: image, config, layers: [layer] })
  await putManifest(app, 'small', { schemaVersion: 2, mediaType: image, config, layers: [] })
  await copy(app, 'small', repository(`${to}/mirror/large`))
  globalThis.gc?.()
  const before = process.memoryUsage().rss
  let most = before
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss)
  }, 20)
  const began = performance.now()
  await copy(app, 'v1', repository(`${to}/mirror/large`))
  const seconds = (performance.now() - began) / 1000
  clearInterval(timer)
  return `${seconds.toFixed(1)} s, ${((most - before) / 1024 / 1024).toFixed(0)} MiB more`
}

requireDockerRegistry()
requireSkopeo()
await buildTools()
const [lareg, docker] = await Promise.all([start(olareg), start(dockerRegistry)])
const clients = await clientsFor({ host: lareg.host })
const pairs = [
  ['within olareg', lareg, lareg],
  ['within docker-registry', docker, docker],
  ['docker-registry to olareg', docker, lareg],
] as const
try {
  for (const [part, title, contestants, count, times] of [
    ['images', 'An image of three layers', imagesAlone, 0, runs],
    ['referrers', 'An image with 20 referrers', all, 20, runs],
    ['thousand', 'An image with 1000 referrers', all, 1000, 1],
  ] as const) {
    if (!wanted(part)) continue
    const rows: (readonly string[])[] = []
    for (const [name, from, to] of part === 'thousand' ? pairs.slice(2) : pairs) {
      rows.push([name, ...(await compare(from, to, clients, contestants, count, times))])
    }
    print(`${title}: requests / ms`, Object.keys(contestants), rows)
  }
  if (wanted('gibibyte')) {
    const { host: a } = docker.direct
    const { host: b } = lareg.direct
    console.log(`\nA blob of 1 GiB from docker-registry to olareg: ${await gibibyte(a, b)}`)
    for (const [name, perform] of Object.entries(imagesAlone)) {
      const began = performance.now()
      await perform(`${a}/bench/large:v1`, `${b}/mirror/${copies++}:v1`, clients)
      console.log(`${name}: ${((performance.now() - began) / 1000).toFixed(1)} s`)
    }
  }
} finally {
  for (const { proxy, direct } of [lareg, docker]) {
    proxy.disconnect()
    await direct.stop()
  }
  await clients.close()
}
