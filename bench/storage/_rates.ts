// How many requests a second each registry answers over 32 connections, while all of them run: every round asks
// each in turn, so that a busy machine hits all alike. bombardier asks, who gets 30 000 a second from a bare Node.
import { fileURLToPath } from 'node:url'
import { buildModule, run } from '../../test/live/_tools.ts'
import { fillList, pushArtifact } from './_attach.ts'
import {
  artifact,
  attached,
  blobsOf4KiB,
  busy,
  digestOf,
  empty,
  IMAGE,
  listed,
} from './_content.ts'
import type { Contestant, Running } from './_contestants.ts'
import { connections, pushBlob } from './_requests.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const tools = fileURLToPath(new URL('../../.cache/bench-tools/', import.meta.url))

const image = artifact(0, busy)
const { body, digest } = blobsOf4KiB[0]!

/** What is asked for, and its path; the list is in a repository of its own. */
export const questions: Readonly<Record<string, string>> = {
  'a manifest': `/v2/bench/rates/manifests/${digestOf(image)}`,
  'a blob of 4 KiB': `/v2/bench/rates/blobs/${digest}`,
  [`a list of ${attached} referrers`]: `/v2/bench/listed/referrers/${listed.digest}`,
}

/** Requests a second, by what is asked for and the name of the registry; one of each round. */
export type Rates = ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>

export async function measureRates(
  contestants: readonly Contestant[],
  rounds: number,
  seconds: number,
): Promise<Rates> {
  await buildModule(here, tools, 'bombardier (half a minute')
  const rates = new Map(Object.keys(questions).map((name) => [name, new Map<string, number[]>()]))
  const running = await Promise.all(contestants.map((contestant) => contestant.start()))
  try {
    for (const [at, { referrers }] of contestants.entries())
      await fill(running[at]!.host, referrers)
    // The first round warms them up.
    for (let round = 0; round <= rounds; round += 1) {
      for (const [question, path] of Object.entries(questions)) {
        for (const [at, { name, referrers }] of contestants.entries()) {
          if (path.includes('/referrers/') && !referrers) continue
          const rate = await ask(running[at]!, path, round === 0 ? 1 : seconds)
          const known = rates.get(question)!
          if (round > 0) known.set(name, [...(known.get(name) ?? []), rate])
        }
      }
    }
  } finally {
    await Promise.all(running.map((one) => one.stop()))
  }
  return rates
}

async function fill(host: string, lists: boolean): Promise<void> {
  if (lists) await fillList(host, 'bench/listed')
  await pushBlob(host, 'bench/rates', digestOf(empty), empty)
  await pushBlob(host, 'bench/rates', digest, body)
  await pushArtifact(host, 'bench/rates', image)
}

async function ask({ host }: Running, path: string, seconds: number): Promise<number> {
  const load = ['--connections', `${connections}`, '--duration', `${seconds}s`]
  const said = ['--print', 'result', '--format', 'json', '--header', `Accept: ${IMAGE}`]
  const text = await run(`${tools}bombardier`, [...load, ...said, `http://${host}${path}`])
  const { result } = JSON.parse(text)
  if (result.req2xx === 0 || result.req4xx + result.req5xx + result.others > 0) {
    throw new Error(`${path} on ${host}: ${text}`)
  }
  return result.rps.mean
}
