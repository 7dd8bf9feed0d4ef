import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ByteSource, blobSource } from '../../src/archive/byte-source.ts'
import { indexTar } from '../../src/archive/tar-index.ts'
import { base256, end, entry, pax, type TarEntry, tar } from './_tar.ts'

const sourceOf = (bytes: Uint8Array): ByteSource => ({
  ...blobSource(new Blob([new Uint8Array(bytes)])),
  name: 'app.tar',
})
const index = (bytes: Uint8Array, most = 1000) => indexTar(sourceOf(bytes), most)

/** What the archive has under each name. */
async function read(bytes: Uint8Array): Promise<Record<string, string>> {
  const files = await index(bytes)
  return Object.fromEntries(
    Array.from(files, ([path, { start, size }]) => [
      path,
      Buffer.from(bytes.subarray(start, start + size)).toString('latin1'),
    ]),
  )
}

const layout: readonly TarEntry[] = [
  { name: 'oci-layout', data: 'version' },
  { name: 'index.json', data: 'x'.repeat(512) },
]

test('finds the files of a layout, whatever their size, and passes over others', async () => {
  const bytes = tar(
    { name: 'blobs/', type: '5' },
    { name: 'blobs/sha256/', type: '5' },
    { name: 'blobs/sha256/a', data: 'a'.repeat(513) },
    { name: 'README', data: 'read me' },
    { name: 'repositories', type: '2', link: '/etc/passwd' },
    { name: './blobs/sha512/b', data: '' },
    { name: 'manifest.json', data: '[]' },
    ...layout,
  )
  expect(await read(bytes)).toEqual({
    'oci-layout': 'version',
    'index.json': 'x'.repeat(512),
    'blobs/sha256/a': 'a'.repeat(513),
    'blobs/sha512/b': '',
    'manifest.json': '[]',
  })
})

test.each<[string, readonly TarEntry[]]>([
  ['PAX', [pax({ path: 'blobs/sha256/long', mtime: '1.5' }), { name: 'cut', data: 'x' }]],
  [
    "GNU's long name",
    [
      { name: '././@LongLink', type: 'L', data: 'blobs/sha256/long\0' },
      { name: 'cut', data: 'x' },
    ],
  ],
  ["ustar's prefix", [{ name: 'sha256/long', prefix: 'blobs', data: 'x' }]],
  ['a leading ./', [{ name: './blobs//sha256/./long', data: 'x' }]],
  ['the type of before POSIX', [{ name: 'blobs/sha256/long', data: 'x', type: '\0', magic: '' }]],
  ['the type for contiguous files', [{ name: 'blobs/sha256/long', data: 'x', type: '7' }]],
  ['base 256', [{ name: 'blobs/sha256/long', data: 'x', size: base256(1) }]],
  ["GNU's magic", [{ name: 'blobs/sha256/long', data: 'x', magic: 'ustar  \0' }]],
  ["PAX's size", [pax({ size: '1' }), { name: 'blobs/sha256/long', data: 'x', size: base256(0) }]],
  ['records for all', [pax({ comment: 'git' }, 'g'), { name: 'blobs/sha256/long', data: 'x' }]],
])('reads a name or size as %s has it', async (_, entries) => {
  expect(await read(tar(...entries, ...layout))).toMatchObject({
    'blobs/sha256/long': 'x',
    'oci-layout': 'version',
  })
})

test('records for all count for all that follow', async () => {
  const bytes = tar(pax({ path: 'index.json' }, 'g'), { name: 'a', data: '1' })
  expect(await read(bytes)).toEqual({ 'index.json': '1' })
  const twice = tar(pax({ path: 'index.json' }, 'g'), { name: 'a' }, { name: 'b' })
  await expect(index(twice)).rejects.toMatchObject({ path: 'app.tar: index.json' })
})

