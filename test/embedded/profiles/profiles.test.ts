// What profiles of registries that cannot be run side by side are like; the others are compared with
// the real programs by test/live/profiles.test.ts.
import { describe, expect, test } from 'vitest'
import { embeddedRegistry, type ProfileName, profiles } from '../../../src/embedded/index.ts'
import {
  descriptor,
  digestOf,
  errorOf,
  IMAGE,
  INDEX,
  image,
  index,
  OCTETS,
  pushBlob,
  putManifest,
  type Send,
  start,
} from '../_registry.ts'

const names = Object.keys(profiles) as ProfileName[]
const accept = { Accept: `${IMAGE},${INDEX}` }

async function open(send: Send, name = 'app'): Promise<Response> {
  return send('POST', `/v2/${name}/blobs/uploads/`)
}

/** Path and query of an answer's Location. */
function locationOf(answer: Response): string {
  const { pathname, search } = new URL(answer.headers.get('Location')!, 'http://registry.test')
  return `${pathname}${search}`
}

/** Pushes a blob in a session, as every registry understands. */
async function pushSlowly(send: Send, content: string, name = 'app'): Promise<string> {
  const digest = digestOf(content)
  const location = locationOf(await open(send, name))
  const path = `${location}${location.includes('?') ? '&' : '?'}digest=${digest}`
  const put = await send('PUT', path, { body: content, headers: { 'Content-Type': OCTETS } })
  expect(put.status).toBe(201)
  return digest
}

async function pushSimple(send: Send, tag: string, more = {}): Promise<string> {
  await pushSlowly(send, '{}')
  const text = image(more)
  const answer = await putManifest(send, 'app', tag, text)
  expect(answer.status).toBe(201)
  return digestOf(text)
}

const subject = descriptor('nowhere', IMAGE)

describe.each(names)('%s', (profile) => {
  test('says where it comes from and when that was', () => {
    const { name, source, date } = profiles[profile]
    expect(name).toBe(profile)
    expect(source).not.toBe('')
    expect(date).toMatch(/^20[0-9]{2}-[01][0-9]$/)
  })

  test('takes an image and gives it back, byte for byte', async () => {
    const send = start({ profile })
    const digest = await pushSimple(send, 'v1')
    for (const reference of ['v1', digest]) {
      const answer = await send('GET', `/v2/app/manifests/${reference}`, { headers: accept })
      expect(answer.status).toBe(200)
      expect(answer.headers.get('Content-Type')).toBe(IMAGE)
      expect(digestOf(await answer.text())).toBe(digest)
    }
    const blob = await send('GET', `/v2/app/blobs/${digestOf('{}')}`)
    expect(await blob.text()).toBe('{}')
    const tags = await send('GET', '/v2/app/tags/list')
    expect(((await tags.json()) as { tags: string[] }).tags).toEqual(['v1'])
  })

  test('has a list of referrers and says so, or has none and does not, as recorded', async () => {
    const send = start({ profile })
    const { referrers, manifests } = profiles[profile].settings
    if (manifests?.subject !== undefined) return
    await pushSlowly(send, '{}')
    const put = await putManifest(send, 'app', 'a', image({ subject }))
    expect(put.status).toBe(201)
    const says = referrers?.subjectHeader ?? true
    expect(put.headers.get('OCI-Subject')).toBe(says ? subject.digest : null)
    const list = await send('GET', `/v2/app/referrers/${digestOf('nobody')}`)
    const isList = list.status === 200 && list.headers.get('Content-Type') === INDEX
    // Quay refuses to list what refers to nothing it has.
    if (referrers?.unknownSubject === 'refused') expect(list.status).toBe(400)
    else expect(isList).toBe(referrers?.api ?? true)
  })
})

