// What every storage must do, whatever it keeps content in.
import { describe, expect, test } from 'vitest'
import type {
  Link,
  RepositoryStorage,
  Storage,
  StoredManifest,
} from '../../../src/embedded/index.ts'
import type { Digest } from '../../../src/model/digest.ts'
import { digestOf, IMAGE, INDEX, image, index } from '../_registry.ts'

export interface Opened {
  readonly storage: Storage
  /** The storage after a restart; the same one where there is no such thing. */
  reopen(): Promise<Storage>
}

const KiB = 1024

export function storageContract(name: string, open: () => Promise<Opened>): void {
  describe(`${name} as a storage`, () => {
    /** Checks now, and after a restart. */
    async function twice(opened: Opened, check: (storage: Storage) => Promise<void>) {
      await check(opened.storage)
      await check(await opened.reopen())
    }

    describe('blobs', () => {
      test('are found by their digest once committed, and in their repository alone', async () => {
        const opened = await open()
        const app = opened.storage.repository('app')
        const writer = await app.writeBlob()
        await writer.append(Buffer.from('the quick '))
        await writer.append(Buffer.from(''))
        await writer.append(Buffer.from('brown fox'))
        expect(writer.size).toBe(19)
        const digest = digestOf('the quick brown fox') as Digest
        expect(await app.findBlob(digest)).toBeUndefined()
        await writer.commit(digest)
        await twice(opened, async (storage) => {
          expect(await text(storage.repository('app'), digest)).toBe('the quick brown fox')
          expect(await storage.repository('other').findBlob(digest)).toBeUndefined()
        })
      })

      test('go on after what they held in memory was given back', async () => {
        const opened = await open()
        const app = opened.storage.repository('app')
        const parts = ['a', 'b'.repeat(700 * KiB), '', 'c'.repeat(10)]
        const writer = await app.writeBlob()
        await writer.release?.()
        for (const part of parts) {
          await writer.append(Buffer.from(part))
          await writer.release?.()
        }
        await writer.release?.()
        const whole = parts.join('')
        expect(await new Response(writer.stream()).text()).toBe(whole)
        await writer.release?.()
        const digest = digestOf(whole) as Digest
        await writer.commit(digest)
        await writer.release?.()
        await twice(opened, async (storage) => {
          expect(await text(storage.repository('app'), digest)).toBe(whole)
        })
      })

      test('may be empty', async () => {
        const opened = await open()
        const digest = await addBlob(opened.storage.repository('app'), '')
        await twice(opened, async (storage) => {
          expect((await storage.repository('app').findBlob(digest))?.size).toBe(0)
          expect(await text(storage.repository('app'), digest)).toBe('')
        })
      })

      test.each([1, 1000, 64 * KiB - 1, 64 * KiB, 100 * KiB, 700 * KiB, 3000 * KiB])(
        'of pieces of %i bytes are kept whole, from one buffer that is used again',
        async (size) => {
          const { storage } = await open()
          const app = storage.repository('app')
          const writer = await app.writeBlob()
          const all = Buffer.alloc(Math.min(20 * size, 5000 * KiB))
          for (let at = 0; at < all.byteLength; at += 1) all[at] = (at * 31 + (at >> 8)) & 0xff
          const buffer = Buffer.alloc(size)
          for (let at = 0; at < all.byteLength; at += size) {
            const length = all.copy(buffer, 0, at)
            await writer.append(buffer.subarray(0, length))
            buffer.fill(0xee)
          }
          const half = Math.floor(all.byteLength / 2)
          expect(writer.size).toBe(all.byteLength)
          expect(all.equals(await bytesOf(writer.stream()))).toBe(true)
          const digest = digestOf(all) as Digest
          await writer.commit(digest)
          const blob = (await app.findBlob(digest))!
          expect(blob.size).toBe(all.byteLength)
          expect(all.equals(await bytesOf(blob.stream()))).toBe(true)
          const parts = [
            [0, 1],
            [half, half + 1],
            [half, all.byteLength],
            [1, all.byteLength - 1],
          ]
          for (const [from, to] of parts) {
            const part = await bytesOf(blob.stream(from, to))
            expect(all.subarray(from, Math.max(from!, to!)).equals(part)).toBe(true)
          }
        },
      )

      test('can be looked at while they are written, and go on', async () => {
        const { storage } = await open()
        const app = storage.repository('app')
        const writer = await app.writeBlob()
        await writer.append(Buffer.from('one '))
        expect(String(await bytesOf(writer.stream()))).toBe('one ')
        await writer.append(Buffer.from('two'))
        await writer.commit(digestOf('one two') as Digest)
        expect(await text(app, digestOf('one two') as Digest)).toBe('one two')
      })

      test('that are discarded leave nothing, not even a repository', async () => {
        const opened = await open()
        const writer = await opened.storage.repository('app').writeBlob()
        await writer.append(Buffer.alloc(200 * KiB))
        await writer.discard()
        await writer.append(Buffer.from('late'))
        await writer.discard()
        await twice(opened, async (storage) => {
          expect(await storage.repository('app').exists()).toBe(false)
        })
      })

      test('are deleted once, and are whole for who reads them meanwhile', async () => {
        const opened = await open()
        const app = opened.storage.repository('app')
        const content = 'x'.repeat(2000 * KiB)
        const digest = await addBlob(app, content)
        const reader = (await app.findBlob(digest))!.stream().getReader()
        let size = (await reader.read()).value!.byteLength
        expect(await app.deleteBlob(digest)).toBe(true)
        expect(await app.deleteBlob(digest)).toBe(false)
        for (;;) {
          const { done, value } = await reader.read()
          if (done) break
          size += value.byteLength
        }
        expect(size).toBe(content.length)
        await twice(opened, async (storage) => {
          expect(await storage.repository('app').findBlob(digest)).toBeUndefined()
          expect(await storage.repository('app').exists()).toBe(true)
        })
      })

      test('give each reader bytes of its own', async () => {
        const { storage } = await open()
        const digest = await addBlob(storage.repository('app'), 'text')
        const blob = (await storage.repository('app').findBlob(digest))!
        for await (const piece of blob.stream()) piece.fill(0)
        expect(await text(storage.repository('app'), digest)).toBe('text')
      })

      test('can be linked from another repository, and then are both’s', async () => {
        const opened = await open()
        const [app, other] = ['app', 'other'].map((name) => opened.storage.repository(name))
        const digest = await addBlob(app!, 'text')
        expect(await other!.linkBlob(digest, 'nobody')).toBe(false)
        expect(await other!.exists()).toBe(false)
        expect(await other!.linkBlob(digest, 'app')).toBe(true)
        expect(await other!.linkBlob(digest, 'nobody')).toBe(true)
        expect(await app!.deleteBlob(digest)).toBe(true)
        await twice(opened, async (storage) => {
          expect(await text(storage.repository('other'), digest)).toBe('text')
          expect(await storage.repository('app').findBlob(digest)).toBeUndefined()
        })
      })
    })

    describe('manifests', () => {
      test('are found as they were put', async () => {
        const opened = await open()
        const app = opened.storage.repository('app')
        const stored = manifest(`${image()}\n  `)
        expect(await app.exists()).toBe(false)
        expect(await app.findManifest(stored.digest)).toBeUndefined()
        await app.putManifest(stored, ['v1', 'latest'], [])
        await app.sync()
        await twice(opened, async (storage) => {
          const again = storage.repository('app')
          expect(await again.exists()).toBe(true)
          expect(plain(await again.findManifest(stored.digest))).toEqual(plain(stored))
          expect(await again.findTag('v1')).toBe(stored.digest)
          expect(await tagsOf(again)).toEqual(['latest', 'v1'])
          expect(await storage.repository('other').findManifest(stored.digest)).toBeUndefined()
        })
      })

      test('tell their type and size without their bytes', async () => {
        const opened = await open()
        const app = opened.storage.repository('app')
        const stored = manifest(image())
        const { digest, mediaType, bytes } = stored
        const described = { mediaType, digest, size: bytes.byteLength }
        expect(await app.headManifest!(digest)).toBeUndefined()
        await app.putManifest(stored, ['v1'], [])
        expect(await app.headManifest!(digest)).toEqual(described)
        await app.sync()
        await twice(opened, async (storage) => {
          expect(await storage.repository('app').headManifest!(digest)).toEqual(described)
          expect(await storage.repository('other').headManifest!(digest)).toBeUndefined()
        })
        const gone = (await open()).storage.repository('app')
        await gone.putManifest(stored, ['v1'], [])
        await gone.deleteManifest(digest)
        expect(await gone.headManifest!(digest)).toBeUndefined()
      })

      test('keep the digest that they were put under', async () => {
        const opened = await open()
        const digest = digestOf(image(), 'sha512') as Digest
        const stored = { ...manifest(image()), digest }
        await opened.storage.repository('app').putManifest(stored, [], [])
        await opened.storage.repository('app').sync()
        await twice(opened, async (storage) => {
          const again = storage.repository('app')
          expect(plain(await again.findManifest(digest))).toEqual(plain(stored))
          expect(await again.findManifest(digestOf(image()) as Digest)).toBeUndefined()
        })
      })

      test('take their tags along when they go, and those only', async () => {
        const opened = await open()
        const app = opened.storage.repository('app')
        const [first, second] = [manifest(image()), manifest(image({ a: 1 }))]
        await app.putManifest(first!, ['a', 'b', 'moved'], [])
        await app.putManifest(second!, ['c', 'moved'], [])
        expect(await app.deleteManifest(first!.digest)).toBe(true)
        expect(await app.deleteManifest(first!.digest)).toBe(false)
        await app.sync()
        await twice(opened, async (storage) => {
          const again = storage.repository('app')
          expect(await again.findManifest(first!.digest)).toBeUndefined()
          expect(await tagsOf(again)).toEqual(['c', 'moved'])
          expect(await again.findTag('moved')).toBe(second!.digest)
        })
      })

      test('that were deleted can be put again', async () => {
        const opened = await open()
        const app = opened.storage.repository('app')
        const stored = manifest(image())
        for (const tag of ['one', 'two', 'three']) {
          await app.putManifest(stored, [tag], [])
          if (tag === 'two') await app.sync()
          if (tag !== 'three') await app.deleteManifest(stored.digest)
        }
        await app.sync()
        await twice(opened, async (storage) => {
          expect(await tagsOf(storage.repository('app'))).toEqual(['three'])
          expect(await storage.repository('app').findManifest(stored.digest)).toBeDefined()
        })
      })

      test('and blobs of the same content are two things', async () => {
        const opened = await open()
        const content = image()
        const stored = manifest(content)
        const { digest } = stored
        const at = (name: string) => opened.storage.repository(name)
        await at('manifest').putManifest(stored, ['v1'], [])
        await at('blob').putManifest(stored, ['v1'], [])
        await addBlob(at('blob'), content)
        await at('blob').deleteManifest(digest)
        await addBlob(at('kept'), content)
        await at('kept').putManifest(stored, ['v1'], [])
        await at('kept').deleteBlob(digest)
        await addBlob(at('both'), content)
        await at('both').putManifest(stored, ['v1'], [])
        await at('gone').putManifest(stored, ['v1'], [])
        await at('gone').deleteManifest(digest)
        await addBlob(at('gone'), content)
        for (const name of ['manifest', 'blob', 'kept', 'both', 'gone']) await at(name).sync()
        await twice(opened, async (storage) => {
          const found: Record<string, [boolean, boolean]> = {}
          for (const name of ['manifest', 'blob', 'kept', 'both', 'gone']) {
            const again = storage.repository(name)
            const both = [await again.findManifest(digest), await again.findBlob(digest)] as const
            found[name] = [both[0] !== undefined, both[1] !== undefined]
          }
          expect(found).toEqual({
            manifest: [true, false],
            blob: [false, true],
            kept: [true, false],
            both: [true, true],
            gone: [false, true],
          })
        })
      })

      test('are never taken for blobs, not even while they go', async () => {
        const { storage } = await open()
        const app = storage.repository('app')
        const stored = manifest(image())
        await app.putManifest(stored, [], [])
        await app.sync()
        expect(await app.findBlob(stored.digest)).toBeUndefined()
        await app.deleteManifest(stored.digest)
        expect(await app.findBlob(stored.digest)).toBeUndefined()
        expect(await app.deleteBlob(stored.digest)).toBe(false)
        await app.sync()
        expect(await app.findBlob(stored.digest)).toBeUndefined()
      })

      test('put at the same time are all there', async () => {
        const opened = await open()
        const put = async (n: number) => {
          const app = opened.storage.repository('app')
          await app.putManifest(manifest(image({ n })), [`t${n}`], [])
          await app.sync()
        }
        await Promise.all(Array.from({ length: 100 }, (_, n) => put(n)))
        await twice(opened, async (storage) => {
          expect(await tagsOf(storage.repository('app'))).toHaveLength(100)
        })
      })
    })

    describe('tags', () => {
      test('are listed in the order of bytes, after any text', async () => {
        const opened = await open()
        const app = opened.storage.repository('app')
        const stored = manifest(image())
        expect(await tagsOf(app)).toEqual([])
        await app.putManifest(stored, ['b', 'a', 'B', '_', '10', '9', 'a-1', 'a.1'], [])
        await app.sync()
        await twice(opened, async (storage) => {
          const again = storage.repository('app')
          const all = ['10', '9', 'B', '_', 'a', 'a-1', 'a.1', 'b']
          expect(await tagsOf(again)).toEqual(all)
          expect(await tagsOf(again, 'a')).toEqual(['a-1', 'a.1', 'b'])
          expect(await tagsOf(again, 'Z')).toEqual(['_', 'a', 'a-1', 'a.1', 'b'])
          expect(await tagsOf(again, '')).toEqual(all)
          expect(await tagsOf(again, 'z')).toEqual([])
        })
      })

      test('are deleted and leave their manifests', async () => {
        const opened = await open()
        const app = opened.storage.repository('app')
        const stored = manifest(image())
        await app.putManifest(stored, ['a', 'b'], [])
        expect(await app.deleteTag('a')).toBe(true)
        expect(await app.deleteTag('a')).toBe(false)
        expect(await app.deleteTag('b')).toBe(true)
        await app.sync()
        await twice(opened, async (storage) => {
          const again = storage.repository('app')
          expect(await again.findTag('a')).toBeUndefined()
          expect(await tagsOf(again)).toEqual([])
          expect(await again.findManifest(stored.digest)).toBeDefined()
        })
      })

      test('of one repository change nothing in another', async () => {
        const { storage } = await open()
        await storage.repository('app').putManifest(manifest(image()), ['a'], [])
        expect(await storage.repository('other').deleteTag('a')).toBe(false)
        expect(await storage.repository('app/a').findTag('a')).toBeUndefined()
        expect(await storage.repository('app').findTag('a')).toBeDefined()
      })
    })

    describe('referrers', () => {
      const subject = digestOf('subject') as Digest
      const artifact = (n: number, artifactType: string) => {
        const own = { mediaType: IMAGE, digest: subject, size: 1 }
        const stored = manifest(image({ artifactType, subject: own, n }))
        return { stored, link: linkTo(subject, stored, artifactType) }
      }

      test('are listed in the order of digests, after one, and by type', async () => {
        const opened = await open()
        const app = opened.storage.repository('app')
        expect(await listed(app, subject)).toEqual([])
        const made = Array.from({ length: 20 }, (_, n) => artifact(n, `application/t${n % 3}`))
        for (const { stored, link } of made) await app.putManifest(stored, [], [link])
        await app.sync()
        const sorted = made.map(({ link }) => link.referrer)
        sorted.sort((a, b) => (a.digest < b.digest ? -1 : 1))
        const digests = (types: string[]) =>
          sorted
            .filter(({ artifactType }) => types.includes(artifactType!))
            .map(({ digest }) => digest)
        const all = digests(['application/t0', 'application/t1', 'application/t2'])
        await twice(opened, async (storage) => {
          const again = storage.repository('app')
          const found = []
          for await (const entry of again.listReferrers(subject)) found.push(entry)
          expect(found).toEqual(sorted)
          const after = all[6]!
          expect(await listed(again, subject, { after })).toEqual(all.slice(7))
          const between = `${after.slice(0, -1)}` as Digest
          expect(await listed(again, subject, { after: between })).toEqual(all.slice(6))
          for (const types of [['application/t1'], ['application/t2', 'application/t0'], ['x']]) {
            const query = { artifactTypes: types }
            expect(await listed(again, subject, query)).toEqual(digests(types))
            expect(await listed(again, subject, { ...query, after })).toEqual(
              digests(types).filter((digest) => digest > after),
            )
          }
          expect(await listed(again, digestOf('other') as Digest)).toEqual([])
          expect(await listed(again, subject, { relation: 'other' })).toEqual([])
        })
      })

      test('go with their manifests, and come again with them', async () => {
        const opened = await open()
        const app = opened.storage.repository('app')
        const { stored, link } = artifact(1, 'application/t')
        for (const tag of ['a', 'b']) await app.putManifest(stored, [tag], [link])
        expect(await listed(app, subject)).toEqual([stored.digest])
        await app.deleteManifest(stored.digest)
        expect(await listed(app, subject)).toEqual([])
        expect(await listed(app, subject, { artifactTypes: ['application/t'] })).toEqual([])
        await app.putManifest(stored, [], [link])
        await app.sync()
        await twice(opened, async (storage) => {
          expect(await listed(storage.repository('app'), subject)).toEqual([stored.digest])
        })
      })

      test('that two manifests tell of stay until both are gone', async () => {
        const { storage } = await open()
        const app = storage.repository('app')
        const { stored } = artifact(1, 'application/t')
        const link = linkTo(subject, stored, 'application/t', 'reference')
        const indexes = [1, 2].map((n) => ({ ...manifest(index([], { n })), mediaType: INDEX }))
        for (const one of indexes) await app.putManifest(one, [], [link])
        const query = { relation: 'reference' }
        await app.deleteManifest(indexes[0]!.digest)
        expect(await listed(app, subject, query)).toEqual([stored.digest])
        expect(await listed(app, subject)).toEqual([])
        await app.deleteManifest(indexes[1]!.digest)
        expect(await listed(app, subject, query)).toEqual([])
      })

      test('are those that the manifest was last put with', async () => {
        const { storage } = await open()
        const app = storage.repository('app')
        const { stored, link } = artifact(1, 'application/t')
        await app.putManifest(stored, [], [link])
        await app.putManifest(stored, [], [])
        expect(await listed(app, subject)).toEqual([])
      })
    })
  })
}

