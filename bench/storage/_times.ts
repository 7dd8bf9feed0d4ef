// How long one registry takes for each of the operations, and how far its memory grows.
import { readFileSync, writeFileSync } from 'node:fs'
import {
  artifact,
  attached,
  blobOf1GiB,
  blobOf64MiB,
  blobsOf4KiB,
  digestOf,
  empty,
  IMAGE,
  large,
  smallBlobs,
  subject,
} from './_content.ts'
import type { Contestant } from './_contestants.ts'
import { agent, all, pushBlob, send } from './_requests.ts'

export const operations: readonly string[] = [
  'push 1 GiB',
  'pull 1 GiB',
  `push ${smallBlobs} blobs of 4 KiB`,
  `pull ${smallBlobs} blobs of 4 KiB`,
  `attach ${attached}`,
  `list ${attached} referrers ${attached} times`,
]

export interface Memory {
  readonly before: number
  readonly peak: number
}

/** Milliseconds of each operation, in their order, and bytes of memory. */
export interface Times {
  readonly times: readonly number[]
  readonly memory: Memory
}

async function timed(task: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await task()
  return performance.now() - start
}

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

export async function measureTimes(contestant: Contestant): Promise<Times> {
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