describe('options', () => {
  test('stand above the profile', async () => {
    const send = start({ profile: 'ghcr', referrersApi: true, deletes: true, cors: true })
    await pushSlowly(send, '{}')
    const put = await putManifest(send, 'app', 'a', image({ subject }))
    expect(put.headers.get('OCI-Subject')).toBe(subject.digest)
    expect(put.headers.get('Access-Control-Allow-Origin')).toBe('*')
    expect((await send('DELETE', '/v2/app/manifests/a')).status).toBe(202)
  })

  test('take a profile of one’s own, made of another', async () => {
    const { settings } = profiles.ecr
    const own = { ...profiles.ecr, settings: { ...settings, manifests: { movableTags: false } } }
    const send = start({ profile: own })
    await pushSimple(send, 'v1')
    await pushSimple(send, 'v1')
    const moved = await putManifest(send, 'app', 'v1', image({ annotations: { a: 'b' } }))
    expect(await errorOf(moved)).toBe('400 TAG_INVALID')
  })

  test('refuse the name of no profile', () => {
    for (const profile of ['nothing', '__proto__', 'toString']) {
      expect(() => embeddedRegistry({ profile: profile as ProfileName })).toThrowError(
        expect.objectContaining({ code: 'INVALID_INPUT' }),
      )
    }
  })
})

