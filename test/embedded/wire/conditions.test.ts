import { expect, test } from 'vitest'
import { digestOf, errorOf, image, pushBlob, pushImage, putManifest, start } from '../_registry.ts'

test('a manifest has its digest for an ETag, also when just pushed', async () => {
  const send = start()
  await pushBlob(send, 'app', '{}')
  const etag = `"${digestOf(image())}"`
  expect((await putManifest(send, 'app', 'v1', image())).headers.get('ETag')).toBe(etag)
  expect((await send('GET', '/v2/app/manifests/v1')).headers.get('ETag')).toBe(etag)
  expect((await send('HEAD', '/v2/app/manifests/v1')).headers.get('ETag')).toBe(etag)
})

test('a GET of what the client has answers 304 without a body', async () => {
  const send = start()
  const digest = await pushImage(send, 'app', 'v1')
  const get = (ifNoneMatch: string) =>
    send('GET', '/v2/app/manifests/v1', { headers: { 'If-None-Match': ifNoneMatch } })
  for (const header of [`"${digest}"`, `W/"${digest}"`, `"x", "${digest}"`, '*']) {
    const answer = await get(header)
    expect(answer.status, header).toBe(304)
    expect(answer.headers.get('ETag')).toBe(`"${digest}"`)
    expect(await answer.text()).toBe('')
  }
  expect((await get('"x"')).status).toBe(200)
})

test('If-Match lets a write through only while the tag is what it was', async () => {
  const send = start()
  const first = await pushImage(send, 'app', 'v1')
  const put = (headers: Record<string, string>, note: string) =>
    putManifest(send, 'app', 'v1', image({ annotations: { note } }), headers)
  expect((await put({ 'If-Match': `"${first}"` }, 'second')).status).toBe(201)
  const late = await put({ 'If-Match': `"${first}"` }, 'third')
  const second = digestOf(image({ annotations: { note: 'second' } }))
  expect(late.headers.get('ETag')).toBe(`"${second}"`)
  expect(await errorOf(late)).toBe('412 PRECONDITION_FAILED')
  expect((await put({ 'If-Match': `W/"${second}"` }, 'third')).status).toBe(412)
  expect((await put({ 'If-Match': '*' }, 'third')).status).toBe(201)
})

test('If-Match fails where there is nothing', async () => {
  const send = start()
  await pushBlob(send, 'app', '{}')
  const answer = await putManifest(send, 'app', 'v1', image(), { 'If-Match': '*' })
  expect(answer.status).toBe(412)
  expect((await send('HEAD', '/v2/app/manifests/v1')).status).toBe(404)
})

test('If-None-Match: * creates a tag and never replaces it', async () => {
  const send = start()
  await pushBlob(send, 'app', '{}')
  const headers = { 'If-None-Match': '*' }
  expect((await putManifest(send, 'app', 'v1', image(), headers)).status).toBe(201)
  expect((await putManifest(send, 'app', 'v1', image({ x: 1 }), headers)).status).toBe(412)
})

test('of many writers with the same If-Match one gets through', async () => {
  const send = start()
  const first = await pushImage(send, 'app', 'v1')
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, note) =>
      putManifest(send, 'app', 'v1', image({ annotations: { note: String(note) } }), {
        'If-Match': `"${first}"`,
      }),
    ),
  )
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
  expect(answers.filter(({ status }) => status === 412)).toHaveLength(19)
})

test('a DELETE heeds If-Match', async () => {
  const send = start()
  const first = await pushImage(send, 'app', 'v1')
  const second = await pushImage(send, 'app', 'v1', { annotations: { a: 'b' } })
  const remove = (digest: string) =>
    send('DELETE', '/v2/app/manifests/v1', { headers: { 'If-Match': `"${digest}"` } })
  expect((await remove(first)).status).toBe(412)
  expect((await remove(second)).status).toBe(202)
})

test('with conditional off there are no ETags and the headers are ignored', async () => {
  const send = start({ conditional: false })
  const digest = await pushImage(send, 'app', 'v1')
  const get = await send('GET', '/v2/app/manifests/v1', {
    headers: { 'If-None-Match': `"${digest}"` },
  })
  expect(get.status).toBe(200)
  expect(get.headers.get('ETag')).toBeNull()
  const put = await putManifest(send, 'app', 'v1', image(), { 'If-None-Match': '*' })
  expect(put.status).toBe(201)
})
