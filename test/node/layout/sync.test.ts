// What is acknowledged must outlive a power cut, which no test can make happen. So this one looks at
// what the system is told: a file's bytes are synced before it is moved into place, and the directory
// after that, before the answer.
import { type FileHandle, readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { digestOf, image, pushBlob, putManifest, start } from '../../embedded/_registry.ts'
import { openStorage, temporaryDirectory } from './_directory.ts'

const events: string[] = []

vi.mock('node:fs/promises', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs/promises')>()
  return {
    ...fs,
    async open(path: string, ...rest: [string]): Promise<FileHandle> {
      const handle = await fs.open(path, ...rest)
      const { sync, datasync } = handle
      handle.sync = async () => {
        await sync.call(handle)
        events.push(`sync ${path}`)
      }
      handle.datasync = async () => {
        await datasync.call(handle)
        events.push(`datasync ${path}`)
      }
      return handle
    },
    async rename(from: string, to: string): Promise<void> {
      await fs.rename(from, to)
      events.push(`rename ${from} ${to}`)
    },
    async mkdir(path: string, options?: { recursive: true }): Promise<void> {
      await fs.mkdir(path, options)
      events.push(`mkdir ${path}`)
    },
  }
})

afterEach(() => {
  events.length = 0
})

/** Files that were moved into place, by their names; each must have been made to last. */
function lasting(): string[] {
  const moved: string[] = []
  for (const [at, event] of events.entries()) {
    const [verb, from, to] = event.split(' ') as [string, string, string]
    if (verb === 'mkdir') expect(events.slice(at)).toContain(`sync ${dirname(from)}`)
    if (verb !== 'rename') continue
    expect(events.slice(0, at)).toContain(`datasync ${from}`)
    expect(events.slice(at)).toContain(`sync ${dirname(to)}`)
    moved.push(basename(to))
  }
  return moved
}

test('blobs, manifests and indexes are made to last before they are acknowledged', async () => {
  const directory = await temporaryDirectory()
  const send = start({ storage: await openStorage(directory) })
  events.length = 0
  await pushBlob(send, 'team/app', '{}')
  const blob = digestOf('{}').slice(7)
  expect(lasting()).toEqual(['oci-layout', 'index.json', blob])
  events.length = 0
  await putManifest(send, 'team/app', 'v1', image())
  expect(lasting()).toEqual([digestOf(image()).slice(7), 'index.json'])
  events.length = 0
  await send('DELETE', '/v2/team/app/manifests/v1')
  expect(lasting()).toEqual(['index.json'])
  events.length = 0
  await send('DELETE', `/v2/team/app/manifests/${digestOf(image())}`)
  expect(lasting()).toEqual(['index.json'])
  events.length = 0
  const blobs = join(directory, 'team', 'app', 'blobs', 'sha256')
  await send('DELETE', `/v2/team/app/blobs/${digestOf('{}')}`)
  expect(events).toEqual([`sync ${blobs}`])
  expect(await readdir(blobs)).toEqual([])
})

test('pushes at the same time share their syncs', async () => {
  const directory = await temporaryDirectory()
  const send = start({ storage: await openStorage(directory) })
  await pushBlob(send, 'app', '{}')
  events.length = 0
  const puts = Array.from({ length: 50 }, (_, n) => putManifest(send, 'app', `t${n}`, image({ n })))
  for (const { status } of await Promise.all(puts)) expect(status).toBe(201)
  expect(lasting().filter((name) => name !== 'index.json')).toHaveLength(50)
  const written = lasting().filter((name) => name === 'index.json').length
  expect(written).toBeGreaterThan(0)
  expect(written).toBeLessThan(10)
})
