// PROPOSAL_A.md, "Artifact Referrers API results"; ORAS artifacts-spec, manifest-referrers-api.md.
import { describe, expect, test } from 'vitest'
import { memoryStorage } from '../../../src/embedded/index.ts'
import type { Descriptor } from '../../../src/model/descriptor.ts'
import {
  descriptor,
  digestOf,
  type Entry,
  errorOf,
  IMAGE,
  INDEX,
  image,
  nextOf,
  pushImage,
  type Send,
  start,
} from '../_registry.ts'
import { ARTIFACT, artifact, digests, ORAS, pushed, read, refusedPush } from './_proposals.ts'

const digest = digestOf(image())
const subject = { mediaType: IMAGE, digest, size: image().length }

const oci = `/v2/app/_oci/artifacts/referrers?digest=${digest}`
const oras = `/v2/app/_oras/artifacts/referrers?digest=${digest}`
const draft = `/oras/artifacts/v1/app/manifests/${digest}/referrers`

async function ready(...options: Parameters<typeof start>): Promise<Send> {
  const send = start(...options)
  await pushImage(send, 'app', 'v1')
  return send
}

/** Pushes an artifact of the subject and returns its digest. */
async function attach(send: Send, more: Record<string, unknown> = {}): Promise<string> {
  return (await pushed(send, artifact({ subject, ...more }))).digest
}

const dated = (date: string, key = 'org.opencontainers.artifact.created') => ({
  annotations: { [key]: date },
})

describe.each([
  { path: oci, key: 'referrers', header: 'RefType-Api-Version', version: 'reftype/1.0' },
  { path: oras, key: 'referrers', header: 'ORAS-Api-Version', version: 'oras/1.0' },
  { path: draft, key: 'references', header: 'ORAS-Api-Version', version: null },
])('the list at $path', ({ path, key, header, version }) => {
  test('is an object with one key, of descriptors with their type', async () => {
    const send = await ready()
    const text = artifact({ subject, annotations: { a: 'b' } })
    const { digest, size } = await pushed(send, text)
    const answer = await send('GET', path)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Content-Type')).toBe('application/json')
    expect(answer.headers.get(header)).toBe(version)
    expect(answer.headers.get('Link')).toBeNull()
    expect(await answer.json()).toEqual({
      [key]: [{ mediaType: ARTIFACT, digest, size, artifactType: 'sbom/example' }],
    })
  })

  test('is empty where there are none, also without the subject or its repository', async () => {
    const send = await ready()
    for (const place of [
      path,
      path.replaceAll(digest, digestOf('no')),
      path.replace('app', 'no'),
    ]) {
      expect(await read(send, place)).toEqual({ [key]: [] })
    }
  })

  test('has artifacts of both types, and neither images nor what is about others', async () => {
    const send = await ready()
    const both = [await attach(send), await attach(send, { mediaType: ORAS })]
    await pushed(send, image({ subject, artifactType: 'sbom/example' }))
    await pushed(send, artifact())
    expect((await digests(send, path)).sort()).toEqual(both.sort())
  })

  test('is newest first, by any spelling of the date, and undated ones come last', async () => {
    const send = await ready()
    const undated = [await attach(send), await attach(send, dated('yesterday'))]
    const second = await attach(send, dated('2022-04-26T16:00:00Z', 'org.oci.artifact.created'))
    const fourth = await attach(send, dated('2022-04-26T18:59:59+03:00'))
    const first = await attach(send, dated('2022-04-27T00:00:00Z', 'io.cncf.oras.artifact.created'))
    const third = await attach(send, dated('2022-04-26T15:59:59.9Z'))
    const last = await attach(send, dated('1969-07-20T20:17:40Z'))
    const found = await digests(send, path)
    expect(found.slice(0, 5)).toEqual([first, second, third, fourth, last])
    expect(found.slice(5).sort()).toEqual(undated.sort())
  })

  test('is filtered by artifactType, and nothing says so', async () => {
    const send = await ready()
    const sbom = await attach(send, { artifactType: 'application/spdx+json' })
    const signature = await attach(send, { artifactType: 'signature/example' })
    await attach(send, { artifactType: 'scan/example' })
    const more = path.includes('?') ? '&' : '?'
    const filtered = `${path}${more}artifactType=application%2Fspdx%2Bjson`
    expect(await digests(send, filtered)).toEqual([sbom])
    expect((await send('GET', filtered)).headers.get('OCI-Filters-Applied')).toBeNull()
    const either = await digests(send, `${filtered}&artifactType=signature/example`)
    expect(either.sort()).toEqual([sbom, signature].sort())
    expect(await digests(send, `${path}${more}artifactType=none/none`)).toEqual([])
    expect(await digests(send, `${path}${more}artifactType=`)).toHaveLength(3)
  })

  test('goes in pages of n, in one order, and keeps the filter', async () => {
    const send = await ready()
    const wanted: string[] = []
    for (let n = 0; n < 7; n += 1) {
      const date = n < 4 ? dated(`2022-04-2${n}T00:00:00Z`) : { annotations: { n: String(n) } }
      wanted.push(await attach(send, date))
      await attach(send, { ...date, artifactType: 'other/type' })
    }
    const found: string[] = []
    const sizes: number[] = []
    const more = path.includes('?') ? '&' : '?'
    let next: string | undefined = `${path}${more}n=3&artifactType=sbom/example`
    while (next) {
      const answer: Response = await send('GET', next)
      expect(answer.headers.get(header)).toBe(version)
      const list = ((await answer.json()) as Record<string, Entry[]>)[key]!
      sizes.push(list.length)
      found.push(...list.map(({ digest }) => digest))
      next = nextOf(answer)
    }
    expect(sizes).toEqual([3, 3, 1])
    expect(found.slice(0, 4)).toEqual(wanted.slice(0, 4).reverse())
    expect(found.slice(4).sort()).toEqual(wanted.slice(4).sort())
  })

  test('refuses an n that is none, and a token that no link said', async () => {
    const send = await ready()
    const more = path.includes('?') ? '&' : '?'
    for (const n of ['0', '-1', 'abc', '', '1.5', '1e3', '9'.repeat(16)]) {
      const answer = await send('GET', `${path}${more}n=${n}`)
      expect(await errorOf(answer)).toBe('400 PAGINATION_NUMBER_INVALID')
    }
    for (const token of ['', 'x', '*', btoa('undated sha256:x'), btoa(digest)]) {
      const answer = await send('GET', `${path}${more}nextToken=${encodeURIComponent(token)}`)
      expect(await errorOf(answer)).toBe('400 MALFORMED_NEXTTOKEN')
    }
  })

  test('is read only, and answers HEAD', async () => {
    const send = await ready()
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const answer = await send(method, path)
      expect(await errorOf(answer)).toBe('405 UNSUPPORTED')
      expect(answer.headers.get('Allow')).toBe('GET, HEAD')
    }
    const head = await send('HEAD', path)
    expect(head.status).toBe(200)
    expect(head.headers.get(header)).toBe(version)
    expect(await head.text()).toBe('')
  })

  test('loses an artifact when its digest is deleted, not when its tag is', async () => {
    const send = await ready()
    const kept = await attach(send)
    const { digest: gone } = await pushed(send, artifact({ subject, annotations: { a: 'b' } }), {
      reference: 'sbom',
    })
    await send('DELETE', '/v2/app/manifests/sbom')
    expect(await digests(send, path)).toHaveLength(2)
    await send('DELETE', `/v2/app/manifests/${gone}`)
    expect(await digests(send, path)).toEqual([kept])
  })
})