describe('referrers', () => {
  test.each([
    ['distribution2', 404, 'text/plain; charset=utf-8'],
    ['ghcr', 404, 'application/json'],
    ['gitlab', 404, 'text/html; charset=utf-8'],
    ['gar', 200, 'text/html; charset=utf-8'],
    ['artifactory', 406, 'application/json'],
  ] as const)(
    '%s answers %i %s for a list that it does not have',
    async (profile, status, type) => {
      const answer = await start({ profile })('GET', `/v2/app/referrers/${digestOf('x')}`)
      expect(answer.status).toBe(status)
      expect(answer.headers.get('Content-Type')).toBe(type)
    },
  )

  test('dockerHub says OCI-Subject without a list, and refuses a missing subject', async () => {
    const send = start({ profile: 'dockerHub' })
    const digest = await pushSimple(send, 'v1')
    const own = { mediaType: IMAGE, digest, size: image().length }
    const put = await putManifest(send, 'app', 'a', image({ subject: own }))
    expect(put.headers.get('OCI-Subject')).toBe(digest)
    expect((await send('GET', `/v2/app/referrers/${digest}`)).status).toBe(404)
    const orphan = await putManifest(send, 'app', 'b', image({ subject }))
    expect(await errorOf(orphan)).toBe('404 MANIFEST_UNKNOWN')
  })

  test('gitlab takes sha256-<hex> for the manifest itself, unless there is such a tag', async () => {
    const send = start({ profile: 'gitlab' })
    const digest = await pushSimple(send, 'v1')
    const tag = digest.replace(':', '-')
    const alias = await send('GET', `/v2/app/manifests/${tag}`)
    expect(alias.headers.get('Docker-Content-Digest')).toBe(digest)
    const other = await pushSimple(send, tag, { annotations: { a: 'b' } })
    const own = await send('GET', `/v2/app/manifests/${tag}`)
    expect(own.headers.get('Docker-Content-Digest')).toBe(other)
  })

  test('quay refuses to list for a subject that it does not have', async () => {
    const send = start({ profile: 'quay' })
    const digest = await pushSimple(send, 'v1')
    expect((await send('GET', `/v2/app/referrers/${digest}`)).status).toBe(200)
    const unknown = await send('GET', `/v2/app/referrers/sha256:${'0'.repeat(64)}`)
    expect(await errorOf(unknown)).toBe('400 MANIFEST_INVALID')
  })

  test('olareg says that it filtered, once', async () => {
    const send = start({ profile: 'olareg' })
    const path = `/v2/app/referrers/${digestOf('x')}?artifactType=application/x`
    const said = async () => (await send('GET', path)).headers.get('OCI-Filters-Applied')
    expect([await said(), await said()]).toEqual(['artifactType', null])
  })

  test.each(['zot1', 'ggcr', 'orasMain'] as const)(
    '%s lists images under the type of their config',
    async (profile) => {
      const send = start({ profile, referrersApi: profile === 'ggcr' ? true : undefined })
      const artifactType = 'application/x.sbom'
      await pushSimple(send, 'a', { subject, artifactType, annotations: { a: 'b' } })
      const answer = await send('GET', `/v2/app/referrers/${subject.digest}?artifactType=x/y`)
      const { manifests } = (await answer.json()) as { manifests: object[] }
      const all = await send('GET', `/v2/app/referrers/${subject.digest}`)
      const [entry] = ((await all.json()) as { manifests: object[] }).manifests
      expect(entry).toMatchObject({ artifactType: 'application/vnd.oci.empty.v1+json' })
      // ggcr alone ignores the filter, and shows no annotations.
      expect(manifests).toHaveLength(profile === 'ggcr' ? 1 : 0)
      expect('annotations' in entry!).toBe(profile !== 'ggcr')
    },
  )

  test('orasMain lists ten on a page, and no index', async () => {
    const send = start({ profile: 'orasMain' })
    await pushSimple(send, 'v1')
    const text = index([], { subject })
    const put = await putManifest(send, 'app', 'index', text, { 'Content-Type': INDEX })
    expect(put.status).toBe(201)
    for (let n = 0; n < 11; n += 1) {
      await pushSimple(send, `a${n}`, { subject, annotations: { n: String(n) } })
    }
    const first = await send('GET', `/v2/app/referrers/${subject.digest}`)
    expect(((await first.json()) as { manifests: object[] }).manifests).toHaveLength(10)
    const next = /^<([^>]+)>/.exec(first.headers.get('Link')!)![1]!
    const second = (await (await send('GET', next)).json()) as { manifests: object[] }
    expect(second.manifests).toHaveLength(1)
  })

  test('orasRc3 lists nothing as null, and takes no image with a subject', async () => {
    const send = start({ profile: 'orasRc3' })
    const digest = await pushSimple(send, 'v1')
    const list = await send('GET', `/v2/app/referrers/${digest}`)
    expect(await list.json()).toMatchObject({ manifests: null })
    const own = { mediaType: IMAGE, digest, size: image().length }
    const put = await putManifest(send, 'app', 'a', image({ subject: own }))
    expect(await errorOf(put)).toBe('400 MANIFEST_BLOB_UNKNOWN')
  })

  test('what is no digest is a path that the forks of distribution do not know', async () => {
    const list = (profile: ProfileName, path: string) =>
      start({ profile })('GET', `/v2/app/${path}`)
    for (const profile of ['orasFirst', 'orasRc'] as const) {
      const answer = await list(profile, '_oras/artifacts/referrers')
      expect(await errorOf(answer)).toBe('404 MANIFEST_UNKNOWN')
    }
    for (const profile of ['orasRc3', 'orasMain'] as const) {
      const answer = await list(profile, 'referrers/sha256:bad')
      expect([answer.status, await answer.text()]).toEqual([404, '404 page not found'])
    }
  })

  test.each(['orasFirst', 'orasRc'] as const)(
    '%s breaks a subject’s list for good when one of them is deleted',
    async (profile) => {
      const send = start({ profile })
      const digest = await pushSimple(send, 'v1')
      const type = 'application/vnd.cncf.oras.artifact.manifest.v1+json'
      const text = JSON.stringify({
        mediaType: type,
        artifactType: 'application/x',
        blobs: [],
        subject: { mediaType: IMAGE, digest, size: image().length },
      })
      const headers = { 'Content-Type': type }
      expect((await putManifest(send, 'app', digestOf(text), text, headers)).status).toBe(201)
      const list = () => send('GET', `/v2/app/_oras/artifacts/referrers?digest=${digest}`)
      const key = profile === 'orasFirst' ? 'references' : 'referrers'
      expect(await (await list()).json()).toMatchObject({ [key]: [{ digest: digestOf(text) }] })
      expect((await send('DELETE', `/v2/app/manifests/${digestOf(text)}`)).status).toBe(202)
      expect(await errorOf(await list())).toBe('500 UNKNOWN')
      await putManifest(send, 'app', digestOf(text), text, headers)
      expect(await errorOf(await list())).toBe('500 UNKNOWN')
    },
  )
})

