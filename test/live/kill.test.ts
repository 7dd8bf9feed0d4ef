// `ocilink serve --dir` is killed, as by a power cut or `kill -9`, again and again while it is written
// to. What it leaves is a sound layout, it starts again, and nothing that it acknowledged is lost.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { createWriter, digestOf, type Writer } from './_killed-writer.ts'
import { type ServeProgram, serveProgram } from './_serve.ts'

const lanes = 4
const killsPerLane = 50
/** A server lives for less than so many acknowledged requests, and up to so many milliseconds more. */
const longestLife = { requests: 16, milliseconds: 15 }

interface Descriptor {
  readonly digest: string
  readonly size: number
}

/** What is wrong with a layout: everything that it names must be there, and be what it says. */
async function faultsOf(layout: string): Promise<string[]> {
  const faults: string[] = []
  const read = async ({ digest, size }: Descriptor) => {
    const [algorithm, hex] = digest.split(':') as [string, string]
    const bytes = await readFile(join(layout, 'blobs', algorithm, hex)).catch(() => undefined)
    if (!bytes) faults.push(`${digest} is missing`)
    else if (bytes.byteLength !== size) faults.push(`${digest} has ${bytes.byteLength} bytes`)
    else if (digestOf(bytes) !== digest) faults.push(`${digest} is damaged`)
    return bytes
  }
  const text = await readFile(join(layout, 'index.json'), 'utf8').catch(() => undefined)
  // Killed before anything was acknowledged.
  if (text === undefined) return faults
  for (const entry of JSON.parse(text).manifests) {
    const bytes = await read(entry)
    if (!bytes || faults.length > 0) return faults
    const { config, layers } = JSON.parse(String(bytes))
    for (const part of [config, ...layers]) await read(part)
  }
  return faults
}

/** Kills servers on one directory. Returns how many writes were acknowledged. */
async function killAgainAndAgain(directory: string, writers: readonly Writer[]): Promise<number> {
  let written = 0
  for (let kills = 0; kills < killsPerLane; kills += 1) {
    const server = await start(directory, writers, kills)
    const life = Math.floor(Math.random() * longestLife.requests)
    let killed: Promise<unknown> | undefined
    const kill = async () => {
      await sleep(Math.random() * longestLife.milliseconds)
      await server.stop('SIGKILL')
    }
    const before = written
    const onAcknowledged = () => {
      written += 1
      if (written - before >= life) killed ??= kill()
    }
    if (life === 0) killed = kill()
    await Promise.all(writers.map((writer) => writer.writeTo(server.url, onAcknowledged)))
    await killed
    for (const name of ['team/app', 'team/app/other']) {
      expect(await faultsOf(join(directory, name)), `${name} after kill ${kills}`).toEqual([])
    }
  }
  await (await start(directory, writers, killsPerLane)).stop()
  return written
}

/** Starts a server on what the last one left, and checks what it serves. */
async function start(
  directory: string,
  writers: readonly Writer[],
  kills: number,
): Promise<ServeProgram> {
  const server = await serveProgram('--dir', directory)
  onTestFinished(async () => void (await server.stop('SIGKILL')))
  expect(await readdir(join(directory, '.ocilink', 'tmp'))).toEqual([])
  const wrong = await Promise.all(writers.map((writer) => writer.check(server.url)))
  expect(wrong.flat(), `after kill ${kills}`).toEqual([])
  return server
}

test(`nothing acknowledged is lost by ${lanes * killsPerLane} kills`, {
  timeout: 300_000,
}, async () => {
  const counts = await Promise.all(
    Array.from({ length: lanes }, async () => {
      const directory = await mkdtemp(join(tmpdir(), 'ocilink-kill-'))
      onTestFinished(() => rm(directory, { recursive: true, force: true }))
      return killAgainAndAgain(directory, [
        createWriter('team/app', 'x'),
        createWriter('team/app', 'y'),
        createWriter('team/app/other', 'z'),
      ])
    }),
  )
  // Servers that died before they did anything would prove nothing.
  expect(counts.reduce((sum, count) => sum + count)).toBeGreaterThan(5 * lanes * killsPerLane)
})
