// Attach, list and exists with ocilink, oras and regctl, on a registry with the referrers API and
// on one without, through a proxy that delays every request by 50 ms. Prints one table; every cell
// is requests / depth / milliseconds, from the run with the median time of three.
//
// "depth" is the longest chain of requests that wait for each other. A "cold" attach goes to a
// repository that has the image and nothing else; a "warm" one follows it there.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { attach, hasReferrer, type Repository, referrers, repository } from '../src/index.ts'
import { dockerRegistry, type LiveRegistry, olareg } from '../test/live/_registries.ts'
import {
  buildTools,
  type Clients,
  clientsFor,
  requireDockerRegistry,
  run,
} from '../test/live/_tools.ts'
import { artifactType, mediaType, reportText } from './_artifact.ts'
import type { Span } from './_proxy.ts'

const runs = 3
const delay = 50

/** One client at work in one repository. */
interface Work {
  attach(label: string): Promise<unknown>
  list(): Promise<unknown>
  exists(): Promise<unknown>
}

interface Target {
  /** `host/name`, through the proxy. */
  readonly repository: string
  readonly subject: string
  readonly clients: Clients
}

const contestants: Record<string, (target: Target) => Work> = {
  'ocilink, in process': (target) => inProcess(target),
  'ocilink, in process, settle 0': (target) => inProcess(target, { settle: 0 }),
  'ocilink, a process each': (target) => {
    const client = fileURLToPath(new URL('./_client.ts', import.meta.url))
    const node = (verb: string, ...args: string[]) =>
      run(process.execPath, [client, verb, target.repository, target.subject, ...args])
    return {
      attach: async (label) => node('attach', await reportFile(target, label)),
      list: () => node('list'),
      exists: () => node('exists'),
    }
  },
  oras: ({ clients, ...target }) => {
    const reference = `${target.repository}@${target.subject}`
    const discover = (...flags: string[]) =>
      clients.oras('discover', '--format', 'json', ...flags, reference)
    return {
      attach: async (label) => {
        await reportFile({ clients }, label)
        const what = [reference, `${label}.txt:${mediaType}`]
        await clients.oras('attach', '--artifact-type', artifactType, ...what)
      },
      list: () => discover('--depth', '1'),
      exists: () => discover('--depth', '1', '--artifact-type', artifactType),
    }
  },
  regctl: ({ clients, ...target }) => {
    const reference = `${target.repository}@${target.subject}`
    return {
      attach: (label) => {
        const what = ['--artifact-type', artifactType, '--file-media-type', mediaType]
        return clients.regctl(
          ['artifact', 'put', ...what, '--subject', reference],
          reportText(label),
        )
      },
      list: () => clients.regctl(['artifact', 'list', reference]),
      exists: () =>
        clients.regctl(['artifact', 'list', '--filter-artifact-type', artifactType, reference]),
    }
  },
}

function inProcess(target: Target, options: { readonly settle?: number } = {}): Work {
  const app: Repository = repository(target.repository)
  const digest = target.subject
  return {
    attach: (label) => {
      const blobs = [{ data: reportText(label), mediaType }]
      return attach(app, digest, { artifactType, blobs }, options)
    },
    list: async () => {
      for await (const _ of referrers(app, digest));
    },
    exists: () => hasReferrer(app, digest, { artifactType }),
  }
}

async function reportFile({ clients }: Pick<Target, 'clients'>, label: string): Promise<string> {
  const path = join(clients.directory, `${label}.txt`)
  await writeFile(path, reportText(label))
  return path
}

interface Measurement {
  readonly requests: number
  readonly depth: number
  readonly milliseconds: number
}

const operations: Record<string, (work: Work) => Promise<unknown>> = {
  'attach, cold': (work) => work.attach('first'),
  'attach, warm': (work) => work.attach('second'),
  list: (work) => work.list(),
  exists: (work) => work.exists(),
}

/** Operation → contestant → its runs. */
type Results = Record<string, Record<string, Measurement[]>>

async function measureOn(registry: LiveRegistry): Promise<Results> {
  const running = await registry.start()
  const direct = await clientsFor(running)
  const [ip = '', port = ''] = running.host.split(':')
  const proxy = fork(new URL('./_proxy.ts', import.meta.url), [ip, port, `${delay}`])
  const host = await message<string>(proxy)
  const clients = await clientsFor({ host })
  const results: Results = {}
  try {
    for (let i = 0; i < runs; i++) {
      for (const [contestant, start] of Object.entries(contestants)) {
        const name = `bench/${contestant.replaceAll(/\W+/g, '-')}-${i}`
        const subject = await direct.pushImage(name, 'v1')
        const work = start({ repository: `${host}/${name}`, subject, clients })
        for (const [operation, perform] of Object.entries(operations)) {
          const measured = await measure(proxy, () => perform(work))
          results[operation] ??= {}
          results[operation][contestant] ??= []
          results[operation][contestant].push(measured)
        }
      }
    }
  } finally {
    proxy.disconnect()
    await clients.close()
    await direct.close()
    await running.stop()
  }
  return results
}

async function measure(proxy: ChildProcess, perform: () => Promise<unknown>): Promise<Measurement> {
  const start = performance.now()
  await perform()
  const milliseconds = performance.now() - start
  proxy.send('take')
  const spans = await message<Span[]>(proxy)
  return { requests: spans.length, depth: longestChain(spans), milliseconds }
}

async function message<T>(child: ChildProcess): Promise<T> {
  const [value] = await once(child, 'message')
  return value
}

/** A request that began after another had ended may have waited for it; overlapping ones did not. */
function longestChain(spans: readonly Span[]): number {
  const sorted = [...spans].sort((a, b) => a.start - b.start)
  const depths: number[] = []
  for (const [i, span] of sorted.entries()) {
    const before = sorted.slice(0, i).map((other, j) => {
      return other.end <= span.start ? (depths[j] ?? 0) : 0
    })
    depths.push(1 + Math.max(0, ...before))
  }
  return Math.max(0, ...depths)
}

function median(measurements: readonly Measurement[]): Measurement | undefined {
  const sorted = [...measurements].sort((a, b) => a.milliseconds - b.milliseconds)
  return sorted[Math.floor(sorted.length / 2)]
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

requireDockerRegistry()
await buildTools()
const names = Object.keys(contestants)
const table = [row(['requests / depth / ms', ...names]), row(['---', ...names.map(() => '---:')])]
for (const registry of [olareg, dockerRegistry]) {
  const results = await measureOn(registry)
  for (const [operation, byContestant] of Object.entries(results)) {
    const cells = names.map((name) => {
      const measured = median(byContestant[name] ?? [])
      if (!measured) return ''
      return `${measured.requests} / ${measured.depth} / ${Math.round(measured.milliseconds)}`
    })
    table.push(row([`${registry.name}: ${operation}`, ...cells]))
  }
}
console.log(table.join('\n'))
