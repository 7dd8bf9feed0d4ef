import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createRecentFiles, type RecentFiles } from '../../../src/node/layout/recent-files.ts'
import { temporaryDirectory } from './_directory.ts'

const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes)

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
})

afterEach(() => {
  vi.useRealTimers()
})

async function withFile(content: string | Uint8Array) {
  const path = join(await temporaryDirectory(), 'file')
  await writeFile(path, content)
  const files = createRecentFiles()
  return { path, files, read: async () => text(await readBy(files, path, 1000)) }
}

const readBy = async (files: RecentFiles, path: string, limit: number) =>
  (await files.find(path))?.read(limit)

test('a file that was read is not looked up again for a second', async () => {
  const { path, files, read } = await withFile('one')
  expect(await read()).toBe('one')
  await rm(path)
  vi.advanceTimersByTime(999)
  expect(await read()).toBe('one')
  expect(await files.find(path)).toMatchObject({ size: 3 })
  vi.advanceTimersByTime(1002)
  expect(await files.find(path)).toBeUndefined()
  expect(await read()).toBeUndefined()
})

test('another file in its place is seen after that second, also one of the same size', async () => {
  const { path, read } = await withFile('one')
  expect(await read()).toBe('one')
  await writeFile(`${path}-new`, 'two')
  await rename(`${path}-new`, path)
  vi.advanceTimersByTime(1001)
  expect(await read()).toBe('two')
})

test('what is forgotten is read again at once', async () => {
  const { path, files, read } = await withFile('one')
  expect(await read()).toBe('one')
  await writeFile(path, 'two')
  files.forget(path)
  expect(await read()).toBe('two')
})

test('what was forgotten while it was read is not kept', async () => {
  const { path, files, read } = await withFile('one')
  const reading = read()
  files.forget(path)
  await reading
  await rm(path)
  expect(await read()).toBeUndefined()
})

test('more than the limit is not read, whether it is kept or not', async () => {
  const { path, files, read } = await withFile('one')
  expect(await readBy(files, path, 2)).toBeUndefined()
  expect(await read()).toBe('one')
  expect(await readBy(files, path, 2)).toBeUndefined()
})

test('a large file is read each time', async () => {
  const { path, files } = await withFile(new Uint8Array(64 * 1024 + 1))
  expect(await readBy(files, path, 100_000)).toHaveLength(64 * 1024 + 1)
  await writeFile(path, 'one')
  expect(text(await readBy(files, path, 100_000))).toBe('one')
})

test('16 MiB are kept, and what was used longest ago goes first', async () => {
  const directory = await temporaryDirectory()
  const paths = Array.from({ length: 260 }, (_, n) => join(directory, `${n}`))
  await Promise.all(paths.map((path) => writeFile(path, new Uint8Array(64 * 1024))))
  const files = createRecentFiles()
  for (const path of paths) {
    await readBy(files, path, 100_000)
    await readBy(files, paths[0]!, 100_000)
  }
  await Promise.all(paths.map((path) => rm(path)))
  const kept = await Promise.all(paths.map((path) => readBy(files, path, 100_000)))
  const count = kept.filter((bytes) => bytes).length
  expect(count).toBeGreaterThan(240)
  // Each costs something beside its bytes.
  expect(count).toBeLessThan(256)
  expect(kept[0]).toBeDefined()
  expect(kept[1]).toBeUndefined()
})

test('a pipe in its place is no file, and is not waited for', async () => {
  const { path, read } = await withFile('one')
  expect(await read()).toBe('one')
  await rm(path)
  const { execFileSync } = await import('node:child_process')
  execFileSync('mkfifo', [path])
  vi.advanceTimersByTime(1001)
  expect(await read()).toBeUndefined()
})

test('a small file is read on this thread, and a larger one is not', async () => {
  // Not as other tests left it, which may have seen a slow disk.
  vi.resetModules()
  const fresh = await import('../../../src/node/layout/recent-files.ts')
  const { path } = await withFile('one')
  const files = fresh.createRecentFiles()
  let small: string | undefined
  void readBy(files, path, 1000).then((found) => {
    small = text(found)
  })
  // Other threads are heard of in the next turn of the event loop at the earliest.
  for (let n = 0; n < 100; n += 1) await Promise.resolve()
  expect(small).toBe('one')
  const size = 64 * 1024 + 1
  await writeFile(path, new Uint8Array(size))
  files.forget(path)
  let large: number | undefined
  const reading = readBy(files, path, size).then((found) => {
    large = found?.byteLength
  })
  for (let n = 0; n < 100; n += 1) await Promise.resolve()
  expect(large).toBeUndefined()
  await reading
  expect(large).toBe(size)
})
