import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { gateway } from '../../src/gateway/index.ts'
import { attach, referrers, repository } from '../../src/index.ts'
import { deleteManifest, getManifest } from '../../src/registry/index.ts'
import { all, pushImage } from '../_image.ts'
import { OWN, setUp } from './_gateway.ts'

const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
const note = { artifactType: 'text/plain', annotations: { n: '1' } }
const empty = {
  mediaType: 'application/vnd.oci.empty.v1+json',
  digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
  size: 2,
}

const hex = async (bytes: Uint8Array<ArrayBuffer>, name = 'SHA-256') =>
  Buffer.from(await crypto.subtle.digest(name, bytes)).toString('hex')

/** A manifest with a subject as a client sends it. */
async function artifactOf(subject: object, n = 'sent') {
  const manifest = {
    schemaVersion: 2,
    mediaType: IMAGE,
    artifactType: 'text/plain',
    config: empty,
    layers: [empty],
    subject,
    annotations: { n },
  }
  const body = new TextEncoder().encode(JSON.stringify(manifest))
  return { body, digest: `sha256:${await hex(body)}` }
}

/** Answers with a body that is seen to be read or let go. */
function watched() {
  const open = new Set<Response>()
  return {
    open,
    waits: true,
    watch({ status, headers }: Response): Response {
      let sent = false
      const body = new ReadableStream(
        {
          pull(controller) {
            if (sent) {
              open.delete(answer)
              controller.close()
            } else controller.enqueue(new Uint8Array(1))
            sent = true
          },
          cancel: () => void open.delete(answer),
        },
        { highWaterMark: 0 },
      )
      const answer = new Response(body, { status, headers })
      open.add(answer)
      return answer
    },
  }
}

async function pushed(options: Parameters<typeof setUp>[0] = {}) {
  const made = setUp(options)
  const subject = await pushImage(made.direct)
  // The empty blob is there.
  await attach(made.direct, 'v1', note, { settle: 0 })
  const put = (reference: string, body: Uint8Array<ArrayBuffer>) =>
    made.ask(`/v2/team/app/manifests/${reference}`, {
      method: 'PUT',
      body,
      headers: { 'content-type': IMAGE },
    })
  return { ...made, subject, put }
}

