// What a page costs, counted in entries that are looked at: the same among ten thousand as among few.
import { expect, test } from 'vitest'
import { memoryStorage, type Storage } from '../../../src/embedded/index.ts'
import type { Descriptor } from '../../../src/model/descriptor.ts'
import type { Digest } from '../../../src/model/digest.ts'
import { digestOf, IMAGE, nextOf, start } from '../_registry.ts'

const subject = digestOf('subject') as Digest

/** A descriptor that notes when anything of it is read, from when `touched` is emptied on. */
function watched(descriptor: Descriptor, touched: Set<string>): Descriptor {
  return new Proxy(descriptor, {
    get(target, key) {
      touched.add(target.digest)
      return Reflect.get(target, key)
    },
  })
}

async function withReferrers(storage: Storage, count: number): Promise<Set<string>> {
  const touched = new Set<string>()
  const bytes = new Uint8Array()
  for (let n = 0; n < count; n += 1) {
    const digest = digestOf(String(n)) as Digest
    // One in forty is an SBOM.
    const artifactType = `application/${n % 40 === 0 ? 'sbom' : 'signature'}`
    const referrer = watched({ mediaType: IMAGE, digest, size: 0, artifactType }, touched)
    await storage
      .repository('app')
      .putManifest(
        { digest, mediaType: IMAGE, bytes },
        [`t${n}`],
        [{ relation: 'subject', subject, referrer }],
      )
  }
  touched.clear()
  return touched
}

test.each([
  ['', 100],
  ['?artifactType=application/signature', 100],
  ['?artifactType=application/signature&artifactType=application/none', 100],
  ['?artifactType=application/sbom', 10],
])('a page of referrers%s touches %i entries of 10 000 as of 1000', async (query, size) => {
  const costs: number[] = []
  for (const count of [1000, 10_000]) {
    const storage = memoryStorage()
    const touched = await withReferrers(storage, count)
    const send = start({ storage, pageSize: size })
    const path = `/v2/app/referrers/${subject}${query}`
    const answer = await send('GET', path)
    expect(((await answer.json()) as { manifests: [] }).manifests).toHaveLength(size)
    costs.push(touched.size)
    // Pages in the middle cost what the first does.
    touched.clear()
    await send('GET', nextOf(answer)!)
    costs.push(touched.size)
  }
  // One more than the page has, to know whether there is another; that one is known on its own page.
  expect(costs).toEqual([size + 1, size, size + 1, size])
})

test('a page of tags reads one entry more than it has, of 10 000 as of 1000', async () => {
  for (const count of [1000, 10_000]) {
    const inner = memoryStorage()
    await withReferrers(inner, count)
    let read = 0
    const storage: Storage = {
      repository: (name) => ({
        ...inner.repository(name),
        async *listTags(after) {
          for await (const entry of inner.repository(name).listTags(after)) {
            read += 1
            yield entry
          }
        },
      }),
    }
    const send = start({ storage })
    const answer = await send('GET', '/v2/app/tags/list?n=100&last=t5')
    expect(((await answer.json()) as { tags: [] }).tags).toHaveLength(100)
    expect(read).toBe(101)
  }
})
