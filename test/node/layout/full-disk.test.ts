// A disk that is full: every write of a file fails from some point on, until there is room again.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { open, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import { copy, type Fetch, repository } from '../../../src/index.ts'
import { layout, saveArchive } from '../../../src/node/index.ts'
import { fillIndex } from '../../tasks/copy/_attached.ts'
import { stateOf } from '../../tasks/copy/_state.ts'
import { temporaryDirectory } from './_directory.ts'

const options = { referrers: true, settle: 0 } as const

/** What every open file inherits. */
async function handles() {
  const handle = await open(import.meta.filename)
  await handle.close()
  return Object.getPrototypeOf(handle) as Record<'write' | 'writev' | 'writeFile', () => unknown>
}

/** Lets a number of writes pass, and fails all others with `ENOSPC`; `count` of those that there were. */
async function fillAfter(writes: number) {
  const room = { left: writes, count: 0 }
  const prototype = await handles()
  for (const name of ['write', 'writev', 'writeFile'] as const) {
    const original = prototype[name]
    vi.spyOn(prototype, name).mockImplementation(async function (this: unknown, ...args: []) {
      room.count++
      if (room.left-- > 0) return original.apply(this, args)
      const message = 'ENOSPC: no space left on device, write'
      throw Object.assign(new Error(message), { code: 'ENOSPC', errno: -28, syscall: 'write' })
    })
  }
  onTestFinished(() => void vi.restoreAllMocks())
  return room
}

async function source() {
  const { fetch } = embeddedRegistry()
  const app = repository('here.test/team/app', { fetch })
  await fillIndex(app)
  return app
}

async function stateIn(directory: string): Promise<readonly string[]> {
  if (!existsSync(join(directory, 'index.json'))) return []
  const blobs = join(directory, 'blobs/sha256')
  for (const name of await readdir(blobs)) {
    const bytes = await readFile(join(blobs, name))
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(name)
  }
  const box = await layout(directory, { readOnly: true })
  return stateOf(box as { fetch: Fetch }, 'team/app')
}

/** Copies into a directory; gives the error. */
async function copyInto(directory: string, from: Awaited<ReturnType<typeof source>>) {
  const box = await layout(directory)
  try {
    const report = await copy(from, 'v1', box.repository('team/app', { retries: 0 }), options)
    expect(report.complete).toBe(true)
    return undefined
  } catch (error) {
    return error
  } finally {
    await box.close().catch(() => {})
  }
}

test('a copy into a layout says so, leaves nothing that looks whole, and is whole the next time', async () => {
  const from = await source()
  // In memory, where Linux offers that: there a sync takes no time.
  const parent = await temporaryDirectory(existsSync('/dev/shm') ? '/dev/shm' : tmpdir())
  const room = await fillAfter(Number.POSITIVE_INFINITY)
  expect(await copyInto(join(parent, 'first'), from)).toBeUndefined()
  const undisturbed = await stateIn(join(parent, 'first'))
  const writes = room.count
  expect(writes).toBeGreaterThan(15)
  let failed = 0
  for (let passing = 0; passing < writes; passing++) {
    const directory = join(parent, `out${passing}`)
    room.left = passing
    const error = await copyInto(directory, from).catch((cause: unknown) => cause)
    room.left = Number.POSITIVE_INFINITY
    const left = await stateIn(directory)
    if (error) {
      failed++
      expect(error, `after ${passing} writes`).toMatchObject({
        code: 'COPY_FAILED',
        side: 'destination',
        message: expect.stringContaining('no space left on device'),
      })
    }
    if (left.some((line) => line.startsWith('tag v1 '))) expect(left).toEqual(undisturbed)
    expect(await copyInto(directory, from), `after ${passing} writes`).toBeUndefined()
    expect(await stateIn(directory), `after ${passing} writes`).toEqual(undisturbed)
  }
  expect(failed).toBeGreaterThan(writes / 2)
}, 120_000)

test('an archive that does not fit is none: neither it nor a part of it is left', async () => {
  const from = await source()
  const parent = await temporaryDirectory()
  const box = await layout(join(parent, 'out'))
  await copy(from, 'v1', box.repository('team/app'), options)
  const room = await fillAfter(Number.POSITIVE_INFINITY)
  const path = join(parent, 'app.tar')
  await saveArchive(box, join(parent, 'first.tar'))
  const writes = room.count
  for (const passing of [0, 1, Math.floor(writes / 2), writes - 1]) {
    room.left = passing
    await expect(saveArchive(box, path)).rejects.toMatchObject({ code: 'ENOSPC' })
    expect((await readdir(parent)).sort()).toEqual(['first.tar', 'out'])
  }
  room.left = Number.POSITIVE_INFINITY
  await saveArchive(box, path)
  expect(await readFile(path)).toEqual(await readFile(join(parent, 'first.tar')))
  await box.close()
})
