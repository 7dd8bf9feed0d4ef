// Many processes that attach to one image at the same time.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { type Credentials, referrers, repository } from '../../src/index.ts'
import type { Order, Outcome } from './_stand-by.ts'

export const processes = 8
export const attaches = 8

/**
 * Starts processes, lets them go all at once and collects what they report.
 *
 * @param program - one that calls `standBy()`
 */
export async function storm(
  program: string,
  order: Pick<Order, 'module' | 'image'>,
  env: NodeJS.ProcessEnv = {},
): Promise<Outcome[]> {
  const children = Array.from({ length: processes }, (_, i) => {
    const own: Order = { ...order, name: `process-${i}`, attaches }
    const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const
    const how = { stdio: [...stdio], execArgv: [], env: { PATH: process.env.PATH, ...env } }
    return fork(program, [JSON.stringify(own)], how)
  })
  try {
    await Promise.all(children.map(message))
    const outcomes = children.map((child) => message<Outcome[]>(child))
    for (const child of children) child.send('go')
    return (await Promise.all(outcomes)).flat()
  } finally {
    for (const child of children) child.kill()
  }
}

/** Digests of what is attached to `host/name@digest`, sorted. */
export async function listed(image: string, credentials?: Credentials): Promise<string[]> {
  const [name = '', digest = ''] = image.split('@')
  const found: string[] = []
  const repo = repository(name, { credentials })
  for await (const referrer of referrers(repo, digest)) found.push(referrer.digest)
  return found.sort()
}

/** The next message of a process; a process that ends without one is a failure. */
async function message<T>(child: ChildProcess): Promise<T> {
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`A process ended with ${code ?? signal} before it reported.`)
  })
  const [value] = await Promise.race([once(child, 'message'), ended])
  return value
}