describe('a manifest with a subject', () => {
  test('is stored as it came, entered into the list, and acknowledged', async () => {
    const { direct, put, subject } = await pushed()
    const { body, digest } = await artifactOf(subject)
    const answer = await put(digest, body)
    expect(answer.status).toBe(201)
    expect(answer.headers.get('oci-subject')).toBe(subject.digest)
    expect(answer.headers.get('docker-content-digest')).toBe(digest)
    expect(answer.headers.get('location')).toBe(`/v2/team/app/manifests/${digest}`)
    const found = await all(referrers(direct, subject))
    expect(found.map((one) => one.digest)).toContain(digest)
  })

  test('keeps what others enter at the same time, through two gateways and directly', async () => {
    const { direct, through, beside, subject } = await pushed()
    const repos = [direct, through, beside]
    const attached = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        attach(repos[i % 3]!, subject, { ...note, annotations: { i: `${i}` } }),
      ),
    )
    const found = (await all(referrers(direct, subject))).map(({ digest }) => digest)
    expect(found).toEqual(expect.arrayContaining(attached.map(({ digest }) => digest)))
  })

  test('is only stored where the upstream lists it by itself', async () => {
    const { ask, put, subject, sent } = await pushed({ registry: {} })
    // What the upstream supports is seen by a list.
    await ask(`/v2/team/app/referrers/${subject.digest}`)
    sent.length = 0
    const { body, digest } = await artifactOf(subject)
    const answer = await put(digest, body)
    expect(answer.headers.get('oci-subject')).toBe(subject.digest)
    expect(sent.map(({ method }) => method)).toEqual(['PUT'])
  })

  test('by another digest than sha256 is entered by that digest', async () => {
    const { direct, put, subject } = await pushed({ registry: { referrersApi: false } })
    const { body, digest: other } = await artifactOf(subject)
    const digest = `sha512:${await hex(body, 'SHA-512')}`
    const answer = await put(digest, body)
    expect([answer.status, answer.headers.get('oci-subject')]).toEqual([201, subject.digest])
    const found = (await all(referrers(direct, subject))).map((one) => one.digest)
    expect(found).toContain(digest)
    expect(found).not.toContain(other)
  })

  test('that the upstream refuses is refused with its answer, and no list is written', async () => {
    const { put, subject, sent } = await pushed()
    const { digest } = await artifactOf(subject)
    const other = await artifactOf(subject, '2')
    const answer = await put(digest, other.body)
    expect(answer.status).toBe(400)
    expect((await answer.json()).errors[0].code).toBe('DIGEST_INVALID')
    expect(sent.filter(({ method }) => method === 'PUT')).toHaveLength(1)
  })

  test.each([
    [2, 201, 3],
    [100, 400, 5],
  ])(
    'is sent again where a blob is said to be missing, which another client writes: %i times',
    async (refusals, status, sent) => {
      let puts = 0
      const { put, subject } = await pushed({
        upstreamFetch: (fetch) => async (request) => {
          const isIt = request.method === 'PUT' && request.url.endsWith('/manifests/it')
          if (!isIt || ++puts > refusals) return fetch(request)
          const errors = [{ code: 'DIGEST_INVALID' }, { code: 'MANIFEST_BLOB_UNKNOWN' }]
          return Response.json({ errors }, { status: 400 })
        },
      })
      const { body } = await artifactOf(subject)
      const answer = await put('it', body)
      expect([answer.status, puts]).toEqual([status, sent])
      if (status === 400) expect((await answer.json()).errors).toHaveLength(2)
    },
  )

  test('is entered again where a blob is said to be missing only then', async () => {
    let puts = 0
    const { direct, put, subject } = await pushed({
      upstreamFetch: (fetch) => async (request) => {
        const isIt = request.method === 'PUT' && request.url.includes('/manifests/sha256:')
        if (!isIt || ++puts > 2) return fetch(request)
        return Response.json({ errors: [{ code: 'MANIFEST_BLOB_UNKNOWN' }] }, { status: 400 })
      },
    })
    const { body, digest } = await artifactOf(subject)
    const answer = await put('it', body)
    expect([answer.status, answer.headers.get('oci-subject')]).toEqual([201, subject.digest])
    const found = await all(referrers(direct, subject))
    expect(found.map((one) => one.digest)).toContain(digest)
  })

  test('whose entry could not be written is not acknowledged', async () => {
    const { put, subject } = await pushed({
      upstreamFetch: (fetch) => async (request) =>
        request.method === 'PUT' && request.url.includes('/manifests/sha256-')
          ? new Response(null, { status: 403 })
          : fetch(request),
    })
    const { body, digest } = await artifactOf(subject)
    const answer = await put(digest, body)
    expect(answer.ok).toBe(false)
    expect(answer.headers.has('oci-subject')).toBe(false)
  })

  test('lets go of what the upstream said where the entry fails: its connection would never be free', async () => {
    const bodies = watched()
    const { put, subject } = await pushed({
      upstreamFetch: (fetch) => async (request) => {
        if (request.method !== 'PUT' || bodies.waits) return fetch(request)
        if (request.url.includes('/manifests/sha256-')) return new Response(null, { status: 403 })
        return bodies.watch(await fetch(request))
      },
    })
    bodies.waits = false
    const { body } = await artifactOf(subject)
    expect((await put('v2', body)).status).toBe(403)
    expect(bodies.open.size).toBe(0)
  })
})

test('a manifest of more than 4 MiB is refused before it is sent', async () => {
  const { put, sent } = await pushed()
  sent.length = 0
  const answer = await put('v2', new Uint8Array(4 * 1024 * 1024 + 1))
  expect(answer.status).toBe(413)
  expect(sent).toEqual([])
})

test.each([
  ['no JSON', 'x'],
  ['no manifest', '{"subject":1}'],
  ['an image', JSON.stringify({ schemaVersion: 2, mediaType: IMAGE, config: empty, layers: [] })],
])('%s is for the upstream to take or refuse', async (_, text) => {
  const { put, sent, direct } = await pushed()
  sent.length = 0
  const body = new TextEncoder().encode(text)
  const answer = await put('v2', body)
  expect(sent).toHaveLength(1)
  expect(answer.headers.has('oci-subject')).toBe(false)
  expect(direct.name).toBe('team/app')
})