describe('the lists of artifacts', () => {
  test('have at most a page’s entries, whatever n asks for', async () => {
    const send = await ready({ pageSize: 2 })
    for (let n = 0; n < 3; n += 1) await attach(send, { annotations: { n: String(n) } })
    for (const path of [oci, `${oci}&n=100`]) {
      const answer = await send('GET', path)
      expect(((await answer.json()) as { referrers: [] }).referrers).toHaveLength(2)
      expect(await digests(send, nextOf(answer)!)).toHaveLength(1)
    }
    expect((await send('GET', `${oci}&n=1`)).headers.get('Link')).not.toBeNull()
  })

  test('skip nothing when an artifact of an earlier page goes while paging', async () => {
    const send = await ready()
    for (let n = 1; n < 5; n += 1) await attach(send, dated(`2022-04-0${n}T00:00:00Z`))
    const first = await send('GET', `${oci}&n=2`)
    const { referrers } = (await first.json()) as { referrers: Entry[] }
    for (const { digest } of referrers) await send('DELETE', `/v2/app/manifests/${digest}`)
    expect(await digests(send, nextOf(first)!)).toHaveLength(2)
  })

  test('refuse a digest that is missing or none', async () => {
    const send = await ready()
    for (const path of [
      '/v2/app/_oci/artifacts/referrers',
      '/v2/app/_oci/artifacts/referrers?digest=',
      '/v2/app/_oras/artifacts/referrers?digest=v1',
      '/oras/artifacts/v1/app/manifests/v1/referrers',
    ]) {
      expect(await errorOf(await send('GET', path))).toBe('400 DIGEST_INVALID')
    }
  })

  test('take a digest whose colon is percent-encoded', async () => {
    const send = await ready()
    const about = await attach(send)
    const path = oci.replace('sha256:', 'sha256%3A')
    expect(await digests(send, path)).toEqual([about])
  })

  test('show pages what version they are', async () => {
    const answer = await (await ready())('GET', oci)
    const exposed = answer.headers.get('Access-Control-Expose-Headers')
    expect(exposed).toContain('RefType-Api-Version')
    expect(exposed).toContain('ORAS-Api-Version')
  })

  test('look at a page’s entries and one more, of 2000 as of 200', async () => {
    const costs: number[] = []
    for (const count of [200, 2000]) {
      const inner = memoryStorage()
      for (let n = 0; n < count; n += 1) {
        const one = digestOf(String(n)) as Descriptor['digest']
        const referrer = { mediaType: ARTIFACT, digest: one, size: 0, artifactType: 'a/b' }
        const links = [{ relation: 'artifact', subject: digest as typeof one, referrer }]
        const stored = { digest: one, mediaType: ARTIFACT, bytes: new Uint8Array() }
        await inner.repository('app').putManifest(stored, [], links)
      }
      let looked = 0
      const send = start({
        storage: {
          repository: (name) => ({
            ...inner.repository(name),
            async *listReferrers(...query) {
              for await (const entry of inner.repository(name).listReferrers(...query)) {
                looked += 1
                yield entry
              }
            },
          }),
        },
      })
      expect(await digests(send, `${oci}&n=100`)).toHaveLength(100)
      costs.push(looked)
    }
    expect(costs).toEqual([101, 101])
  })
})

