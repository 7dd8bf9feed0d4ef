// Links to the next page of tags that lead nowhere: Artifactory's lacks the repository's key, Nexus' has a path of
// its own. What cannot be read to its end is no list without the rest.
import { describe, expect, test } from 'vitest'
import { attach, discover, hasReferrer, referrers, tags } from '../../src/index.ts'
import { deleteManifest, getManifest, headManifest, listTags } from '../../src/registry/index.ts'
import { digestTags } from '../../src/strategies/index.ts'
import { all } from '../_image.ts'
import { setUp } from '../strategies/_bent.ts'

const strategy = digestTags()
const note = { artifactType: 'application/vnd.example.note' }

interface Pages {
  readonly link: string
  readonly status: number
  readonly code: string
  /** Tags of the first page. */
  readonly count: number
}

/** A registry that ignores `last`, and cuts its list after the first tags. */
async function cutAfter({ link, status, code, count }: Pages) {
  const bent = await setUp({}, async (request, answer) => {
    const { pathname } = new URL(request.url)
    if (!pathname.endsWith('/tags/list')) return answer()
    if (!pathname.startsWith('/v2/team/app/') || request.url.includes('broken'))
      return Response.json({ errors: [{ code }] }, { status })
    const names = ['v1', 'v0', 'sha'].slice(0, count)
    return Response.json({ name: 'team/app', tags: names }, { headers: { link } })
  })
  await attach(bent.straight, 'v1', note, { strategy })
  return bent
}

describe.each<Pages & { readonly name: string }>([
  {
    name: 'Artifactory’s link without its key',
    link: '</v2/app/tags/list?last=v0&n=2>; rel="next"',
    status: 404,
    code: 'NAME_UNKNOWN',
    count: 2,
  },
  {
    name: 'Nexus’ link with a path of its own',
    link: '<https://registry.test/repository/proxy/v2/team/app/tags/list?last=v0>; rel="next"',
    status: 400,
    code: 'UNKNOWN',
    count: 2,
  },
  {
    name: 'a first page without tags',
    link: '</v2/team/app/tags/list?broken>; rel="next"',
    status: 404,
    code: 'NAME_UNKNOWN',
    count: 0,
  },
  {
    name: 'a next page that is not there',
    link: '</v2/team/app/tags/list?broken>; rel="next"',
    status: 404,
    code: 'MANIFEST_UNKNOWN',
    count: 1,
  },
])('$name', (pages) => {
  test('ends no listing without an error', async () => {
    const { app } = await cutAfter(pages)
    await expect(all(listTags(app))).rejects.toMatchObject({ status: pages.status })
    await expect(all(tags(app))).rejects.toMatchObject({ status: pages.status })
  })

  test('is never "none", the first time and later', async () => {
    const { app, subject } = await cutAfter(pages)
    for (let i = 0; i < 3; i++) {
      const asked = hasReferrer(app, subject, { strategy })
      await expect(asked).rejects.toMatchObject({ status: pages.status })
      const listed = all(referrers(app, subject, { strategy }))
      await expect(listed).rejects.toMatchObject({ status: pages.status })
    }
    const { complete, flat } = await discover(app, subject, { strategies: [strategy] })
    expect({ complete, flat }).toEqual({ complete: false, flat: [] })
  })
})

test.each<[string, unknown]>([
  ['an empty document', {}],
  ['null without a name', { tags: null }],
  ['the body of an error', { errors: [{ code: 'UNKNOWN', message: 'busy' }] }],
  ['an error beside a list', { name: 'team/app', tags: [], errors: [{ code: 'UNKNOWN' }] }],
  ['an error beside a name', { name: 'team/app', error: 'database is down' }],
  ['a message beside a name', { name: 'team/app', message: 'try again' }],
  ['errors that are no list', { name: 'team/app', tags: [], errors: 'busy' }],
  ['errors that are an object', { name: 'team/app', tags: null, errors: { code: 'UNKNOWN' } }],
  ['another spelling', { name: 'team/app', Tags: ['v1'] }],
  ['a list of something else', { name: 'team/app', tags: [{ name: 'v1' }] }],
  ['text', 'busy'],
])('a list of tags that is %s is never "none"', async (_, body) => {
  const { app, straight, subject } = await setUp({}, async (request, answer) =>
    request.url.includes('/tags/list') ? Response.json(body) : answer(),
  )
  await attach(straight, 'v1', note, { strategy })
  await expect(all(tags(app))).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  for (let i = 0; i < 2; i++) {
    await expect(hasReferrer(app, subject, { strategy })).rejects.toThrow(/tags/)
    await expect(all(referrers(app, subject, { strategy }))).rejects.toThrow(/tags/)
  }
  const { complete, flat } = await discover(app, subject, { strategies: [strategy] })
  expect({ complete, flat }).toEqual({ complete: false, flat: [] })
})

