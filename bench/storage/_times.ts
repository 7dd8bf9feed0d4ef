// How long one registry takes for each of the operations, and how far its memory grows.
import { readFileSync, writeFileSync } from 'node:fs'
import { attachAll, countBusy, fillList } from './_attach.ts'
import {
  attached,
  blobOf1GiB,
  blobOf64MiB,
  blobsOf4KiB,
  digestOf,
  empty,
  large,
  listed,
  smallBlobs,
} from './_content.ts'
import type { Contestant, Running } from './_contestants.ts'
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
  /** How many of what was attached over many connections were listed; undefined where there are no lists. */
  readonly listed: number | undefined
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

export async function measureTimes(
  { name: registry, referrers }: Pick<Contestant, 'name' | 'referrers'>,
  { host, pid }: Running,
): Promise<Times> {
  const rss = memoryOf(pid)
  try {
    const pull = (name: string, digest: string, size: number) => async () => {
      const answer = await send(host, 'GET', `/v2/${name}/blobs/${digest}`)
      if (answer.size !== size) throw new Error(`${registry}: ${answer.size} of ${size}`)
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

    await pushBlob(host, 'bench/busy', digestOf(empty), empty)
    times.push(await timed(() => attachAll(host, 'bench/busy')))
    if (!referrers) return { times, memory, listed: undefined }
    const found = await countBusy(host, 'bench/busy')
    await fillList(host, 'bench/listed')
    const path = `/v2/bench/listed/referrers/${listed.digest}`
    times.push(await timed(() => all(attached, () => send(host, 'GET', path))))
    return { times, memory, listed: found }
  } finally {
    agent.destroy()
  }
}
