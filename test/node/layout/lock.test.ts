import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { layoutStorage } from '../../../src/node/index.ts'
import { openStorage, temporaryDirectory } from './_directory.ts'

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

test('of many that take over at the same time one gets the directory', async () => {
  for (let round = 0; round < 3; round += 1) {
    const directory = await temporaryDirectory()
    await leaveLock(directory, { pid: await endedProcess(), id: 'x' })
    const all = await Promise.allSettled(Array.from({ length: 8 }, () => openStorage(directory)))
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await readdir(join(directory, '.ocilink'))).toEqual(['lock', 'tmp'])
  }
})
