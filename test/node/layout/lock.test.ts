import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { layoutStorage } from '../../../src/node/index.ts'
import { openStorage, temporaryDirectory } from './_directory.ts'

// Called after each read of a file, before its text is seen.
let afterRead: (path: string) => Promise<void> = async () => {}

vi.mock('node:fs/promises', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs/promises')>()
  return {
    ...fs,
    async readFile(path: string, encoding: 'utf8'): Promise<string> {
      const text = await fs.readFile(path, encoding)
      await afterRead(path)
      return text
    },
  }
})

afterEach(() => {
  afterRead = async () => {}
})

const lockOf = (directory: string) => join(directory, '.ocilink', 'lock')

/** A process that has ended. */
async function endedProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  return child.pid!
}

/** Leaves a lock as a process does that is killed. */
async function leaveLock(directory: string, holder: object | string): Promise<void> {
  await (await openStorage(directory)).close()
  const text = typeof holder === 'string' ? holder : JSON.stringify(holder)
  await writeFile(lockOf(directory), text)
}

test('a directory is used once at a time, and is free when it is closed', async () => {
  const directory = await temporaryDirectory()
  const storage = await openStorage(directory)
  const second = layoutStorage(directory)
  await expect(second).rejects.toMatchObject({ code: 'INVALID_INPUT', path: directory })
  await expect(second).rejects.toThrow(`process ${process.pid}`)
  await storage.close()
  await storage.close()
  expect(await readdir(join(directory, '.ocilink'))).toEqual(['tmp'])
  await openStorage(directory)
})

test('a directory that another process uses is refused, and the process is named', async () => {
  const directory = await temporaryDirectory()
  const module = new URL('../../../src/node/index.ts', import.meta.url).href
  const program = `
    const { layoutStorage } = await import(${JSON.stringify(module)})
    await layoutStorage(${JSON.stringify(directory)})
    console.log('open')
    setInterval(() => {}, 1000)
  `
  const flags = ['--conditions=source', '--input-type=module', '-e', program]
  const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await once(child.stdout, 'data')
    await expect(layoutStorage(directory)).rejects.toThrow(`process ${child.pid}`)
  } finally {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  // It left its lock behind.
  expect(await readFile(lockOf(directory), 'utf8')).toContain(`${child.pid}`)
  await openStorage(directory)
})

test.each([
  ['a process that has ended', async () => ({ pid: await endedProcess(), id: 'x' })],
  [
    'an earlier process of the same id',
    async () => ({ pid: process.pid, began: 'another boot 1', id: 'x' }),
  ],
  ['nobody, being empty', async () => ''],
  ['nobody, being no JSON', async () => '{"pid":'],
])('the lock of %s is taken over', async (_, holder) => {
  const directory = await temporaryDirectory()
  await leaveLock(directory, await holder())
  await openStorage(directory)
  expect(await readFile(lockOf(directory), 'utf8')).toContain(`"pid":${process.pid}`)
  expect(await readdir(join(directory, '.ocilink'))).toEqual(['lock', 'tmp'])
})

test('a runtime that shows no /proc and no processes locks all the same', async () => {
  // Deno without --allow-all and --allow-run: its errors have no code.
  afterRead = async (path) => {
    if (path.startsWith('/proc/')) throw new Error(`Requires all access to "${path}"`)
  }
  const directory = await temporaryDirectory()
  const storage = await openStorage(directory)
  const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
    throw new Error('Requires run access')
  })
  await expect(layoutStorage(directory)).rejects.toThrow(`process ${process.pid}`)
  kill.mockRestore()
  await storage.close()
})

test('of many that take over at the same time one gets the directory', async () => {
  for (let round = 0; round < 3; round += 1) {
    const directory = await temporaryDirectory()
    await leaveLock(directory, { pid: await endedProcess(), id: 'x' })
    const all = await Promise.allSettled(Array.from({ length: 8 }, () => openStorage(directory)))
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await readdir(join(directory, '.ocilink'))).toEqual(['lock', 'tmp'])
  }
})

test('a lock that was taken over while it was judged is not taken over again', async () => {
  const directory = await temporaryDirectory()
  await leaveLock(directory, { pid: await endedProcess(), id: 'x' })
  let goOn = () => {}
  const judged = new Promise<void>((resolve) => {
    afterRead = async (path) => {
      if (!path.endsWith('lock')) return
      // Only the first one to read the lock waits.
      afterRead = async () => {}
      resolve()
      await new Promise<void>((go) => {
        goOn = go
      })
    }
  })
  const slow = layoutStorage(directory)
  await judged
  await openStorage(directory)
  const lock = await readFile(lockOf(directory), 'utf8')
  goOn()
  await expect(slow).rejects.toThrow(`process ${process.pid}`)
  expect(await readFile(lockOf(directory), 'utf8')).toBe(lock)
})
