// Nothing is lost when several processes attach to one subject at the same time, on registries
// where all of them rewrite one tag: the referrers tag, or cosign's.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { referrers, repository } from '../../src/index.ts'
import { cosignTags } from '../../src/strategies/index.ts'
import type { Order, Outcome } from './_attacher.ts'
import { distribution, dockerRegistry, type RunningRegistry } from './_registries.ts'
import { type Clients, clientsFor } from './_tools.ts'

const processes = 8
const attaches = 8

describe.each([dockerRegistry, distribution])('$name', (registry) => {
  let running: RunningRegistry
  let clients: Clients
  beforeAll(async () => {
    running = await registry.start()
    clients = await clientsFor(running)
  })
  afterAll(async () => {
    await clients?.close()
    await running?.stop()
  })

  const cases = [
    { title: 'one after the other', maxDelay: 0, atOnce: false },
    { title: 'all at once', maxDelay: 0, atOnce: true },
    { title: 'with every second request up to 200 ms late', maxDelay: 200, atOnce: false },
  ]
  test.each(cases)(
    '8 processes attach 8 times each, $title: all 64 are listed',
    async (given) => {
      const name = `team/app-${cases.indexOf(given)}`
      const subject = await clients.pushImage(name, 'v1')
      const order = { repository: `${running.host}/${name}`, subject, attaches, ...given }

      const outcomes = await attachTogether(order)
      expect(outcomes.map((outcome) => outcome.error).filter(Boolean)).toEqual([])
      const attached = outcomes.map((outcome) => outcome.digest).sort()
      expect(new Set(attached).size).toBe(processes * attaches)
      expect(outcomes.filter((outcome) => outcome.confirmed !== true)).toEqual([])

      const listed: string[] = []
      for await (const { digest } of referrers(repository(order.repository), subject)) {
        listed.push(digest)
      }
      expect(listed.sort()).toEqual(attached)
      const byRegctl = await clients.regctlList(`${order.repository}@${subject}`)
      expect(byRegctl.map(({ digest }) => digest).sort()).toEqual(attached)
    },
    180_000,
  )

  test.each(cases)(
    "8 processes attach 4 times each at cosign's tag, $title: all 32 are layers of it",
    async (given) => {
      const attaches = 4
      const name = `team/signed-${cases.indexOf(given)}`
      const subject = await clients.pushImage(name, 'v1')
      const order = { repository: `${running.host}/${name}`, subject, attaches, ...given }

      const outcomes = await attachTogether({ ...order, cosign: true })
      expect(outcomes.map((outcome) => outcome.error).filter(Boolean)).toEqual([])
      expect(outcomes.filter((outcome) => outcome.confirmed !== true)).toEqual([])

      const strategy = cosignTags({ suffix: 'report' })
      const names: (string | undefined)[] = []
      for await (const { layers = [] } of referrers(repository(order.repository), subject, {
        strategy,
      })) {
        names.push(...layers.map(({ annotations }) => annotations?.['com.example.report']))
      }
      expect(names).toHaveLength(processes * attaches)
      expect(names.sort()).toEqual(outcomes.map((outcome) => outcome.name).sort())
    },
    180_000,
  )
})

/** Starts the processes, lets them go all at once and collects what they report. */
async function attachTogether(order: Omit<Order, 'name'>): Promise<Outcome[]> {
  const names = Array.from({ length: processes }, (_, i) => `process-${i}`)
  const children = names.map((name) => startAttacher({ ...order, name }))
  try {
    await Promise.all(children.map(message))
    const outcomes = children.map((child) => message<Outcome[]>(child))
    for (const child of children) child.send('go')
    return (await Promise.all(outcomes)).flat()
  } finally {
    for (const child of children) child.kill()
  }
}

function startAttacher(order: Order): ChildProcess {
  const program = fileURLToPath(new URL('./_attacher.ts', import.meta.url))
  return fork(program, [JSON.stringify(order)], { execArgv: ['--conditions=source'] })
}

/** The next message of a process; a process that ends without one is a failure. */
async function message<T>(child: ChildProcess): Promise<T> {
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`A process ended with ${code ?? signal} before it reported.`)
  })
  const [value] = await Promise.race([once(child, 'message'), ended])
  return value
}
