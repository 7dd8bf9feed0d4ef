// Uploads: registries that refuse what they should answer with an open upload, lose sessions, or write their own state
// in a spelling of their own.
import { describe, expect, test } from 'vitest'
import { type ArtifactInput, attach, hasReferrer } from '../../src/index.ts'
import { mountBlob, pushBlob } from '../../src/registry/index.ts'
import { type Habit, quirky, refusal, thrownBy } from './_quirky.ts'

const artifactType = 'application/vnd.example.note'
const note = (text: string): ArtifactInput => ({
  artifactType,
  annotations: { text },
  blobs: [{ data: `blob ${text}`, mediaType: 'text/plain' }],
})
const alone = { settle: 0 }
const isPost = (parameter: string, { method, url }: Parameters<Habit>[0]) =>
  method === 'POST' && url.searchParams.has(parameter)
const codes: Record<number, string> = { 403: 'DENIED', 404: 'BLOB_UNKNOWN', 422: 'INVALID' }
const answer = (status: number) => refusal(status, codes[status] ?? 'UNSUPPORTED')

test.each([400, 403, 404, 405, 422, 500, 501])(
  'attaches twice where a mount is refused with %d',
  async (status) => {
    const like = { singlePost: false }
    const habit: Habit = (asked) => (isPost('mount', asked) ? answer(status) : undefined)
    const { app, push, sent } = quirky(habit, {}, like)
    await push()
    for (const text of ['1', '2']) await attach(app, 'v1', note(text), alone)
    expect(await hasReferrer(app, 'v1', { artifactType })).toBe(true)
    expect(sent.filter(({ url }) => url.searchParams.has('mount')).length).toBeLessThanOrEqual(2)
  },
)

test.each([400, 403, 404, 405, 411, 413, 415, 416, 422, 500, 501])(
  'attaches twice where the POST with the bytes is refused with %d, which is asked once',
  async (status) => {
    const habit: Habit = (asked) => (isPost('digest', asked) ? answer(status) : undefined)
    const { app, push, sent } = quirky(habit)
    await push()
    for (const text of ['1', '2']) await attach(app, 'v1', note(text), alone)
    expect(app.capabilities.singlePost).toBe('unsupported')
    const single = sent.filter(
      ({ url }) => url.searchParams.has('digest') && url.pathname.endsWith('/uploads/'),
    )
    // `{}` is pushed beside the blob, by a POST that mounts too.
    expect(single.length).toBeLessThanOrEqual(2)
  },
)

describe('a mount from another repository', () => {
  test.each([400, 401, 403, 404, 405, 500])('refused with %d is not the end', async (status) => {
    const credentials = { username: 'me', password: 'x' }
    const habit: Habit = (asked) => (isPost('mount', asked) ? answer(status) : undefined)
    const { app, straight } = quirky(habit, { credentials })
    const { digest } = await pushBlob(straight, 'x')
    expect(await mountBlob(app, digest, 'team/base')).toBe(false)
    expect(await pushBlob(app, 'x')).toMatchObject({ digest })
  })
})

test('what is refused in every way is told as the registry tells it', async () => {
  const habit: Habit = ({ method }) =>
    method === 'POST' ? refusal(404, 'NAME_UNKNOWN', 'create it first') : undefined
  const { app, lines } = quirky(habit)
  expect(await thrownBy(() => pushBlob(app, 'x'))).toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining('create it first'),
  })
  expect(lines()).toHaveLength(2)
})

test.each([
  [404, 'BLOB_UPLOAD_UNKNOWN'],
  [400, 'BLOB_UPLOAD_INVALID'],
])('begins again where another host is asked for the session: %d %s', async (status, code) => {
  let lost = false
  const habit: Habit = ({ method, path }) => {
    if (lost || method !== 'PUT' || !path.startsWith('blobs/')) return undefined
    lost = true
    return refusal(status, code)
  }
  const { app, push } = quirky(habit, {}, { profile: 'distribution2' })
  await push()
  await attach(app, 'v1', note('1'), alone)
  expect(lost).toBe(true)
})

test.each(['?state=%E4%20', '?flag', '?_state=a%2Bb%3D%3D&_b', '?X-Amz-Signature=a%2fb&sig'])(
  'sends the state back as it was written: %s',
  async (state) => {
    const seen: string[] = []
    const habit: Habit = async ({ method, url, pass }) => {
      if (method === 'PUT' && url.pathname.includes('/uploads/')) {
        seen.push(url.search)
        return new Response(null, { status: 201 })
      }
      const response = await pass()
      const location = response.headers.get('location')
      if (method !== 'POST' || !location) return response
      return new Response(null, {
        status: 202,
        headers: { location: `${location.split('?')[0]}${state}` },
      })
    }
    const { app } = quirky(habit, {}, { singlePost: false })
    const { digest } = await pushBlob(app, 'x')
    expect(seen).toEqual([`${state}&digest=${encodeURIComponent(digest)}`])
  },
)
