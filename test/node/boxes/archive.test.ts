import { existsSync, readdirSync } from 'node:fs'
import { mkdir, open, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test, vi } from 'vitest'
import { memoryBox } from '../../../src/archive/index.ts'
import type { Box } from '../../../src/box/box.ts'
import { attach, referrers } from '../../../src/index.ts'
import { archive, fileBlob, saveArchive } from '../../../src/node/index.ts'
import { getBlobBytes, getManifest, pushBlob } from '../../../src/registry/index.ts'
import { all, pushImage } from '../../_image.ts'
import { base256, end, entry, tar } from '../../archive/_tar.ts'
import { REF, SBOM, testLayout } from '../../box/_layout.ts'
import { temporaryDirectory } from '../layout/_directory.ts'

function layout() {
  const layout = testLayout()
  const image = layout.image('app')
  layout.entry(image, { [REF]: 'v1' })
  layout.sbom(image)
  const plain = tar(...Array.from(layout.files, ([name, data]) => ({ name, data })))
  return { layout, image, plain }
}

/** Watches the directory for temporary files: gives what archives left there. */
async function temporaryFiles(): Promise<() => string[]> {
  const directory = await temporaryDirectory()
  vi.stubEnv('TMPDIR', directory)
  onTestFinished(() => void vi.unstubAllEnvs())
  return () => readdirSync(directory).filter((name) => name.startsWith('ocilink-archive-'))
}

test('reads a file, by path and URL, where it lies', async () => {
  const { plain, image } = layout()
  const left = await temporaryFiles()
  const directory = await temporaryDirectory()
  const path = join(directory, 'app.tar')
  await writeFile(path, plain)
  const link = join(directory, 'link.tar')
  await symlink(path, link)
  for (const source of [path, pathToFileURL(path), link, await fileBlob(path)]) {
    const box = await archive(source)
    const app = box.repository('team/app')
    expect((await getManifest(app, 'v1')).descriptor).toEqual(image)
    expect(await all(referrers(app, 'v1'))).toMatchObject([{ artifactType: SBOM }])
    expect(left()).toEqual([])
    await box.close()
  }
  expect(await readdir(directory)).toEqual(['app.tar', 'link.tar'])
})

test('unpacks gzip of one and of several members, and streams, into a file that is gone after close()', async () => {
  const { plain } = layout()
  const left = await temporaryFiles()
  const path = join(await temporaryDirectory(), 'app.tgz')
  const members = [gzipSync(plain.subarray(0, 700)), gzipSync(plain.subarray(700))]
  for (const bytes of [gzipSync(plain), Buffer.concat(members)]) {
    await writeFile(path, bytes)
    const streamed = new Blob([new Uint8Array(bytes)]).stream()
    for (const source of [path, streamed, new Blob([new Uint8Array(plain)]).stream()]) {
      const box = await archive(source)
      expect(await all(referrers(box.repository(), 'v1'))).toHaveLength(1)
      expect(left()).toHaveLength(1)
      await box.close()
      await box.close()
      expect(left()).toEqual([])
    }
  }
})

test('leaves no temporary file where it fails', async () => {
  const left = await temporaryFiles()
  const { plain } = layout()
  const path = join(await temporaryDirectory(), 'app.tgz')
  const packed = gzipSync(plain)
  const cut = packed.subarray(0, packed.byteLength - 30)
  const broken = gzipSync(Buffer.from('x'.repeat(5000)))
  for (const [bytes, code] of [
    [cut, 'INVALID_INPUT'],
    [broken, 'INVALID_INPUT'],
    [gzipSync(tar({ name: 'README' })), 'INVALID_INPUT'],
    [gzipSync(Buffer.alloc(10_000_000)), 'TOO_LARGE'],
  ] as const) {
    await writeFile(path, bytes)
    for (const source of [path, new Blob([new Uint8Array(bytes)]).stream()]) {
      await expect(archive(source, { unpackedLimit: 1_000_000 })).rejects.toMatchObject({ code })
      expect(left()).toEqual([])
    }
  }
})

test.each([
  ['none that is there', 'INVALID_INPUT'],
  ['a directory', 'INVALID_INPUT'],
])('refuses a path to %s', async (what, code) => {
  const directory = await temporaryDirectory()
  const path = what === 'a directory' ? directory : join(directory, 'missing.tar')
  await expect(archive(path)).rejects.toMatchObject({ code, path, input: what })
})

test('refuses what names no file', async () => {
  await expect(archive(new URL('https://example.com/app.tar'))).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    path: 'source',
  })
  await expect(archive(1 as unknown as string)).rejects.toThrow('"source" must be')
})

