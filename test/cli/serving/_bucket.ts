// Starts `ocilink serve --s3` on a store of the test.
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { serve as listen } from '../../../src/node/index.ts'
import type { Send } from '../../embedded/_registry.ts'
import { BUCKET, type TestStore } from '../../s3/_store.ts'
import { type Running, startIn } from '../_program.ts'

export const keys = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' }

export const sendTo =
  (url: string): Send =>
  (method, path, init) =>
    fetch(`${url}${path}`, { method, ...init })

/** Puts a store on a port. */
export async function listening(
  store: TestStore,
): Promise<{ address: string; close(): Promise<void> }> {
  const server = await listen({ fetch: store.fetch() })
  onTestFinished(() => server.close())
  return { address: `${server.url}/${BUCKET}`, close: server.close }
}

/** Starts the program, and waits for its address. */
export async function served(
  address: string,
  ...more: string[]
): Promise<Running & { url: string }> {
  const running = startIn({ ...process.env, ...keys }, 'serve', '--s3', address, ...more)
  while (!running.output.stdout.includes('\n')) {
    const ended = running.ended.then(({ stderr }) => Promise.reject(new Error(stderr)))
    ended.catch(() => {})
    await Promise.race([once(running.child.stdout!, 'data'), ended])
  }
  return { ...running, url: running.output.stdout.split('\n')[0]! }
}