describe('types that no header can hold', () => {
  const bodies = ['a\\r\\nX-Evil: 1', '\\u0000', 'é☃', '', 'a'.repeat(20_000)].map(
    (type) => `{"mediaType":"${type}","schemaVersion":2,"manifests":[]}`,
  )

  test.each(names)('what %s takes, it answers', async (profile) => {
    const send = start({ profile })
    for (const body of [...bodies, 'null', '[]', 'x', '']) {
      for (const type of [undefined, '', 'x', 'text/html', 'a/b; c=d']) {
        const headers = new Headers(type === undefined ? {} : { 'Content-Type': type })
        const put = await send('PUT', '/v2/app/manifests/v1', { body, headers })
        const get = await send('GET', '/v2/app/manifests/v1')
        const line = `${body.slice(0, 30)} ${type}`
        expect(put.status, line).toBeLessThan(500)
        expect(get.status, line).toBeLessThan(500)
        if (put.status === 201) expect(await get.text(), line).toBe(body)
      }
    }
  })
})

describe('uploads', () => {
  test('ghcr refuses more than 4 MiB in one request, and to cancel', async () => {
    const send = start({ profile: 'ghcr' })
    const location = locationOf(await open(send))
    const body = new Uint8Array(4 * 1024 * 1024 + 1)
    const answer = await send('PATCH', location, { body })
    expect(await errorOf(answer)).toBe('416 SIZE_INVALID')
    expect((await send('PATCH', location, { body: body.subarray(1) })).status).toBe(202)
    expect(await errorOf(await send('DELETE', location))).toBe('405 UNSUPPORTED')
  })

  test('ecr answers 201 to chunks, stands still, and wants 5 MiB but for the last', async () => {
    const send = start({ profile: 'ecr' })
    const chunk = 'x'.repeat(5 * 1024 * 1024)
    const location = locationOf(await open(send))
    for (let n = 0; n < 2; n += 1) {
      const answer = await send('PATCH', location, { body: chunk })
      expect(answer.status).toBe(201)
      expect(answer.headers.get('Range')).toBe(`0-${chunk.length - 1}`)
    }
    expect((await send('PATCH', location, { body: 'y' })).status).toBe(201)
    expect((await send('PATCH', location, { body: 'z' })).status).toBe(416)
    const digest = digestOf(`${chunk}${chunk}y`)
    expect((await send('PUT', `${location}?digest=${digest}`)).status).toBe(201)
  })

  test('cloudflare says how small and how large a chunk may be', async () => {
    const { headers } = await open(start({ profile: 'cloudflare' }))
    expect(headers.get('OCI-Chunk-Min-Length')).toBe('5242880')
    expect(headers.get('OCI-Chunk-Max-Length')).toBe('100000000')
  })

  test('quay spells ranges in its own way', async () => {
    const send = start({ profile: 'quay' })
    const opened = await open(send)
    expect(opened.headers.get('Location')).toMatch(/^http:\/\/registry\.test\/v2\//)
    expect(opened.headers.get('Range')).toBe('bytes=0--1')
    await send('PATCH', locationOf(opened), { body: '12345' })
    const status = await send('GET', locationOf(opened))
    expect(status.headers.get('Range')).toBe('bytes=0-5')
    expect(status.headers.get('Location')).toBeNull()
  })

  test('zot mounts from anywhere, and then does not look at the body', async () => {
    const send = start({ profile: 'zot' })
    const digest = await pushBlob(send, 'somewhere', 'x')
    const mount = await send('POST', `/v2/app/blobs/uploads/?mount=${digest}`)
    expect(mount.status).toBe(201)
    const other = digestOf('y')
    const path = `/v2/app/blobs/uploads/?mount=${other}&from=app&digest=${other}`
    expect((await send('POST', path, { body: 'y' })).status).toBe(202)
    expect((await send('HEAD', `/v2/app/blobs/${other}`)).status).toBe(404)
  })
})

describe('the rest', () => {
  const tag = async (send: Send, ...tags: string[]) => {
    for (const one of tags) await pushSimple(send, one)
  }

  test('zot refuses a last that is no tag, and types with parameters', async () => {
    const send = start({ profile: 'zot' })
    await tag(send, 'a', 'c')
    expect((await send('GET', '/v2/app/tags/list?last=b')).status).toBe(404)
    expect((await send('GET', '/v2/app/tags/list?last=a')).status).toBe(200)
    const type = { 'Content-Type': `${IMAGE}; charset=utf-8` }
    expect((await putManifest(send, 'app', 'v2', image(), type)).status).toBe(415)
  })

  test('zot1 links without angle brackets, olareg without quotes', async () => {
    const linkOf = async (profile: ProfileName) => {
      const send = start({ profile })
      await tag(send, 'a', 'b', 'c')
      return (await send('GET', '/v2/app/tags/list?n=2')).headers.get('Link')
    }
    expect(await linkOf('zot1')).toBe('/v2/app/tags/list?last=b&n=2; rel="next"')
    expect(await linkOf('olareg')).toBe('</v2/app/tags/list?last=b&n=2>; rel=next')
    expect(await linkOf('ggcr')).toBeNull()
  })

  test('ecr refuses a last that did not come in a link, and names no digest', async () => {
    const send = start({ profile: 'ecr' })
    await tag(send, 'a', 'b', 'c')
    const first = await send('GET', '/v2/app/tags/list?n=2')
    const next = /^<([^>]+)>/.exec(first.headers.get('Link')!)![1]!
    expect(await (await send('GET', next)).json()).toMatchObject({ tags: ['c'] })
    expect(await errorOf(await send('GET', '/v2/app/tags/list?last=a'))).toBe('405 UNSUPPORTED')
    const head = await send('HEAD', '/v2/app/manifests/a')
    expect(head.headers.get('Docker-Content-Digest')).toBeNull()
  })

  test('ghcr and quay delete nothing, and no blobs', async () => {
    const hub = start({ profile: 'ghcr' })
    await pushSimple(hub, 'v1')
    expect(await errorOf(await hub('DELETE', '/v2/app/manifests/v1'))).toBe('405 UNSUPPORTED')
    const quay = start({ profile: 'quay' })
    await pushSimple(quay, 'v1')
    const blob = await quay('DELETE', `/v2/app/blobs/${digestOf('{}')}`)
    expect(await errorOf(blob)).toBe('405 UNSUPPORTED')
    expect((await quay('DELETE', '/v2/app/manifests/v1')).status).toBe(202)
  })

  test('ggcr’s tags outlive their manifest', async () => {
    const send = start({ profile: 'ggcr' })
    const digest = await pushSimple(send, 'v1')
    expect((await send('DELETE', `/v2/app/manifests/${digest}`)).status).toBe(202)
    expect((await send('GET', `/v2/app/manifests/${digest}`)).status).toBe(404)
    expect((await send('GET', '/v2/app/manifests/v1')).status).toBe(200)
    await pushSimple(send, 'v2')
    expect((await send('GET', `/v2/app/manifests/${digest}`)).status).toBe(200)
  })
})

describe('logins', () => {
  const auth = {
    scheme: 'bearer',
    users: [{ name: 'a', password: 'b' }],
    anonymous: [{ repository: 'public', actions: ['pull'] }],
  } as const
  const wrong = { Authorization: `Basic ${btoa('a:wrong')}` }

  test('ghcr names a repository that nobody asked for, and refuses tokens as a whole', async () => {
    const send = start({ profile: 'ghcr', auth })
    const base = await send('GET', '/v2/')
    expect(base.headers.get('WWW-Authenticate')).toContain('scope="repository:user/image:pull"')
    const push = await send('GET', '/token?scope=repository:public:pull,push')
    expect(await errorOf(push)).toBe('403 DENIED')
    const pull = await send('GET', '/token?scope=repository:public:pull')
    expect(Object.keys((await pull.json()) as object)).toEqual(['token', 'scope'])
    const denied = await send('GET', '/token', { headers: wrong })
    expect(denied.headers.get('WWW-Authenticate')).toBeNull()
    expect(await errorOf(denied)).toBe('403 DENIED')
  })

  test('zot challenges in lower case, without quotes, even who is let in', async () => {
    const basic = start({ profile: 'zot', auth: { ...auth, scheme: 'basic' } })
    const headers = { Authorization: `Basic ${btoa('a:b')}` }
    const answer = await basic('GET', '/v2/', { headers })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('WWW-Authenticate')).toBe('basic realm=registry.test')
    const bearer = await start({ profile: 'zot', auth })('GET', '/v2/app/tags/list')
    expect(bearer.headers.get('WWW-Authenticate')).toBe(
      'bearer realm=http://registry.test/token,service=registry.test,scope="repository:app:pull"',
    )
  })
})
