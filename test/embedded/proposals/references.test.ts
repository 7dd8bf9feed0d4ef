import { describe, expect, test } from 'vitest'
import {
  descriptor,
  digestOf,
  errorOf,
  IMAGE,
  INDEX,
  image,
  index,
  pushBlob,
  pushImage,
  type Send,
  start,
} from '../_registry.ts'
import { artifact, digests, pushed, read, refusedPush } from './_proposals.ts'

const subject = descriptor('not pushed yet', IMAGE)
const listOf = (reference: string) => `/v2/app/manifests/${reference}/references`

/** A registry with the blob that all images need. */
async function ready(...options: Parameters<typeof start>): Promise<Send> {
  const send = start(...options)
  await pushBlob(send, 'app', '{}')
  return send
}

describe('what refers to a manifest', () => {
  test('is an image index of descriptors, with type and annotations copied up', async () => {
    const send = await ready()
    const text = image({
      reference: subject,
      artifactType: 'application/x.sbom',
      annotations: { a: 'b' },
    })
    const referrer = await pushed(send, text)
    const answer = await send('GET', listOf(subject.digest))
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Content-Type')).toBe(INDEX)
    expect(await answer.json()).toEqual({
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [{ ...referrer, artifactType: 'application/x.sbom', annotations: { a: 'b' } }],
    })
  })

  test('is found by a tag as by the digest that it points at', async () => {
    const send = await ready()
    const digest = await pushImage(send, 'app', 'v1')
    const { digest: referrer } = await pushed(send, image({ reference: { ...subject, digest } }))
    expect(await digests(send, listOf('v1'))).toEqual([referrer])
    expect(await digests(send, listOf(digest))).toEqual([referrer])
    await pushImage(send, 'app', 'v1', { annotations: { moved: 'yes' } })
    expect(await digests(send, listOf('v1'))).toEqual([])
  })

  test('is empty for a digest that is not there, and 404 for a tag that is not there', async () => {
    const send = await ready()
    expect(await read(send, listOf(digestOf('nothing')))).toEqual({
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [],
    })
    expect(await digests(send, `/v2/none/manifests/${subject.digest}/references`)).toEqual([])
    await pushImage(send, 'app', 'v1')
    expect(await errorOf(await send('GET', listOf('v2')))).toBe('404 MANIFEST_UNKNOWN')
    expect(await errorOf(await send('GET', '/v2/none/manifests/v1/references'))).toBe(
      '404 NAME_UNKNOWN',
    )
  })

  test('is refused for what is neither tag nor digest', async () => {
    const send = await ready()
    expect(await errorOf(await send('GET', listOf('sha256:bad')))).toBe('400 DIGEST_INVALID')
    expect(await errorOf(await send('GET', listOf('.v1')))).toBe('400 MANIFEST_INVALID')
  })

  test('is complete: neither pages nor filters', async () => {
    const send = await ready({ pageSize: 2 })
    for (let n = 0; n < 5; n += 1) {
      await pushed(send, image({ reference: subject, annotations: { n: String(n) } }))
    }
    const answer = await send('GET', `${listOf(subject.digest)}?n=1&artifactType=a/b`)
    expect(answer.headers.get('Link')).toBeNull()
    const { manifests } = (await answer.json()) as { manifests: unknown[] }
    expect(manifests).toHaveLength(5)
  })

  test('stays within what a manifest may have, by leaving out what was copied up', async () => {
    const send = await ready()
    for (let n = 0; n < 3; n += 1) {
      const annotations = { n: String(n), large: 'x'.repeat(1_900_000) }
      await pushed(send, image({ reference: subject, annotations }))
    }
    const { manifests } = await read<{ manifests: object[] }>(send, listOf(subject.digest))
    expect(manifests).toHaveLength(3)
    for (const entry of manifests)
      expect(Object.keys(entry)).toEqual(['mediaType', 'digest', 'size'])
  })

  test('is read only', async () => {
    const send = await ready()
    for (const method of ['PUT', 'POST', 'DELETE']) {
      const answer = await send(method, listOf(subject.digest))
      expect(await errorOf(answer)).toBe('405 UNSUPPORTED')
      expect(answer.headers.get('Allow')).toBe('GET, HEAD')
    }
    const head = await send('HEAD', listOf(subject.digest))
    expect(head.status).toBe(200)
    expect(await head.text()).toBe('')
  })
})

