// PROPOSAL_C.md, "JSON Schema" and "Registry HTTP API", and what its text leaves open.
import { describe, expect, test } from 'vitest'
import {
  descriptor,
  digestOf,
  type Entry,
  errorOf,
  IMAGE,
  INDEX,
  image,
  index,
  nextOf,
  pushBlob,
  pushImage,
  type Send,
  start,
} from '../_registry.ts'
import {
  ARTIFACT,
  artifact,
  digests,
  NODE,
  node,
  push,
  pushed,
  read,
  refusedPush,
} from './_proposals.ts'

const parent = descriptor('not pushed yet', 'icecream/vnd.example.v1+package')

/** A registry with two blobs and an image. */
async function ready(...options: Parameters<typeof start>): Promise<Send> {
  const send = start(...options)
  await pushImage(send, 'app', 'v1')
  await pushBlob(send, 'app', 'flavor')
  await pushBlob(send, 'app', 'topping')
  return send
}

const flavor = descriptor('flavor', 'flavor/vnd.example.v1+batch')
const topping = descriptor('topping', 'toppings/vnd.example.v1+batch')

describe('the probe', () => {
  test.each(['/v3/', '/v3'])('%s answers 200', async (path) => {
    expect(await read(start(), path)).toEqual({})
  })

  test('and all of /v3/ is not known without proposal C, nor are nodes', async () => {
    const send = await ready({ nodeApi: false })
    const { digest } = descriptor(node())
    expect(await refusedPush(send, node())).toBe('400 MANIFEST_INVALID')
    for (const path of ['/v3/', '/v3/app/manifests/v1', `/v3/app/referrers/${digest}`]) {
      expect(await errorOf(await send('GET', path))).toBe('404 UNSUPPORTED')
    }
  })
})

describe.each(['v2', 'v3'])('a node pushed to /%s/', (api) => {
  test('is kept byte for byte, under its type', async () => {
    const send = await ready()
    const text = `${node({ objects: [topping, flavor], reference: {} }).slice(0, -1)} }`
    const { digest } = await pushed(send, text, { api, reference: 'n1' })
    for (const path of [`/v2/app/manifests/${digest}`, '/v3/app/manifests/n1']) {
      const answer = await send('GET', path)
      expect(answer.headers.get('Content-Type')).toBe(NODE)
      expect(answer.headers.get('Docker-Content-Digest')).toBe(digest)
      expect(await answer.text()).toBe(text)
    }
  })

  test.each([
    ['schemaVersion 2', { schemaVersion: 2 }],
    ['schemaVersion "3"', { schemaVersion: '3' }],
    ['no schemaVersion', { schemaVersion: undefined }],
    ['no media type', { mediaType: undefined }],
    ['another media type', { mediaType: INDEX }],
    ['no objects', { objects: undefined }],
    ['objects that are no list', { objects: {} }],
    ['an object that is no descriptor', { objects: ['flavor'] }],
    ['a node among its objects', { objects: [flavor, descriptor(node(), NODE)] }],
    ['a description that is no text', { description: 1 }],
    ['two references', { reference: [parent, parent] }],
    ['a reference that is text', { reference: 'v1' }],
    ['a reference without a digest', { reference: { mediaType: 'a/b', size: 1 } }],
    ['layers', { layers: [] }],
    ['manifests', { manifests: [] }],
    ['a config', { config: flavor }],
    ['blobs', { blobs: [] }],
  ])('is refused with %s', async (_, more) => {
    const send = await ready()
    await pushed(send, node())
    const refusal = await refusedPush(send, node(more), { api, type: NODE })
    expect(refusal).toBe('400 MANIFEST_INVALID')
  })

  test('is refused under the type of another manifest, and these under its own', async () => {
    const send = await ready()
    for (const type of [IMAGE, INDEX, ARTIFACT]) {
      expect(await refusedPush(send, node(), { api, type })).toBe('400 MANIFEST_INVALID')
    }
    for (const text of [
      image({ mediaType: undefined }),
      index([], { mediaType: undefined }),
      artifact(),
    ]) {
      expect(await refusedPush(send, text, { api, type: NODE })).toBe('400 MANIFEST_INVALID')
    }
  })

  test('is refused with a key given twice', async () => {
    const send = await ready()
    const text = `${node({ reference: parent }).slice(0, -1)},"reference":{}}`
    expect(await refusedPush(send, text, { api })).toBe('400 MANIFEST_INVALID')
  })

  test('must have objects that are there: blobs, or manifests by their media type', async () => {
    const send = await ready()
    const imageEntry = descriptor(image(), IMAGE)
    for (const object of [
      descriptor('missing'),
      descriptor('missing', IMAGE),
      descriptor('flavor', IMAGE),
      { ...imageEntry, mediaType: 'some/thing' },
    ]) {
      const answer = await push(send, node({ objects: [flavor, object] }), { api })
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({
        errors: [{ code: 'MANIFEST_BLOB_UNKNOWN', detail: { digest: object.digest } }],
      })
    }
    await pushed(send, node({ objects: [flavor, imageEntry, topping] }), { api })
  })

  test('has no node among its objects under another name either', async () => {
    const send = await ready()
    const inner = await pushed(send, node())
    const disguised = { ...inner, mediaType: IMAGE }
    expect(await refusedPush(send, node({ objects: [disguised] }), { api })).toBe(
      '400 MANIFEST_INVALID',
    )
  })

  test('may have an index of nodes among its objects: only its own entries are looked at', async () => {
    const send = await ready()
    const inner = await pushed(send, node())
    const list = await pushed(send, index([inner]))
    await pushed(send, node({ objects: [list] }), { api })
  })
})