describe('refuses, naming the entry,', () => {
  test.each([
    '../evil',
    'blobs/../../evil',
    'blobs/..',
    '/etc/passwd',
    '/index.json',
    'C:\\evil',
    '..\\evil',
    'blobs\\..\\evil',
  ])('the name %s', async (name) => {
    await expect(index(tar(...layout, { name, data: 'x' }))).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      path: 'app.tar: entry',
      input: name,
    })
  })

  test.each([
    ['1', 'a hard link'],
    ['2', 'a symbolic link'],
    ['3', 'a character-device'],
    ['4', 'a block-device'],
    ['6', 'a fifo'],
    ['S', 'an entry of type "S"'],
    ['M', 'an entry of type "M"'],
    ['V', 'an entry of type "V"'],
  ])('an entry of type %s where a file should be', async (type, words) => {
    for (const name of ['index.json', 'oci-layout', 'blobs', 'blobs/sha256', 'blobs/sha256/a']) {
      const bytes = tar({ name, type, link: '/etc/passwd' })
      await expect(index(bytes)).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        path: `app.tar: ${name}`,
        input: words,
      })
    }
  })

  test('a sparse file of PAX', async () => {
    const bytes = tar(pax({ 'GNU.sparse.major': '1', path: 'blobs/sha256/a' }), { name: 'x' })
    await expect(index(bytes)).rejects.toMatchObject({
      path: 'app.tar: blobs/sha256/a',
      input: 'a sparse file',
    })
  })

  test('a second entry of a name, however it is written', async () => {
    const names = ['index.json', './index.json', './/index.json']
    for (const name of names) {
      const bytes = tar(...layout, { name, data: 'other' })
      await expect(index(bytes)).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        path: 'app.tar: index.json',
        input: 'a second entry of that name',
      })
    }
  })

  test('a size that goes beyond its end', async () => {
    for (const size of [base256(2000), base256(2 ** 52), Buffer.from('77777777777\0')]) {
      const bytes = tar({ name: 'blobs/sha256/a', data: 'x', size })
      await expect(index(bytes)).rejects.toMatchObject({
        code: 'SIZE_MISMATCH',
        message: expect.stringContaining('app.tar: blobs/sha256/a'),
      })
    }
  })
})

test.each([
  ['nothing', Buffer.alloc(0), 'SIZE_MISMATCH'],
  ['less than a block', Buffer.from('x'), 'SIZE_MISMATCH'],
  ['text', Buffer.from('x'.repeat(4000)), 'INVALID_INPUT'],
  [
    'a size that is no number',
    tar({ name: 'a', size: Buffer.from('9999999999x\0') }),
    'INVALID_INPUT',
  ],
  [
    'a size that no number holds',
    tar({ name: 'a', size: Buffer.alloc(12, 0xff) }),
    'INVALID_INPUT',
  ],
  ['records of no size', tar({ ...pax({ a: 'b' }), size: base256(1) }), 'INVALID_INPUT'],
  ['records without an entry', tar(pax({ path: 'index.json' })), 'INVALID_INPUT'],
  [
    'records that go beyond its end',
    tar({ ...pax({ a: 'b' }), size: Buffer.from('00000077777\0') }),
    'SIZE_MISMATCH',
  ],
])('refuses %s', async (_, bytes, code) => {
  await expect(index(bytes)).rejects.toMatchObject({
    code,
    message: expect.stringContaining('app.tar'),
  })
})

test('refuses a header whose checksum is wrong', async () => {
  const bytes = tar(...layout)
  bytes[3]! ^= 1
  await expect(index(bytes)).rejects.toMatchObject({ code: 'INVALID_INPUT', path: 'app.tar' })
})

test('refuses an archive that was cut, wherever', async () => {
  const whole = Buffer.concat([...layout.map(entry), end])
  for (let at = 0; at <= whole.byteLength - end.byteLength; at += 64) {
    await expect(index(whole.subarray(0, at)), `cut at ${at}`).rejects.toMatchObject({
      code: 'SIZE_MISMATCH',
      message: expect.stringContaining('It was cut'),
    })
  }
})