describe('a delete', () => {
  test('takes the entry out of the list', async () => {
    const { direct, through, subject } = await pushed()
    const [before] = await all(referrers(direct, subject))
    await deleteManifest(through, before!.digest)
    const { bytes } = await getManifest(direct, subject.digest.replace(':', '-'))
    expect(JSON.parse(new TextDecoder().decode(bytes)).manifests).toEqual([])
  })

  test.each([
    ['that somebody else has done meanwhile takes the entry out too', true, 0],
    ['that the upstream hides from the client leaves the entry', false, 1],
  ])('%s', async (_, isDone, left) => {
    const { ask, direct, subject } = await pushed({
      upstreamFetch: (fetch) => async (request) => {
        if (request.method !== 'DELETE') return fetch(request)
        if (isDone) await fetch(request)
        return new Response(null, { status: 404 })
      },
    })
    const [before] = await all(referrers(direct, subject))
    const path = `/v2/team/app/manifests/${before!.digest}`
    expect((await ask(path, { method: 'DELETE' })).status).toBe(404)
    const { bytes } = await getManifest(direct, subject.digest.replace(':', '-'))
    expect(JSON.parse(new TextDecoder().decode(bytes)).manifests).toHaveLength(left)
  })

  test('that the upstream refuses leaves the entry', async () => {
    const { ask, direct, subject } = await pushed({
      upstreamFetch: (fetch) => async (request) =>
        request.method === 'DELETE' ? new Response(null, { status: 405 }) : fetch(request),
    })
    const [before] = await all(referrers(direct, subject))
    const path = `/v2/team/app/manifests/${before!.digest}`
    expect((await ask(path, { method: 'DELETE' })).status).toBe(405)
    expect(await all(referrers(direct, subject))).toHaveLength(1)
  })
})

test('before a registry with tokens a delete asks for a token for all of it before it deletes anything', async () => {
  const auth = { scheme: 'bearer', users: [{ name: 'a', password: 'b' }] } as const
  const upstream = embeddedRegistry({ profile: 'distribution2', auth })
  const credentials = { username: 'a', password: 'b' }
  const direct = repository('upstream.test/team/app', { fetch: upstream.fetch, credentials })
  const { fetch } = gateway({ upstream: 'https://upstream.test', fetch: upstream.fetch })
  const subject = await pushImage(direct)
  const made = await attach(direct, subject, note, { settle: 0 })
  /** As clients do that need to delete: they ask for what they know of, then for what they are told. */
  const remove = async (scope: string): Promise<readonly number[]> => {
    const basic = { authorization: `Basic ${btoa('a:b')}` }
    const query = new URLSearchParams({ service: 'upstream.test', scope })
    const tokenUrl = `${OWN}/token?${query}`
    const { token } = await (await fetch(new Request(tokenUrl, { headers: basic }))).json()
    const url = `${OWN}/v2/team/app/manifests/${made.digest}`
    const headers = { authorization: `Bearer ${token}` }
    const { status, headers: got } = await fetch(new Request(url, { method: 'DELETE', headers }))
    const [, more] = /scope="([^"]*)"/.exec(got.get('www-authenticate') ?? '') ?? []
    return more ? [status, ...(await remove(more))] : [status]
  }
  expect(await remove('repository:team/app:pull,delete')).toEqual([401, 202])
  const { bytes } = await getManifest(direct, subject.digest.replace(':', '-'))
  expect(JSON.parse(new TextDecoder().decode(bytes)).manifests).toEqual([])
})

test('our own client attaches through it as to a registry with the API', async () => {
  const { direct, through } = setUp()
  const subject = await pushImage(through)
  const made = await attach(through, 'v1', note)
  expect(made.via[0]).toMatchObject({ source: 'referrers-api' })
  expect((await all(referrers(direct, subject))).map(({ digest }) => digest)).toEqual([made.digest])
})
