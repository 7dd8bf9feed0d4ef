// `ocilink serve --s3 --workers`: several processes on one port.
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, readFile, rename } from 'node:fs/promises'
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { descriptor, digestOf, IMAGE, image, pushBlob } from '../../embedded/_registry.ts'
import { temporaryDirectory } from '../../node/layout/_directory.ts'
import { freePort } from '../../runtimes/lib/run.ts'
import { testStore } from '../../s3/_store.ts'
import { type Running, startIn } from '../_program.ts'
import { keys, listening, sendTo, served } from './_bucket.ts'

/** Machines are slow at times. */
const PATIENT = { timeout: 20_000 }

type Serving = Running & { readonly url: string }

/** The workers of a program that have not ended. */
function workersOf({ child: { pid } }: Running): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.split(' ').filter(Boolean).map(Number).filter(isRunning)
}

function isRunning(pid: number): boolean {
  return (
    existsSync(`/proc/${pid}`) &&
    !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  )
}

/** Connections, and whatever else a process has open. */
const filesOf = (pid: number) => readdirSync(`/proc/${pid}/fd`).length

/** Starts workers on a store of their own, and waits until each of them answers. */
async function servedBy(count: number, ...more: string[]): Promise<Serving> {
  const { address } = await listening(testStore())
  const serving = await served(address, '--workers', String(count), ...more)
  await allAnswer(serving, count)
  return serving
}

/** Waits until so many workers have got some of new connections. */
async function allAnswer(serving: Serving, count: number): Promise<void> {
  await vi.waitFor(async () => {
    const before = workersOf(serving).map((pid) => [pid, filesOf(pid)] as const)
    const asks = Array.from({ length: 2 * count }, () => connection(serving.url))
    await Promise.all(asks.map((ask) => ask('/healthz')))
    const more = before.map(([pid, files]) => filesOf(pid) - files)
    // One that is starting opens other files.
    expect(more.reduce((sum, one) => sum + one, 0)).toBe(2 * count)
    expect(more.filter((one) => one > 0)).toHaveLength(count)
  }, PATIENT)
}

/** A connection that stays open, and a way to ask by it. */
function connection(url: string): (path: string) => Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  return async (path) => {
    const [answer] = (await once(httpRequest(`${url}${path}`, { agent }).end(), 'response')) as [
      IncomingMessage,
    ]
    await answer.toArray()
    return answer.statusCode!
  }
}

const subject = descriptor(image(), IMAGE)

async function listed(url: string): Promise<string[]> {
  const answer = await fetch(`${url}/v2/app/referrers/${subject.digest}`)
  expect(answer.status).toBe(200)
  const { manifests } = (await answer.json()) as { manifests: { digest: string }[] }
  return manifests.map(({ digest }) => digest)
}

/** A push whose last bytes are not sent yet. */
async function openPush(url: string, text: string) {
  const push = httpRequest(`${url}/v2/app/blobs/uploads/?digest=${digestOf(text)}`, {
    method: 'POST',
    headers: { 'Content-Length': text.length },
  })
  const ended = once(push, 'response').then(
    ([answer]) => (answer as IncomingMessage).resume().statusCode,
    (error: Error) => error.message,
  )
  push.write(text.slice(0, -1))
  await new Promise((resolve) => setTimeout(resolve, 300))
  return { finish: () => push.end(text.slice(-1)), ended }
}

const closed = (url: string) =>
  vi.waitFor(() => expect(fetch(`${url}/v2/`)).rejects.toThrow(), PATIENT)