describe('the alias /v3/<name>/manifests/', () => {
  test('reads, writes and deletes what /v2/ does', async () => {
    const send = await ready()
    await pushed(send, image({ annotations: { a: 'b' } }), { api: 'v3', reference: 'v2' })
    const v2 = await send('GET', '/v2/app/manifests/v2')
    const v3 = await send('GET', '/v3/app/manifests/v2')
    expect(Object.fromEntries(v3.headers)).toEqual(Object.fromEntries(v2.headers))
    expect(await v3.text()).toBe(await v2.text())
    const head = await send('HEAD', '/v3/app/manifests/v2')
    expect(head.status).toBe(200)
    expect(await head.text()).toBe('')
    expect((await send('DELETE', '/v3/app/manifests/v2')).status).toBe(202)
    expect((await send('GET', '/v2/app/manifests/v2')).status).toBe(404)
  })

  test('says where a node can be pulled', async () => {
    const send = await ready()
    const put = await push(send, node(), { api: 'v3', reference: 'n1' })
    expect((await send('GET', put.headers.get('Location')!)).status).toBe(200)
  })

  test('answers 405 to deletes where these are off', async () => {
    const send = await ready({ deletes: false })
    const answer = await send('DELETE', '/v3/app/manifests/v1')
    expect(await errorOf(answer)).toBe('405 UNSUPPORTED')
  })
})

