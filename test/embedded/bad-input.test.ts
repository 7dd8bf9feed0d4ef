// Bad requests get the right status and code, and none changes anything. What the storage was told to
// do is the witness.
import { request as httpRequest } from 'node:http'
import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { serve } from '../../src/node/index.ts'
import { storages } from '../_storages.ts'
import { plain, rows, simple, simpleDigest, subject } from './_bad-input.ts'
import {
  digestOf,
  errorOf,
  IMAGE,
  image,
  pushBlob,
  pushImage,
  type Send,
  start,
} from './_registry.ts'
import { witness } from './_witness.ts'

async function prepare() {
  const { storage, changes, open } = witness(await storages.open())
  const send = start({ storage })
  await pushBlob(send, 'app', 'plain')
  await pushImage(send, 'app', 'v1')
  await pushImage(send, 'app', 'sbom', { subject })
  const session = async (name: string) => {
    const location = (await send('POST', `/v2/${name}/blobs/uploads/`)).headers.get('Location')!
    await send('PATCH', location, { body: 'xyz' })
    return location
  }
  const own = await session('app')
  const other = (await session('other')).replace('/other/', '/app/')
  changes.length = 0
  const path = (text: string) => text.replace('{session}', own).replace('{other session}', other)
  return { send, path, changes, open, session: own }
}

/** Everything that clients can see. */
async function stateOf(send: Send, session: string): Promise<unknown[]> {
  const paths = [
    '/v2/app/tags/list',
    '/v2/app/manifests/v1',
    '/v2/app/manifests/sbom',
    `/v2/app/blobs/${plain.digest}`,
    `/v2/app/referrers/${simpleDigest}`,
    session,
  ]
  return Promise.all(
    paths.map(async (path) => {
      const answer = await send('GET', path)
      return [path, answer.status, [...answer.headers], await answer.text()]
    }),
  )
}

describe.each(Object.entries(rows))('%s', (_, list) => {
  test('is refused, and changes nothing', async () => {
    const { send, path, changes, open, session } = await prepare()
    const before = await stateOf(send, session)
    const [answers, expected]: [string[], string[]] = [[], []]
    for (const [method, text, answer, init] of list) {
      const line = `${method} ${text.slice(0, 150)} ${new Headers(init?.headers).get('Content-Range') ?? ''}`
      const response = await send(method, path(text), init)
      expect(response.headers.get('Content-Type'), line).toBe('application/json')
      answers.push(`${line} ${await errorOf(response)}`)
      expected.push(`${line} ${answer}`)
    }
    expect(answers).toEqual(expected)
    expect(changes).toEqual([])
    // The two sessions are still open, and no other upload is.
    expect(open()).toBe(2)
    expect(await stateOf(send, session)).toEqual(before)
  })
})

test('a session outlives everything that was wrong with its chunks, and ends well', async () => {
  const { send, path } = await prepare()
  for (const [method, text, , init] of rows['a chunk that does not follow']!) {
    await send(method, path(text), init)
  }
  const headers = { 'Content-Range': '3-5' }
  const end = path(`{session}?digest=${digestOf('xyzabc')}`)
  expect((await send('PUT', end, { body: 'abc', headers })).status).toBe(201)
})

test('a chunk that is not as long as it says ends where it said', async () => {
  const { send, path, changes } = await prepare()
  for (const body of ['ab', 'abcd']) {
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(body))
        controller.close()
      },
    })
    const at = Number((await send('GET', path('{session}'))).headers.get('Range')!.slice(2)) + 1
    const init = { body: stream, duplex: 'half', headers: { 'Content-Range': `${at}-${at + 2}` } }
    const answer = await send('PATCH', path('{session}'), init as RequestInit)
    expect(await errorOf(answer)).toBe('400 SIZE_INVALID')
  }
  expect(changes).toEqual([])
})

test.each(['bytes=abc', 'bytes=1-2,3-4', 'items=0-1', 'bytes=-', '0-1', ''])(
  'a Range of %j is none, and the whole blob comes',
  async (range) => {
    const { send, changes } = await prepare()
    const answer = await send('GET', `/v2/app/blobs/${plain.digest}`, { headers: { Range: range } })
    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe('plain')
    expect(changes).toEqual([])
  },
)

test('n=0 is a list of nothing', async () => {
  const { send } = await prepare()
  const answer = await send('GET', '/v2/app/tags/list?n=0')
  expect(await answer.json()).toEqual({ name: 'app', tags: [] })
})

test('__proto__ is a key like any other, kept as it was and in nobody’s way', async () => {
  const { send } = await prepare()
  const text = image({ subject, annotations: { a: 'b' } }).replace(
    '"annotations":{',
    '"__proto__":{"polluted":true},"annotations":{"__proto__":"x","constructor":"y",',
  )
  const headers = { 'Content-Type': IMAGE }
  const put = await send('PUT', '/v2/app/manifests/proto', { body: text, headers })
  expect(put.status).toBe(201)
  expect(put.headers.get('OCI-Subject')).toBe(simpleDigest)
  expect(await (await send('GET', '/v2/app/manifests/proto')).text()).toBe(text)
  const list = await (await send('GET', `/v2/app/referrers/${simpleDigest}`)).text()
  expect(list).toContain('"annotations":{"__proto__":"x","constructor":"y","a":"b"}')
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
})

test('paths that climb or hide a slash, sent as they are, find no endpoint or no name', async () => {
  const { storage, changes } = witness(await storages.open())
  const server = await serve(embeddedRegistry({ storage }))
  const statusOf = (path: string) =>
    new Promise<number>((resolve, reject) => {
      httpRequest(server.url, { path, method: 'PUT', headers: { 'Content-Type': IMAGE } })
        .on('response', (answer) => resolve(answer.resume().statusCode ?? 0))
        .on('error', reject)
        .end(simple)
    })
  try {
    for (const path of [
      '/v2/../../etc/manifests/v1',
      '/v2/app/../../../manifests/v1',
      '/v2/..%2f..%2fetc/manifests/v1',
      '/v2/app/manifests/..',
      '/v2/app/manifests/../../x',
      '/v2/app/manifests/..%2f..%2fx',
      '/v2/%2e%2e/manifests/v1',
      '/v2/app%2F..%2F..%2Fx/manifests/v1',
      '/v2/app\\..\\x/manifests/v1',
      '//v2/app/manifests/v1',
    ]) {
      expect([400, 404, 405], path).toContain(await statusOf(path))
    }
  } finally {
    await server.close()
  }
  expect(changes).toEqual([])
})