describe('OCI 1.1’s list', () => {
  test('has artifact manifests too, as every manifest with a subject', async () => {
    const send = await ready()
    const text = artifact({ subject, annotations: { a: 'b' } })
    const put = await send('PUT', '/v2/app/manifests/sbom', {
      body: text,
      headers: { 'Content-Type': ARTIFACT },
    })
    expect(put.headers.get('OCI-Subject')).toBe(digest)
    const answer = await send('GET', `/v2/app/referrers/${digest}?artifactType=sbom/example`)
    expect(answer.headers.get('OCI-Filters-Applied')).toBe('artifactType')
    expect(await answer.json()).toEqual({
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [
        { ...descriptor(text, ARTIFACT), artifactType: 'sbom/example', annotations: { a: 'b' } },
      ],
    })
  })
})

describe('discovery of extensions', () => {
  test('names the endpoints of a repository, which need not be there', async () => {
    const send = start()
    for (const name of ['app', 'team/app']) {
      const { extensions } = await read<{ extensions: Record<string, unknown>[] }>(
        send,
        `/v2/${name}/_oci/ext/discover`,
      )
      expect(extensions.map(({ name, endpoints }) => ({ name, endpoints }))).toEqual([
        { name: '_oci', endpoints: ['_oci/ext/discover', '_oci/artifacts/referrers'] },
        { name: '_oras', endpoints: ['_oras/artifacts/referrers'] },
      ])
      for (const { url, description } of extensions) {
        expect(url).toMatch(/^https:/)
        expect(description).toEqual(expect.any(String))
      }
    }
    expect(await read(send, '/v2/_oci/ext/discover')).toEqual({ extensions: [] })
  })

  test('has an older shape, of names alone', async () => {
    const send = start()
    expect(await read(send, '/v2/team/app/_ext/discover')).toEqual({
      name: 'team/app',
      extensions: [{ name: '_oci/artifacts/referrers' }, { name: '_oras/artifacts/referrers' }],
    })
    expect(await read(send, '/v2/_ext/discover')).toEqual({ extensions: [] })
  })
})

