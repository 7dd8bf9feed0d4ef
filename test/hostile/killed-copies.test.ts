// `kill -9` of a process that copies, at its requests: run again, the copy ends as one that nothing disturbed, and what
// the killed one left looks whole only where it is.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { copy, type Fetch, repository } from '../../src/index.ts'
import { layout, serve } from '../../src/node/index.ts'
import { fillChain, fillIndex } from '../tasks/copy/_attached.ts'
import { stateOf } from '../tasks/copy/_state.ts'

/** `RUNS=10` kills at each request. */
const runs = Number(process.env.RUNS ?? 1)
/** Processes at once. */
const LANES = 3

const run = promisify(execFile)
const options = { referrers: true, depth: 2, settle: 0 } as const

/** Copies in a process of its own. Undefined where that was killed. */
async function copyApart(
  source: string,
  target: string,
  nth: number,
): Promise<{ count: number; complete: boolean } | undefined> {
  const path = new URL('./_killed-copier.ts', import.meta.url).pathname
  const flags = ['--conditions=source', '--no-warnings', path]
  try {
    const { stdout } = await run(process.execPath, [...flags, source, target, String(nth)])
    return JSON.parse(stdout)
  } catch (error) {
    expect(error).toMatchObject({ signal: 'SIGKILL' })
    return undefined
  }
}

/** A destination: what the process is told, and what is there. */
interface Target {
  readonly name: string
  /** What is there, or nothing yet. */
  state(): Promise<readonly string[]>
  /** Copies again, in this process. */
  again(source: string): Promise<boolean>
}

async function aRegistry(): Promise<Target> {
  const registry = embeddedRegistry()
  const server = await serve(registry)
  onTestFinished(() => server.close())
  return {
    name: `host:${server.host}`,
    state: () => stateOf(registry, 'team/app'),
    async again(source) {
      const to = repository(`${server.host}/team/app`)
      return (await copy(repository(`${source}/team/app`), 'v1', to, options)).complete
    },
  }
}

async function aLayout(): Promise<Target> {
  const parent = await mkdtemp(join(tmpdir(), 'ocilink-killed-'))
  onTestFinished(() => rm(parent, { recursive: true, force: true }))
  const directory = join(parent, 'out')
  return {
    name: directory,
    async state() {
      if (!existsSync(join(directory, 'index.json'))) return []
      await expectWholeBlobs(directory)
      const box = await layout(directory, { readOnly: true })
      return stateOf(box as { fetch: Fetch }, 'team/app')
    },
    async again(source) {
      const box = await layout(directory)
      const to = box.repository('team/app')
      const report = await copy(repository(`${source}/team/app`), 'v1', to, options)
      await box.close()
      expect(await readdir(join(directory, '.ocilink/tmp'))).toEqual([])
      return report.complete
    },
  }
}

/** What has a digest for its name is what the digest says. */
async function expectWholeBlobs(directory: string): Promise<void> {
  const blobs = join(directory, 'blobs/sha256')
  for (const name of await readdir(blobs)) {
    const bytes = await readFile(join(blobs, name))
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(name)
  }
}

// How often it is killed, at requests spread over all of them.
describe.each([
  ['an index', 9, fillIndex],
  ['a chain', 4, fillChain],
])('%s', (_, times, fill) => {
  const registry = embeddedRegistry()

  beforeAll(() => fill(repository('here.test/team/app', { fetch: registry.fetch })))

  test.each([
    ['a layout', aLayout],
    ['a registry', aRegistry],
  ])('to %s', { timeout: 300_000 }, async (_, make) => {
    const server = await serve(registry)
    onTestFinished(() => server.close())
    const first = await make()
    const whole = await copyApart(server.host, first.name, 0)
    expect(whole).toMatchObject({ complete: true })
    const undisturbed = await first.state()
    expect(undisturbed.some((line) => line.startsWith('tag v1 '))).toBe(true)

    const { count } = whole!
    const spread = Array.from({ length: times * runs }, (_, i) =>
      Math.ceil(((i + 1) * (count - 5)) / (times * runs)),
    )
    // The last ones are links and tags.
    const kills = [...new Set([...spread, count - 3, count - 1, count])]
    let killed = 0
    const lane = async () => {
      for (let nth = kills.shift(); nth !== undefined; nth = kills.shift()) {
        const target = await make()
        const ended = await copyApart(server.host, target.name, nth)
        if (!ended) killed++
        const left = await target.state()
        if (left.some((line) => line.startsWith('tag v1 '))) expect(left).toEqual(undisturbed)
        expect(await target.again(server.host), `killed at ${nth}`).toBe(true)
        expect(await target.state(), `killed at ${nth}`).toEqual(undisturbed)
      }
    }
    const wanted = kills.length
    await Promise.all(Array.from({ length: LANES }, lane))
    // Of parallel requests a copy may need one or two less.
    expect(killed).toBeGreaterThanOrEqual(wanted - 2)
  })
})
