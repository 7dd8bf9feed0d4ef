// Measures what each operation costs a process that serves a registry on an object store: its processor time, and its
// requests to the store. Writes measured.json, from which scale.ts goes on.
//
// node --conditions=source bench/scale/measure.ts
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { serve } from '../../src/node/index.ts'
import { descriptor, digestOf, image } from '../../test/embedded/_registry.ts'
import { BUCKET, testStore } from '../../test/s3/_store.ts'
import { type Cost, measured, type Operation, type Round } from './_costs.ts'

/** Operations that are measured, after as many that are not. */
const times = 400
/** Milliseconds that the store takes where rounds are told apart. */
const latency = 30

const kinds = { GET: 'read', HEAD: 'read', PUT: 'write', POST: 'write', DELETE: 'delete' } as const

const store = testStore()
const answer = store.fetch()
/** Requests to the store, and when they came; while undefined it answers at once. */
let arrivals: { readonly kind: keyof Round; readonly at: number }[] | undefined

const server = await serve({
  async fetch(request) {
    if (arrivals) {
      const isList = new URL(request.url).searchParams.has('list-type')
      const kind = isList ? 'list' : kinds[request.method as keyof typeof kinds]
      arrivals.push({ kind, at: performance.now() })
      await sleep(latency)
    }
    return answer(request)
  },
})
const child = fork(fileURLToPath(new URL('_server.ts', import.meta.url)), [server.url, BUCKET], {
  execArgv: ['--conditions=source'],
})
const [url] = (await once(child, 'message')) as [string]

/** An object that another process has written. */
function put(key: string, text: string): void {
  const bytes = Buffer.from(text)
  store.objects.set(key, { bytes, etag: `"${digestOf(text)}"`, modified: Date.now(), headers: {} })
}

async function send(method: string, path: string, body?: string, type?: string): Promise<void> {
  const headers = type === undefined ? undefined : { 'content-type': type }
  const init = {
    method,
    redirect: 'manual',
    ...(body !== undefined && { body }),
    ...(headers && { headers }),
  } as const
  const response = await fetch(`${url}${path}`, init)
  await response.arrayBuffer()
  if (response.status >= 400) throw new Error(`${method} ${path} answered ${response.status}`)
}

/** Milliseconds of processor time that the process has taken. */
async function processorTime(): Promise<number> {
  child.send('')
  const [{ user, system }] = (await once(child, 'message')) as [NodeJS.CpuUsage]
  return (user + system) / 1000
}

async function measure(run: (n: number) => Promise<void>): Promise<Cost> {
  for (let n = 0; n < times; n += 1) await run(n)
  const before = await processorTime()
  for (let n = times; n < 2 * times; n += 1) await run(n)
  const processor = ((await processorTime()) - before) / times
  arrivals = []
  await run(2 * times)
  const rounds: Record<string, number>[] = []
  let last = Number.NEGATIVE_INFINITY
  for (const { kind, at } of arrivals) {
    if (at - last > latency / 2) rounds.push({})
    last = at
    const round = rounds.at(-1)!
    round[kind] = (round[kind] ?? 0) + 1
  }
  arrivals = undefined
  return { processor: Math.round(processor * 1000) / 1000, rounds }
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const pushBlob = (text: string) =>
  send(
    'POST',
    `/v2/team/app/blobs/uploads/?digest=${digestOf(text)}`,
    text,
    'application/octet-stream',
  )
const pushManifest = (text: string, reference = digestOf(text)) =>
  send('PUT', `/v2/team/app/manifests/${reference}`, text, MANIFEST)
const artifact = (subject: object, layer: string, n: number) =>
  image({
    artifactType: 'application/spdx+json',
    layers: [descriptor(layer)],
    subject,
    annotations: { n: `${n}` },
  })

await pushBlob('{}')
const subject = descriptor(image(), MANIFEST)
const many = descriptor(image({ annotations: { of: 'many' } }), MANIFEST)
await pushManifest(image(), 'v1')
await pushManifest(image({ annotations: { of: 'many' } }), 'many')
for (let n = 0; n < 3; n += 1) await pushManifest(artifact(subject, '{}', n))
for (let n = 0; n < 1000; n += 1) await pushManifest(artifact(many, '{}', n))
await pushBlob('sbom')

const runs: Readonly<Record<Operation, (n: number) => Promise<void>>> = {
  'pull a manifest by tag': () => send('GET', '/v2/team/app/manifests/v1'),
  'pull a manifest by digest': () => send('GET', `/v2/team/app/manifests/${subject.digest}`),
  'pull a blob, redirected': () => send('GET', `/v2/team/app/blobs/${digestOf('sbom')}`),
  'list referrers': () => send('GET', `/v2/team/app/referrers/${subject.digest}`),
  'list 1000 referrers': () => send('GET', `/v2/team/app/referrers/${many.digest}`),
  'attach: push a blob': (n) => pushBlob(`sbom ${n}`),
  // As another process has pushed the blob: it is looked for.
  'attach: push the manifest': async (n) => {
    const text = `blob of ${n}`
    put(`team/app/_blobs/${digestOf(text)}`, text)
    const of = descriptor(image({ annotations: { of: `${n}` } }), MANIFEST)
    await pushManifest(artifact(of, text, n))
  },
  'push an image by tag': (n) =>
    pushManifest(image({ annotations: { n: `${n}` } }), `tag${n % 50}`),
}
const costs: Record<string, Cost> = {}
for (const [operation, run] of Object.entries(runs)) {
  costs[operation] = await measure(run)
  console.log(operation, JSON.stringify(costs[operation]))
}
const machine = `${cpus()[0]?.model}, Node ${process.versions.node}`
await writeFile(measured, `${JSON.stringify({ machine, costs }, undefined, 2)}\n`)
child.disconnect()
await server.close()