describe('a reference', () => {
  test('at the top of an index makes the index the referrer', async () => {
    const send = await ready()
    const set = await pushed(send, index([], { reference: subject, artifactType: 'a/set' }))
    const { manifests } = await read<{ manifests: object[] }>(send, listOf(subject.digest))
    expect(manifests).toEqual([{ ...set, artifactType: 'a/set' }])
  })

  test('on an entry makes the entry’s manifest the referrer, of what the entry names', async () => {
    const send = await ready()
    const other = descriptor('another', IMAGE)
    const text = image({ artifactType: 'a/sbom', annotations: { a: 'b' } })
    const sbom = await pushed(send, text)
    const scan = await pushed(send, image({ artifactType: 'a/scan' }))
    const both = [
      { ...sbom, reference: subject },
      { ...scan, reference: other },
    ]
    await pushed(send, index(both))
    const { manifests } = await read<{ manifests: object[] }>(send, listOf(subject.digest))
    expect(manifests).toEqual([{ ...sbom, artifactType: 'a/sbom', annotations: { a: 'b' } }])
    expect(await digests(send, listOf(other.digest))).toEqual([scan.digest])
  })

  test('on an entry says the truth of the entry’s manifest, whatever the index says', async () => {
    const send = await ready()
    const sbom = await pushed(send, image({ artifactType: 'a/sbom' }))
    const lying = { ...sbom, size: 1, artifactType: 'a/b', annotations: { c: 'd' } }
    await pushed(send, index([{ ...lying, reference: subject }]))
    const { manifests } = await read<{ manifests: object[] }>(send, listOf(subject.digest))
    expect(manifests).toEqual([{ ...sbom, artifactType: 'a/sbom' }])
  })

  test('counts for entries of every manifest type, and for none that is no manifest', async () => {
    const send = await ready()
    const one = await pushed(send, artifact())
    await pushBlob(send, 'app', 'text')
    const text = descriptor('text', 'text/plain')
    const entries = [one, text].map((entry) => ({ ...entry, reference: subject }))
    await pushed(send, index(entries))
    expect(await digests(send, listOf(subject.digest))).toEqual([one.digest])
  })

  test('is listed once, however many say the same', async () => {
    const send = await ready()
    const text = image({ reference: subject })
    const one = await pushed(send, text, { reference: 'a' })
    await pushed(send, text, { reference: 'b' })
    await pushed(send, index([{ ...one, reference: subject }]))
    await pushed(send, index([{ ...one, reference: subject }], { annotations: { second: 'yes' } }))
    expect(await digests(send, listOf(subject.digest))).toEqual([one.digest])
  })

  test('lists in the order of digests', async () => {
    const send = await ready()
    const found: string[] = []
    for (let n = 0; n < 6; n += 1) {
      const more = { annotations: { n: String(n) }, ...(n % 2 && { reference: subject }) }
      const one = await pushed(send, image(more))
      found.push(one.digest)
      if (n % 2 === 0) await pushed(send, index([{ ...one, reference: subject }]))
    }
    expect(await digests(send, listOf(subject.digest))).toEqual(found.sort())
  })

  test('may be null, which is none, and names nothing that must be there', async () => {
    const send = await ready()
    await pushed(send, image({ reference: null }))
    await pushed(send, image({ reference: descriptor('x', 'a/b') }))
    expect(await digests(send, listOf(digestOf('x')))).toHaveLength(1)
  })

  test('is kept byte for byte, and is no subject', async () => {
    const send = await ready()
    const text = `${image({ reference: subject }).slice(0, -1)} }`
    const { digest } = await pushed(send, text)
    const answer = await send('GET', `/v2/app/manifests/${digest}`)
    expect(await answer.text()).toBe(text)
    expect(await digests(send, `/v2/app/referrers/${subject.digest}`)).toEqual([])
  })

  test.each([
    ['text', 'v1'],
    ['a list', [subject]],
    ['empty', {}],
    ['without a digest', { ...subject, digest: undefined }],
    ['with a digest that is none', { ...subject, digest: 'sha256:abc' }],
    ['with a negative size', { ...subject, size: -1 }],
  ])('that is %s is refused, at the top and on entries', async (_, reference) => {
    const send = await ready()
    expect(await refusedPush(send, image({ reference }))).toBe('400 MANIFEST_INVALID')
    expect(await refusedPush(send, index([], { reference }))).toBe('400 MANIFEST_INVALID')
    const one = await pushed(send, image())
    const text = index([{ ...one, reference }])
    expect(await refusedPush(send, text)).toBe('400 MANIFEST_INVALID')
  })
})