describe('/v3/<name>/referrers/', () => {
  test('lists the nodes that refer to a digest, with their description', async () => {
    const send = await ready()
    const text = node({ objects: [flavor], reference: parent, description: 'Chocolate ✨' })
    const one = await pushed(send, text)
    const plain = await pushed(send, node({ reference: parent }))
    await pushed(send, node({ reference: flavor }))
    const answer = await send('GET', `/v3/app/referrers/${parent.digest}`)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Content-Type')).toBe('application/json')
    const body = (await answer.json()) as { referrers: Entry[] }
    expect(Object.keys(body)).toEqual(['referrers'])
    const annotations = { 'org.opencontainers.node.description': 'Chocolate ✨' }
    const expected = [{ ...one, annotations }, plain]
    expect(body.referrers).toEqual(expected.sort((a, b) => (a.digest < b.digest ? -1 : 1)))
  })

  test('takes a tag for what it points at', async () => {
    const send = await ready()
    const reference = descriptor(image(), IMAGE)
    const { digest } = await pushed(send, node({ reference }))
    expect(await digests(send, '/v3/app/referrers/v1')).toEqual([digest])
    expect(await digests(send, `/v3/app/referrers/${reference.digest}`)).toEqual([digest])
  })

  test('is empty for a digest that nobody refers to, and 404 for an unknown tag', async () => {
    const send = await ready()
    for (const name of ['app', 'none']) {
      expect(await read(send, `/v3/${name}/referrers/${digestOf('x')}`)).toEqual({ referrers: [] })
    }
    expect(await errorOf(await send('GET', '/v3/app/referrers/v9'))).toBe('404 MANIFEST_UNKNOWN')
    expect(await errorOf(await send('GET', '/v3/none/referrers/v1'))).toBe('404 NAME_UNKNOWN')
    expect(await errorOf(await send('GET', '/v3/app/referrers/md5:1'))).toBe('400 DIGEST_INVALID')
  })

  test('goes in pages, which hold to the digest while a tag moves', async () => {
    const send = await ready()
    const reference = descriptor(image(), IMAGE)
    const wanted: string[] = []
    for (let n = 0; n < 5; n += 1) {
      wanted.push((await pushed(send, node({ reference, description: String(n) }))).digest)
    }
    const found: string[] = []
    let next: string | undefined = '/v3/app/referrers/v1?n=2'
    while (next) {
      const answer: Response = await send('GET', next)
      const { referrers } = (await answer.json()) as { referrers: Entry[] }
      expect(referrers.length).toBeLessThanOrEqual(2)
      found.push(...referrers.map(({ digest }) => digest))
      next = nextOf(answer)
      await pushImage(send, 'app', 'v1', { annotations: { moved: 'yes' } })
    }
    expect(found).toEqual(wanted.sort())
    for (const n of ['0', '-1', 'x']) {
      const answer = await send('GET', `/v3/app/referrers/${reference.digest}?n=${n}`)
      expect(await errorOf(answer)).toBe('400 PAGINATION_NUMBER_INVALID')
    }
    const bad = await send('GET', `/v3/app/referrers/${reference.digest}?next=x`)
    expect(await errorOf(bad)).toBe('400 DIGEST_INVALID')
  })

  test('is the same whichever comes first, and loses a node that is deleted', async () => {
    const send = await ready()
    const text = image({ annotations: { late: 'yes' } })
    const reference = descriptor(text, IMAGE)
    const { digest } = await pushed(send, node({ reference }), { reference: 'n1' })
    await pushed(send, text)
    const path = `/v3/app/referrers/${reference.digest}`
    expect(await digests(send, path)).toEqual([digest])
    await send('DELETE', '/v2/app/manifests/n1')
    expect(await digests(send, path)).toEqual([digest])
    await send('DELETE', `/v3/app/manifests/${digest}`)
    expect(await digests(send, path)).toEqual([])
  })

  test('lists nodes alone, and other lists list no nodes', async () => {
    const send = await ready()
    const reference = descriptor(image(), IMAGE)
    const more = { reference, subject: reference, annotations: { a: 'b' } }
    const put = await push(send, node(more))
    expect(put.headers.get('OCI-Subject')).toBeNull()
    const imageReferrer = await pushed(send, image({ reference, subject: reference }))
    const { digest } = reference
    expect(await read(send, `/v3/app/referrers/${digest}`)).toEqual({
      referrers: [descriptor(node(more), NODE)],
    })
    expect(await digests(send, `/v2/app/referrers/${digest}`)).toEqual([imageReferrer.digest])
    expect(await digests(send, `/v2/app/manifests/${digest}/references`)).toEqual([
      imageReferrer.digest,
    ])
    expect(await digests(send, `/v2/app/_oci/artifacts/referrers?digest=${digest}`)).toEqual([])
  })

  test('costs the same at the end of a long chain, where each node refers to the one before', async () => {
    const send = await ready()
    let reference: Entry = parent
    const chain: Entry[] = []
    for (let n = 0; n < 300; n += 1) {
      const text = node({ reference, description: String(n) })
      reference = await pushed(send, text)
      chain.push(reference)
    }
    for (const at of [0, 150, 298]) {
      const path = `/v3/app/referrers/${chain[at]!.digest}`
      expect(await digests(send, path)).toEqual([chain[at + 1]!.digest])
    }
    expect(await digests(send, `/v3/app/referrers/${chain[299]!.digest}`)).toEqual([])
  })

  test('holds two nodes that refer to each other’s missing parents, and none that is its own', async () => {
    const send = await ready()
    // A true circle cannot be made: a digest is not known before what it is the digest of.
    const unknown = { mediaType: NODE, digest: digestOf('a guess'), size: 1 }
    const first = await pushed(send, node({ reference: unknown }))
    const second = await pushed(send, node({ reference: first }))
    expect(await digests(send, `/v3/app/referrers/${unknown.digest}`)).toEqual([first.digest])
    expect(await digests(send, `/v3/app/referrers/${first.digest}`)).toEqual([second.digest])
    expect(await digests(send, `/v3/app/referrers/${second.digest}`)).toEqual([])
  })
})

describe('/v3/<name>/reference/', () => {
  test('answers the descriptor of the parent, there or not, as it was written', async () => {
    const send = await ready()
    const reference = { ...parent, annotations: { a: 'b' }, 'x-unknown': 1 }
    const { digest } = await pushed(send, node({ reference }), { reference: 'n1' })
    for (const one of ['n1', digest]) {
      expect(await read(send, `/v3/app/reference/${one}`)).toEqual(reference)
    }
  })

  test('shows a parent that is elsewhere, and goes nowhere for it', async () => {
    const send = await ready()
    const reference = { ...parent, urls: ['https://registry.invalid/v2/app/manifests/v1'] }
    await pushed(send, node({ reference }), { reference: 'n1' })
    expect(await read(send, '/v3/app/reference/n1')).toEqual(reference)
  })

  test.each([
    ['absent', undefined],
    ['null', null],
    ['{}', {}],
  ])('answers {} for a reference that is %s', async (_, reference) => {
    const send = await ready()
    await pushed(send, node({ reference }), { reference: 'n1' })
    expect(await read(send, '/v3/app/reference/n1')).toEqual({})
  })
})