test('refuses more entries than it may have, and records that never end', async () => {
  const many = Array.from({ length: 5 }, (_, at) => ({ name: `file-${at}` }))
  await expect(index(tar(...many), 4)).rejects.toMatchObject({
    code: 'TOO_LARGE',
    expected: 4,
    message: expect.stringContaining('entries of app.tar'),
  })
  expect((await index(tar(...many), 5)).size).toBe(0)
  const records = Array.from({ length: 20 }, () => pax({ comment: 'x'.repeat(1024 * 1024) }))
  await expect(index(tar(...records))).rejects.toMatchObject({ code: 'TOO_LARGE' })
})

test('reads by the number of entries and not by their size', async () => {
  const size = 2 ** 31
  const start = Buffer.concat([
    entry({ name: 'blobs/sha256/a', size: base256(size) }),
    ...layout.map(entry),
    end,
  ])
  const reads: number[] = []
  // Everything behind the first header is moved back by the size of its body.
  const source: ByteSource = {
    ...sourceOf(new Uint8Array()),
    size: size + start.byteLength,
    reading: (task) =>
      task(async (from, to) => {
        reads.push(to - from)
        const at = from < 512 ? from : from - size
        const bytes = new Uint8Array(to - from)
        bytes.set(start.subarray(at, at + (from < 512 ? 512 : to - from)))
        return bytes
      }),
  }
  const files = await indexTar(source, 10)
  expect(files.get('blobs/sha256/a')).toEqual({ start: 512, size })
  expect(files.get('oci-layout')?.start).toBe(size + 1024)
  expect(reads.reduce((sum, length) => sum + length, 0)).toBeLessThan(70_000)
})

describe('of any archive', () => {
  const name = fc
    .array(fc.constantFrom('blobs', 'sha256', 'a', 'b', 'index.json', 'oci-layout', '.', 'dir'), {
      minLength: 1,
      maxLength: 5,
    })
    .map((parts) => parts.join('/'))
  const file = fc.record({
    name,
    data: fc.uint8Array({ maxLength: 2000 }),
    how: fc.constantFrom('ustar', 'pax', 'gnu', 'base256'),
  })
  const clean = (path: string) =>
    path
      .split('/')
      .filter((part) => part !== '.')
      .join('/')
  const isOfLayout = (path: string) => /^(index\.json|oci-layout|blobs($|\/.*))$/.test(path)

  test('gives the bytes of each file, however its name and size are written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(file, { selector: (f) => clean(f.name) }), async (files) => {
        const entries = files.flatMap(({ name, data, how }): TarEntry[] => {
          if (how === 'pax')
            return [pax({ path: name, size: String(data.byteLength) }), { name: 'x', data }]
          if (how === 'gnu')
            return [
              { name: 'L', type: 'L', data: `${name}\0` },
              { name: 'x', data },
            ]
          return [{ name, data, ...(how === 'base256' && { size: base256(data.byteLength) }) }]
        })
        const expected = files
          .filter((f) => isOfLayout(clean(f.name)))
          .map((f) => [clean(f.name), Buffer.from(f.data).toString('latin1')])
        expect(await read(tar(...entries))).toEqual(Object.fromEntries(expected))
      }),
      { numRuns: 200 },
    )
  })

  test('with bytes changed anywhere it gives what lies within it, or a typed error', async () => {
    const whole = tar(pax({ comment: 'x' }), ...layout, {
      name: 'blobs/sha256/a',
      data: 'x'.repeat(700),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.byteLength - 1), fc.nat(255)), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.nat(whole.byteLength),
        async (changes, cut) => {
          const bytes = Buffer.from(whole)
          for (const [at, value] of changes) bytes[at] = value
          const part = bytes.subarray(0, whole.byteLength - (cut % 3 === 0 ? cut : 0))
          const files = await index(part).catch((error) => {
            expect(['INVALID_INPUT', 'SIZE_MISMATCH', 'TOO_LARGE']).toContain(error.code)
          })
          for (const { start, size } of files?.values() ?? []) {
            expect(start + size).toBeLessThanOrEqual(part.byteLength)
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})