test('opens 2 GiB in less than a second, and reads what lies behind', async () => {
  const { layout: made } = layout()
  const path = join(await temporaryDirectory(), 'large.tar')
  const size = 2 ** 31
  const file = await open(path, 'w')
  // Sparse: the file system keeps no zeros.
  await file.write(
    entry({ name: `blobs/sha256/${'0'.repeat(64)}`, size: base256(size) }),
    0,
    512,
    0,
  )
  const entries = Array.from(made.files, ([name, data]) => entry({ name, data }))
  const rest = Buffer.concat([...entries, end])
  await file.write(rest, 0, rest.byteLength, 512 + size)
  await file.close()
  const began = performance.now()
  const box = await archive(path)
  const duration = performance.now() - began
  expect(await all(referrers(box.repository(), 'v1'))).toHaveLength(1)
  expect(duration).toBeLessThan(1000)
})

test('says that a file was cut after it was opened', async () => {
  const { layout: made, plain } = layout()
  const blob = made.blob('x'.repeat(5000))
  const whole = tar(...Array.from(made.files, ([name, data]) => ({ name, data })))
  const path = join(await temporaryDirectory(), 'app.tar')
  await writeFile(path, whole)
  const box = await archive(path)
  await writeFile(path, plain.subarray(0, 600))
  await expect(getBlobBytes(box.repository(), blob)).rejects.toMatchObject({
    code: 'SIZE_MISMATCH',
  })
})

async function filled(): Promise<Box> {
  const box = memoryBox()
  await pushImage(box.repository('team/app'))
  await attach(box.repository(), 'v1', { artifactType: SBOM })
  return box
}

test('saves an archive whole, and says its size', async () => {
  const directory = await temporaryDirectory()
  const path = join(directory, 'app.tar')
  await writeFile(path, 'what was there before')
  const box = await filled()
  for (const file of [path, pathToFileURL(path)]) {
    const size = await saveArchive(box, file)
    expect((await readFile(path)).byteLength).toBe(size)
  }
  const saved = await archive(path)
  expect(await all(referrers(saved.repository(), 'v1'))).toHaveLength(1)
  const packed = join(directory, 'app.tgz')
  await saveArchive(saved, packed, { gzip: true })
  // Over the archive that it reads from, too.
  await saveArchive(saved, path)
  const again = await archive(packed)
  expect(await all(referrers(again.repository(), 'v1'))).toHaveLength(1)
  await again.close()
  expect(await readdir(directory)).toEqual(['app.tar', 'app.tgz'])
})

test('leaves what was there before, and nothing else, where it fails', async () => {
  const directory = await temporaryDirectory()
  const path = join(directory, 'app.tar')
  await writeFile(path, 'before')
  const check = async () => {
    expect(await readFile(path, 'utf8')).toBe('before')
    expect(await readdir(directory)).toEqual(['app.tar'])
  }
  const { layout: made } = layout()
  const blob = made.blob('content')
  made.files.set(`blobs/${blob.digest.replace(':', '/')}`, Buffer.from('CONTENT'))
  const bytes = tar(...Array.from(made.files, ([name, data]) => ({ name, data })))
  const broken = await archive(new Blob([new Uint8Array(bytes)]))
  await expect(saveArchive(broken, path)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' })
  await check()

  const box = await filled()
  await pushBlob(box.repository(), new Uint8Array(20_000_000))
  const abort = new AbortController()
  const saving = saveArchive(box, path, { signal: abort.signal })
  abort.abort(new Error('stopped'))
  await expect(saving).rejects.toThrow('stopped')
  await check()

  await expect(saveArchive(box, join(directory, 'missing/app.tar'))).rejects.toMatchObject({
    code: 'ENOENT',
  })
  await expect(saveArchive({} as Box, path)).rejects.toThrow('is no box')
  await expect(saveArchive(box, path, { gzip: 1 } as object)).rejects.toThrow('"gzip"')
  await check()
})

// A device of the kernel on which every write fails.
test.skipIf(!existsSync('/dev/full'))('a full disk is an error, and leaves nothing', async () => {
  const directory = await temporaryDirectory()
  await mkdir(join(directory, 'target'))
  const box = await filled()
  const fs = await import('node:fs/promises')
  const full = await fs.open('/dev/full', 'w')
  const path = join(directory, 'app.tar')
  const { FileHandle } = { FileHandle: Object.getPrototypeOf(full) }
  const write = vi.spyOn(FileHandle, 'writeFile').mockImplementation(async () => {
    await full.write('x')
  })
  onTestFinished(() => write.mockRestore())
  await expect(saveArchive(box, path)).rejects.toMatchObject({ code: 'ENOSPC' })
  write.mockRestore()
  await full.close()
  expect(await readdir(directory)).toEqual(['target'])
})