describe('/v3/<name>/objects/', () => {
  test('answers the objects in the order they were written', async () => {
    const send = await ready()
    const objects = [topping, flavor, descriptor(image(), IMAGE), topping]
    const { digest } = await pushed(send, node({ objects }), { reference: 'n1' })
    for (const one of ['n1', digest]) {
      expect(await read(send, `/v3/app/objects/${one}`)).toEqual({ objects })
    }
  })

  test('answers an empty list for none', async () => {
    const send = await ready()
    await pushed(send, node({ objects: null }), { reference: 'n1' })
    expect(await read(send, '/v3/app/objects/n1')).toEqual({ objects: [] })
  })
})

describe('/v3/<name>/description/', () => {
  const text = 'Chocolate "Sprinkles" ✨\nIce Cream'

  async function described(description?: string): Promise<(accept?: string) => Promise<Response>> {
    const send = await ready()
    await pushed(send, node({ description }), { reference: 'n1' })
    return (accept) =>
      send('GET', '/v3/app/description/n1', accept ? { headers: { Accept: accept } } : {})
  }

  test.each([
    undefined,
    '*/*',
    'text/plain',
    'text/*, application/json;q=0.9',
    'text/plain, application/json',
    'image/png',
  ])('answers the text, in UTF-8, to Accept %s', async (accept) => {
    const answer = await (await described(text))(accept)
    expect(answer.headers.get('Content-Type')).toBe('text/plain; charset=utf-8')
    expect(answer.headers.get('Content-Length')).toBe(
      String(new TextEncoder().encode(text).byteLength),
    )
    expect(answer.headers.get('Vary')).toContain('Accept')
    expect(await answer.text()).toBe(text)
  })

  test.each([
    'application/json',
    'Application/JSON; charset=utf-8',
    'application/json, */*;q=0.5',
    'application/json, text/plain',
  ])('answers JSON to Accept %s', async (accept) => {
    const answer = await (await described(text))(accept)
    expect(answer.headers.get('Content-Type')).toBe('application/json')
    expect(answer.headers.get('Vary')).toContain('Accept')
    expect(await answer.json()).toEqual({ description: text })
  })

  test('is empty where there is none, and {} as JSON', async () => {
    const get = await described()
    const answer = await get()
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Content-Length')).toBe('0')
    expect(await answer.text()).toBe('')
    expect(await (await get('application/json')).json()).toEqual({})
  })
})

describe.each(['reference', 'objects', 'description'])('/v3/<name>/%s/', (part) => {
  test('is 404 for what is not there or is no node', async () => {
    const send = await ready()
    await pushed(send, artifact(), { reference: 'a1' })
    await pushed(send, index([]), { reference: 'i1' })
    for (const reference of ['v1', 'a1', 'i1', 'v9', digestOf(image()), digestOf('x')]) {
      const answer = await send('GET', `/v3/app/${part}/${reference}`)
      expect(await errorOf(answer)).toBe('404 MANIFEST_UNKNOWN')
    }
    expect(await errorOf(await send('GET', `/v3/none/${part}/v1`))).toBe('404 NAME_UNKNOWN')
  })

  test('is 404 once the node is deleted', async () => {
    const send = await ready()
    const { digest } = await pushed(send, node(), { reference: 'n1' })
    expect((await send('GET', `/v3/app/${part}/n1`)).status).toBe(200)
    await send('DELETE', `/v3/app/manifests/${digest}`)
    for (const reference of ['n1', digest]) {
      expect((await send('GET', `/v3/app/${part}/${reference}`)).status).toBe(404)
    }
  })

  test('is refused for what is neither tag nor digest, and read only', async () => {
    const send = await ready()
    expect(await errorOf(await send('GET', `/v3/app/${part}/sha256:x`))).toBe('400 DIGEST_INVALID')
    expect(await errorOf(await send('GET', `/v3/app/${part}/.x`))).toBe('400 MANIFEST_INVALID')
    expect(await errorOf(await send('PUT', `/v3/app/${part}/v1`))).toBe('405 UNSUPPORTED')
    expect(await errorOf(await send('GET', `/v3/App/${part}/v1`))).toBe('400 NAME_INVALID')
  })
})