// The processes are found by what Linux says of them.
describe.runIf(process.platform === 'linux')('workers', { timeout: 60_000 }, () => {
  test('answer on one port, which is said once, and end with 0 when they are told to', async () => {
    const serving = await servedBy(3)
    const workers = workersOf(serving)
    expect(workers).toHaveLength(3)
    serving.child.kill('SIGTERM')
    expect(await serving.ended).toEqual({ code: 0, stdout: `${serving.url}\n`, stderr: '' })
    expect(workers.filter(isRunning)).toEqual([])
  })

  test('one of them alone is one more process', async () => {
    const serving = await servedBy(1)
    expect(workersOf(serving)).toHaveLength(1)
    const [worker] = workersOf(serving)
    process.kill(worker!, 'SIGKILL')
    await vi.waitFor(() => expect(workersOf(serving)).not.toContain(worker), PATIENT)
    await allAnswer(serving, 1)
    serving.child.kill('SIGINT')
    const { code, stdout, stderr } = await serving.ended
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${serving.url}\n` })
    expect(stderr).toBe(`worker ${worker} was ended by SIGKILL; another one takes its place\n`)
  })

  test('that are killed are replaced, and nothing that was acknowledged is lost', async () => {
    const serving = await servedBy(2)
    await pushBlob(sendTo(serving.url), 'app', '{}')
    const acknowledged: string[] = []
    let pushed = 0
    const client = async (who: number) => {
      for (let n = 0; n < 25; n += 1) {
        const body = image({ subject, annotations: { n: `${who} ${n}` } })
        const path = `${serving.url}/v2/app/manifests/${digestOf(body)}`
        const init = { method: 'PUT', body, headers: { 'Content-Type': IMAGE } }
        const answer = await fetch(path, init).catch(() => undefined)
        pushed += 1
        if (pushed === 30) process.kill(workersOf(serving)[0]!, 'SIGKILL')
        if (answer?.status === 201) acknowledged.push(digestOf(body))
      }
    }
    await Promise.all([0, 1, 2, 3].map(client))
    expect(acknowledged.length).toBeGreaterThan(80)
    await allAnswer(serving, 2)
    expect(await listed(serving.url)).toEqual(expect.arrayContaining(acknowledged))
  })

  test('have one list, whichever of them wrote', async () => {
    const serving = await servedBy(2)
    await pushBlob(sendTo(serving.url), 'app', '{}')
    const digests = await Promise.all(
      Array.from({ length: 8 }, async (_, who) => {
        const { url } = serving
        const mine: string[] = []
        for (let n = 0; n < 8; n += 1) {
          const body = image({ subject, annotations: { n: `${who} ${n}` } })
          const init = { method: 'PUT', body, headers: { 'Content-Type': IMAGE } }
          const answer = await fetch(`${url}/v2/app/manifests/${digestOf(body)}`, init)
          expect(answer.status).toBe(201)
          mine.push(digestOf(body))
        }
        return mine
      }),
    )
    for (let n = 0; n < 4; n += 1) expect(await listed(serving.url)).toEqual(digests.flat().sort())
  })

  test.each([
    ['the first process', (serving: Serving) => [serving.child.pid!]],
    [
      'all of them, as Ctrl-C is',
      (serving: Serving) => [...workersOf(serving), serving.child.pid!],
    ],
  ])('let a running push end when SIGINT is for %s', async (_, whom) => {
    const serving = await servedBy(2)
    const push = await openPush(serving.url, 'the quick brown fox')
    for (const pid of whom(serving)) process.kill(pid, 'SIGINT')
    await closed(serving.url)
    push.finish()
    expect(await push.ended).toBe(201)
    expect(await serving.ended).toMatchObject({ code: 0, stderr: '' })
  })

  test('end at once when the first process is told twice', async () => {
    const serving = await servedBy(2)
    const workers = workersOf(serving)
    const push = await openPush(serving.url, 'the quick brown fox')
    serving.child.kill('SIGTERM')
    await closed(serving.url)
    serving.child.kill('SIGTERM')
    expect((await serving.ended).code).toBe(130)
    expect(await push.ended).toMatch(/hang up|ECONNRESET/)
    await vi.waitFor(() => expect(workers.filter(isRunning)).toEqual([]), PATIENT)
  })

  test('end when the first process is killed', async () => {
    const serving = await servedBy(2)
    const workers = workersOf(serving)
    serving.child.kill('SIGKILL')
    await vi.waitFor(() => expect(workers.filter(isRunning)).toEqual([]), PATIENT)
  })

  test('end when they are told to before they listen', async () => {
    const { address } = await listening(testStore())
    const running = startIn(
      { ...process.env, ...keys },
      ...['serve', '--s3', address, '--workers', '2'],
    )
    await vi.waitFor(() => expect(workersOf(running)).toHaveLength(1), PATIENT)
    running.child.kill('SIGTERM')
    expect(await running.ended).toMatchObject({ code: 0, stderr: '' })
  })

  test('write whole lines to one standard output, and all of them', async () => {
    const serving = await servedBy(2, '--access-log', '-')
    const before = serving.output.stdout.split('\n').length
    const long = 'x'.repeat(9000)
    const asks = Array.from({ length: 8 }, () => connection(serving.url))
    for (let n = 0; n < 10; n += 1) await Promise.all(asks.map((ask) => ask(`/${long}`)))
    serving.child.kill('SIGTERM')
    const { code, stdout } = await serving.ended
    expect(code).toBe(0)
    const lines = stdout
      .trim()
      .split('\n')
      .slice(before - 1)
    const paths = lines.map((line) => JSON.parse(line).path)
    expect(paths.filter((path) => path === `/${long}`)).toHaveLength(80)
  })

  test('open their log again on SIGHUP', async () => {
    const log = join(await temporaryDirectory(), 'access.jsonl')
    const serving = await servedBy(2, '--access-log', log)
    await rename(log, `${log}.1`)
    serving.child.kill('SIGHUP')
    await vi.waitFor(() => expect(existsSync(log)).toBe(true), PATIENT)
    const asks = Array.from({ length: 8 }, () => connection(serving.url))
    await Promise.all(asks.map((ask) => ask('/new')))
    await vi.waitFor(async () => {
      expect((await readFile(log, 'utf8')).match(/"\/new"/g)).toHaveLength(8)
    }, PATIENT)
    expect(workersOf(serving)).toHaveLength(2)
  })

  test('have one page of metrics, on which each counts for itself', async () => {
    const port = await freePort()
    const serving = await servedBy(2, '--metrics-port', `${port}`)
    const asks = Array.from({ length: 16 }, () => connection(serving.url))
    await Promise.all(asks.map((ask) => ask('/v2/')))
    const text = async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`)
      return `${answer.status} ${await answer.text()}`
    }
    const counted = (found: string) => {
      const line = /^ocilink_http_requests_total\{(.*endpoint="base".*)\} (\d+)$/gm
      const lines = Array.from(found.matchAll(line), ([, labels, count]) => [
        labels!,
        Number(count),
      ])
      return new Map(
        lines.map(([labels, count]) => [/worker="(\d+)"/.exec(`${labels}`)?.[1], count]),
      )
    }
    await vi.waitFor(async () => {
      const counts = counted(await text())
      expect([...counts.keys()].sort()).toEqual(['1', '2'])
      expect([...counts.values()].reduce((a, b) => Number(a) + Number(b))).toBe(16)
    }, PATIENT)
    expect(await text()).toMatch(/^process_start_time_seconds\{worker="2"\}/m)
    for (const path of ['healthz', 'readyz']) {
      expect((await fetch(`http://127.0.0.1:${port}/${path}`)).status, path).toBe(200)
    }
    const [worker] = workersOf(serving)
    process.kill(worker!, 'SIGSTOP')
    expect(await text()).toBe(`503 worker ${worker} does not say what it has counted\n`)
    process.kill(worker!, 'SIGKILL')
    await allAnswer(serving, 2)
    expect([...counted(await text()).values()].every((count) => Number(count) < 16)).toBe(true)
    serving.child.kill('SIGTERM')
    expect((await serving.ended).code).toBe(0)
  })

  test('that cannot be replaced leave the others to answer, and end the program when none is left', async () => {
    const directory = await temporaryDirectory()
    await mkdir(join(directory, 'logs'))
    const serving = await servedBy(2, '--access-log', join(directory, 'logs', 'access.jsonl'))
    await rename(join(directory, 'logs'), join(directory, 'away'))
    process.kill(workersOf(serving)[0]!, 'SIGKILL')
    // Tried again each second.
    await vi.waitFor(() => {
      expect(serving.output.stderr.match(/ENOENT/g)?.length).toBeGreaterThanOrEqual(2)
    }, PATIENT)
    expect((await fetch(`${serving.url}/healthz`)).status).toBe(200)
    await rename(join(directory, 'away'), join(directory, 'logs'))
    await allAnswer(serving, 2)
    await rename(join(directory, 'logs'), join(directory, 'away'))
    const before = serving.output.stderr.length
    for (const pid of workersOf(serving)) process.kill(pid, 'SIGKILL')
    const { code, stderr } = await serving.ended
    expect(code).toBe(3)
    expect(stderr.slice(before).match(/ENOENT/g)!.length).toBeGreaterThanOrEqual(6)
  })

  test('that are killed again before they listen do not end the program', async () => {
    const serving = await servedBy(2)
    for (const pid of workersOf(serving)) process.kill(pid, 'SIGKILL')
    const killed = new Set(workersOf(serving))
    await vi.waitFor(
      () => {
        for (const pid of workersOf(serving).filter((one) => !killed.has(one))) {
          killed.add(pid)
          process.kill(pid, 'SIGKILL')
        }
        expect(killed.size).toBeGreaterThanOrEqual(4)
      },
      { ...PATIENT, interval: 10 },
    )
    await allAnswer(serving, 2)
  })

  test('that cannot listen say why once, and the program ends with 3', async () => {
    const { address } = await listening(testStore())
    const { port } = new URL(address)
    const env = { ...process.env, ...keys }
    for (const args of [
      ['--port', port],
      ['--access-log', '/nowhere/access.jsonl'],
      ['--metrics-port', port],
    ]) {
      const { ended } = startIn(env, 'serve', '--s3', address, '--workers', '3', ...args)
      const { code, stdout, stderr } = await ended
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
      expect(stderr.match(/EADDRINUSE|ENOENT/g)).toHaveLength(1)
    }
  })
})
