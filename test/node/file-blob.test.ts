import { execFileSync, spawn } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { repository } from '../../src/index.ts'
import { fileBlob } from '../../src/node/index.ts'
import { getBlobBytes, pushBlob } from '../../src/registry/index.ts'
import { digestOf } from '../embedded/_registry.ts'
import { temporaryDirectory } from './layout/_directory.ts'

async function fileOf(content: string | Uint8Array): Promise<string> {
  const path = join(await temporaryDirectory(), 'a file #1.txt')
  await writeFile(path, content)
  return path
}

test.each([
  ['path', (path: string) => path],
  ['URL', (path: string) => pathToFileURL(path)],
])('a file is pushed by its %s', async (_, name) => {
  const app = repository('registry.test/team/app', { fetch: embeddedRegistry().fetch })
  const data = await fileBlob(name(await fileOf('content')))
  expect(data).toBeInstanceOf(Blob)
  const { digest, size } = await pushBlob(app, data)
  expect([digest, size]).toEqual([digestOf('content'), 7])
  expect(new TextDecoder().decode(await getBlobBytes(app, digest))).toBe('content')
})

test.each([
  ['a file', async () => createReadStream(await fileOf('content'))],
  ['bytes in memory', async () => Readable.from([Buffer.from('con'), Buffer.from('tent')])],
  ['a program', async () => spawn('printf', ['content']).stdout],
])('a Readable of %s is pushed as it is', async (_, open) => {
  const app = repository('registry.test/team/app', { fetch: embeddedRegistry().fetch })
  const { digest, size } = await pushBlob(app, await open())
  expect([digest, size]).toEqual([digestOf('content'), 7])
})

test('a Readable of text is refused, and says where', async () => {
  const app = repository('registry.test/team/app', { fetch: embeddedRegistry().fetch })
  const text = Readable.from(['text'])
  await expect(pushBlob(app, text)).rejects.toThrow(/"data" must be a stream of Uint8Array/)
})

test('a URL in place of data says what to use', async () => {
  const app = repository('registry.test/team/app', { fetch: embeddedRegistry().fetch })
  const url = pathToFileURL('/x') as never
  await expect(pushBlob(app, url)).rejects.toThrow(/fileBlob\(url\) of ocilink\/node/)
})

test('a large file is read as it is pushed', async () => {
  const content = new Uint8Array(70 * 1024 * 1024).fill(7)
  const app = repository('registry.test/team/app', { fetch: embeddedRegistry().fetch })
  const pushed = await pushBlob(app, await fileBlob(await fileOf(content)))
  expect(pushed).toMatchObject({ digest: digestOf(content), size: content.byteLength })
})

test('a file that is not there is named, with the reason', async () => {
  const path = join(await temporaryDirectory(), 'missing')
  const failed = fileBlob(path)
  await expect(failed).rejects.toMatchObject({ code: 'INVALID_INPUT', path: 'file' })
  await expect(failed).rejects.toThrow(`a file that can be read (${path}), got "ENOENT"`)
})

test('a directory and a pipe are no files', async () => {
  const directory = await temporaryDirectory()
  await expect(fileBlob(directory)).rejects.toThrow(/got "a directory"/)
  const pipe = join(directory, 'pipe')
  execFileSync('mkfifo', [pipe])
  await expect(fileBlob(pipe)).rejects.toThrow(/got "a pipe or a device"/)
})

test.skipIf(process.getuid?.() === 0)('a file that may not be read is named', async () => {
  const path = await fileOf('secret')
  await chmod(path, 0)
  await expect(fileBlob(path)).rejects.toMatchObject({ code: 'INVALID_INPUT', path: 'file' })
})

test('what is neither a path nor a file: URL is refused', async () => {
  const address = new URL('https://me:secret@example.com/x?token=secret')
  await expect(fileBlob(address)).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    input: 'https://example.com/x',
  })
  await expect(fileBlob(undefined as never)).rejects.toThrow(TypeError)
})