describe('the index of references', () => {
  test('is the same whether the referrer or its subject comes first', async () => {
    for (const order of ['subject', 'referrer']) {
      const send = await ready()
      const digest = digestOf(image())
      const text = image({ reference: { ...subject, digest } })
      if (order === 'subject') await pushed(send, image())
      const { digest: referrer } = await pushed(send, text)
      if (order === 'referrer') await pushed(send, image())
      expect(await digests(send, listOf(digest))).toEqual([referrer])
    }
  })

  test('loses a referrer when its digest is deleted, not when its tag is', async () => {
    const send = await ready()
    const one = await pushed(send, image({ reference: subject }), { reference: 'a' })
    await send('DELETE', '/v2/app/manifests/a')
    expect(await digests(send, listOf(subject.digest))).toEqual([one.digest])
    await send('DELETE', `/v2/app/manifests/${one.digest}`)
    expect(await digests(send, listOf(subject.digest))).toEqual([])
  })

  test('loses an entry with the last index that says so', async () => {
    const send = await ready()
    const one = await pushed(send, image())
    const first = await pushed(send, index([{ ...one, reference: subject }]))
    const more = { annotations: { second: 'yes' } }
    const second = await pushed(send, index([{ ...one, reference: subject }], more))
    await send('DELETE', `/v2/app/manifests/${first.digest}`)
    expect(await digests(send, listOf(subject.digest))).toEqual([one.digest])
    await send('DELETE', `/v2/app/manifests/${second.digest}`)
    expect(await digests(send, listOf(subject.digest))).toEqual([])
  })

  test('lists an entry only while its manifest is there', async () => {
    const send = await ready()
    const one = await pushed(send, image())
    await pushed(send, index([{ ...one, reference: subject }]))
    await send('DELETE', `/v2/app/manifests/${one.digest}`)
    expect(await digests(send, listOf(subject.digest))).toEqual([])
    await pushed(send, image())
    expect(await digests(send, listOf(subject.digest))).toEqual([one.digest])
  })

  test('keeps a referrer that says so itself when an index that does too goes', async () => {
    const send = await ready()
    const one = await pushed(send, image({ reference: subject }))
    const list = await pushed(send, index([{ ...one, reference: subject }]))
    await send('DELETE', `/v2/app/manifests/${list.digest}`)
    expect(await digests(send, listOf(subject.digest))).toEqual([one.digest])
  })

  test('stays when the subject is deleted, and is one per repository', async () => {
    const send = await ready()
    const digest = await pushImage(send, 'app', 'v1')
    const one = await pushed(send, image({ reference: { ...subject, digest } }))
    await send('DELETE', `/v2/app/manifests/${digest}`)
    expect(await digests(send, listOf(digest))).toEqual([one.digest])
    expect(await digests(send, `/v2/other/manifests/${digest}/references`)).toEqual([])
  })
})

describe('OCI 1.1', () => {
  test('has the path where both could: a tag called "references" is a tag', async () => {
    const send = start()
    await pushImage(send, 'team/manifests', 'references')
    await pushImage(send, 'team', 'manifests')
    const answer = await send('GET', '/v2/team/manifests/manifests/references')
    expect(answer.headers.get('Docker-Content-Digest')).toBe(digestOf(image()))
  })

  test('with the API off, the path is unknown, and the field holds what it likes', async () => {
    const send = await ready({ referencesApi: false })
    await pushed(send, image({ reference: 'v1' }))
    await pushed(send, index([{ ...descriptor(image(), 'a/b'), reference: 1 }]))
    expect(await errorOf(await send('GET', listOf(subject.digest)))).toBe('404 UNSUPPORTED')
    expect(await errorOf(await send('GET', listOf('bad:')))).toBe('404 UNSUPPORTED')
  })
})