describe('the first generation of ORAS', () => {
  const first = () => ready({ artifactApi: 'oras-first', referrersApi: false })

  test('takes its own manifest alone, and only with a subject', async () => {
    const send = await first()
    await attach(send, { mediaType: ORAS })
    expect(await refusedPush(send, artifact({ subject }))).toBe('400 MANIFEST_INVALID')
    expect(await refusedPush(send, artifact({ mediaType: ORAS }))).toBe('400 MANIFEST_INVALID')
    const missing = { ...subject, digest: digestOf('missing') }
    const text = artifact({ mediaType: ORAS, subject: missing })
    expect(await refusedPush(send, text)).toBe('400 MANIFEST_BLOB_UNKNOWN')
  })

  test('lists under the older key, in the order of digests, all at once, unfiltered', async () => {
    const send = await first()
    const found: string[] = []
    for (let n = 1; n < 6; n += 1) {
      found.push(await attach(send, { mediaType: ORAS, ...dated(`2022-04-0${n}T00:00:00Z`) }))
    }
    await pushed(send, image({ subject }))
    const answer = await send('GET', `${oras}&n=2&artifactType=none/none`)
    expect(answer.headers.get('ORAS-Api-Version')).toBe('oras/1.0')
    expect(answer.headers.get('Link')).toBeNull()
    const { references } = (await answer.json()) as { references: Entry[] }
    expect(references.map(({ digest }) => digest)).toEqual(found.sort())
    for (const path of [oci, draft]) {
      expect(await errorOf(await send('GET', path))).toBe('404 UNSUPPORTED')
    }
  })

  test('is discovered by names without an underscore', async () => {
    const send = await first()
    expect(await read(send, '/v2/app/_oci/ext/discover')).toMatchObject({
      name: 'app',
      extensions: [{ name: 'oras', endpoints: ['_oras/artifacts/referrers'] }],
    })
    expect((await send('GET', '/v2/_oci/ext/discover')).status).toBe(404)
    expect(await read(send, '/v2/app/_ext/discover')).toEqual({
      name: 'app',
      extensions: [{ name: '_oras/artifacts/referrers' }],
    })
    expect(await read(send, '/v2/_ext/discover')).toEqual({ extensions: null })
  })
})

describe('ORAS’s release candidates', () => {
  test('take their own manifest, and list newest first at one path', async () => {
    const send = await ready({ artifactApi: 'oras', referrersApi: false })
    const old = await attach(send, { mediaType: ORAS, ...dated('2021-01-01T00:00:00Z') })
    const young = await attach(send, { mediaType: ORAS, ...dated('2022-01-01T00:00:00Z') })
    await pushed(send, artifact({ mediaType: ORAS }))
    expect(await refusedPush(send, artifact({ subject }))).toBe('400 MANIFEST_INVALID')
    expect(await digests(send, oras)).toEqual([young, old])
    for (const path of [oci, draft, `/v2/app/referrers/${digest}`]) {
      expect(await errorOf(await send('GET', path))).toBe('404 UNSUPPORTED')
    }
  })
})

describe('the release candidates of OCI 1.1', () => {
  const candidate = (more = {}) => ready({ artifactApi: 'rc', ...more })
  const path = `/v2/app/referrers/${digest}`

  test('list artifacts as an image index, and tell the filter by an annotation', async () => {
    const send = await candidate()
    const text = artifact({ subject, annotations: { a: 'b' } })
    const one = await pushed(send, text)
    await attach(send, { artifactType: 'other/type' })
    const entry = { ...one, artifactType: 'sbom/example', annotations: { a: 'b' } }
    const answer = await send('GET', `${path}?artifactType=sbom/example`)
    expect(answer.headers.get('OCI-Filters-Applied')).toBeNull()
    expect(answer.headers.get('Content-Type')).toBe(INDEX)
    expect(await answer.json()).toEqual({
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [entry],
      annotations: { 'org.opencontainers.referrers.filtersApplied': 'artifactType' },
    })
    expect(Object.keys(await read(send, path))).not.toContain('annotations')
  })

  test.each([true, false])(
    'do not say OCI-Subject, list images too, need no type (referrersApi %s)',
    async (referrersApi) => {
      const send = await candidate({ referrersApi })
      const text = artifact({ subject, artifactType: undefined })
      const put = await send('PUT', '/v2/app/manifests/a', {
        body: text,
        headers: { 'Content-Type': ARTIFACT },
      })
      expect(put.status).toBe(201)
      expect(put.headers.get('OCI-Subject')).toBeNull()
      await pushed(send, image({ subject }))
      const { manifests } = await read<{ manifests: Entry[] }>(send, path)
      expect(manifests).toHaveLength(2)
      expect(manifests).toContainEqual(descriptor(text, ARTIFACT))
    },
  )

  test('know neither ORAS’s manifest nor the lists of proposal A', async () => {
    const send = await candidate()
    const text = artifact({ subject, mediaType: ORAS })
    expect(await refusedPush(send, text)).toBe('400 MANIFEST_INVALID')
    for (const path of [oci, oras, draft, '/v2/app/_oci/ext/discover']) {
      expect(await errorOf(await send('GET', path))).toBe('404 UNSUPPORTED')
    }
  })
})

test('a dialect that is not known is refused', () => {
  expect(() => start({ artifactApi: 'toString' as 'rc' })).toThrow('artifactApi')
})