function manifest(content: string): StoredManifest {
  const bytes = new TextEncoder().encode(content)
  return { digest: digestOf(content) as Digest, mediaType: IMAGE, bytes }
}

function linkTo(
  subject: Digest,
  stored: StoredManifest,
  artifactType: string,
  relation = 'subject',
): Link {
  const { digest, mediaType, bytes } = stored
  return {
    relation,
    subject,
    referrer: { mediaType, digest, size: bytes.byteLength, artifactType },
  }
}

async function addBlob(repository: RepositoryStorage, content: string): Promise<Digest> {
  const writer = await repository.writeBlob()
  await writer.append(Buffer.from(content))
  await writer.commit(digestOf(content) as Digest)
  return digestOf(content) as Digest
}

async function text(repository: RepositoryStorage, digest: Digest): Promise<string | undefined> {
  const blob = await repository.findBlob(digest)
  return blob && String(await bytesOf(blob.stream()))
}

async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts)
}

async function tagsOf(repository: RepositoryStorage, after?: string): Promise<string[]> {
  const tags: string[] = []
  for await (const { tag } of repository.listTags(after)) tags.push(tag)
  return tags
}

async function listed(
  repository: RepositoryStorage,
  ...query: Parameters<RepositoryStorage['listReferrers']>
): Promise<Digest[]> {
  const digests: Digest[] = []
  for await (const { digest } of repository.listReferrers(...query)) digests.push(digest)
  return digests
}

/** For comparing: a Buffer and a Uint8Array of the same bytes are the same. */
function plain(stored: StoredManifest | undefined): object | undefined {
  return stored && { ...stored, bytes: String(Buffer.from(stored.bytes)) }
}