test.each(['null', 'absent'])('a list of tags that is %s is one of none', async (how) => {
  const body = { name: 'team/app', ...(how === 'null' && { tags: null }) }
  const { app } = await setUp({}, async (request, answer) =>
    request.url.includes('/tags/list') ? Response.json(body) : answer(),
  )
  expect(await all(tags(app))).toEqual([])
})

test('a repository of which nothing has a tag has no digest tags', async () => {
  const { app, subject } = await setUp({}, (request, answer) =>
    request.url.includes('/tags/list')
      ? Response.json({ errors: [{ code: 'NAME_UNKNOWN' }] }, { status: 404 })
      : answer(),
  )
  expect(await hasReferrer(app, subject, { strategy })).toBe(false)
})

describe('a list of tags that lacks the subject’s own', () => {
  const lists: readonly [string, number, unknown][] = [
    ['NAME_UNKNOWN', 404, { errors: [{ code: 'NAME_UNKNOWN' }] }],
    ['none', 200, { name: 'team/app', tags: [] }],
    ['null', 200, { name: 'team/app', tags: null }],
    ['others, in order', 200, { name: 'team/app', tags: ['a', 'b'] }],
    ['others, in none', 200, { name: 'team/app', tags: ['b', 'a'] }],
  ]

  const listing = (status: number, body: unknown) =>
    setUp({}, (request, answer) =>
      request.url.includes('/tags/list') ? Response.json(body, { status }) : answer(),
    )

  test.each(lists)('is never "none": %s', async (_, status, body) => {
    const { app, straight, subject } = await listing(status, body)
    await attach(straight, 'v1', note, { strategy })
    for (let i = 0; i < 2; i++) {
      await expect(hasReferrer(app, 'v1', { strategy })).rejects.toThrow()
      await expect(all(referrers(app, 'v1', { strategy }))).rejects.toThrow()
    }
    expect(await discover(app, 'v1')).toMatchObject({ complete: false, flat: [] })
    // What was seen of the repository is not forgotten for a question by digest.
    await expect(hasReferrer(app, subject, { strategy })).rejects.toThrow()
  })

  test.each([
    ['headManifest', headManifest],
    ['getManifest', getManifest],
  ])('is never "none" by digest after %s() has found the tag, as a gate does', async (_, read) => {
    for (const [, status, body] of lists) {
      const { app, straight, subject } = await listing(status, body)
      await attach(straight, 'v1', note, { strategy })
      await read(app, 'v1')
      await expect(hasReferrer(app, subject.digest, { strategy })).rejects.toThrow()
      expect(await discover(app, subject.digest)).toMatchObject({ complete: false, flat: [] })
    }
  })

  test.each(lists)('is one of none where that is gone: %s', async (_, status, body) => {
    const { app, straight, subject } = await listing(status, body)
    await expect(hasReferrer(app, 'v1', { strategy })).rejects.toThrow()
    await deleteManifest(straight, 'v1')
    expect(await hasReferrer(app, subject, { strategy })).toBe(false)
  })
})

test('a list that does not know the name because access is denied is never "none"', async () => {
  const errors = [{ code: 'NAME_UNKNOWN' }, { code: 'DENIED' }]
  const { app, subject } = await setUp({}, (request, answer) =>
    request.url.includes('/tags/list') ? Response.json({ errors }, { status: 404 }) : answer(),
  )
  await expect(hasReferrer(app, subject, { strategy })).rejects.toThrow('DENIED')
})
