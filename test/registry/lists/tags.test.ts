import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import type { ImageIndex } from '../../../src/model/manifest.ts'
import { type ListTagsOptions, listTags } from '../../../src/registry/lists/tags.ts'
import { putManifest } from '../../../src/registry/manifests.ts'
import { repository } from '../../../src/registry/repository.ts'
import {
  type Answer,
  all,
  empty,
  fakeRepository,
  json,
  stalled,
  thrownBy,
  utf8,
} from '../_registry.ts'

const index: ImageIndex = {
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests: [],
}

const next = (target: string): Record<string, string> => ({ link: `<${target}>; rel="next"` })

/** Tags that a fake gives, and the queries it was asked. */
async function listed(answer: Answer, options: ListTagsOptions = {}) {
  const { repo, calls } = fakeRepository(answer)
  const tags = await all(listTags(repo, options))
  return { tags, queries: calls.map(({ url }) => url.search) }
}

describe('on a registry', () => {
  test.each([1, 2, 3, 4, 5, 100])('all tags are listed, %d a page', async (pageSize) => {
    for (const options of [{}, { pageSize: 2 }]) {
      const app = repository('r.test/app', { fetch: embeddedRegistry(options).fetch })
      for (const tag of ['c', 'a', 'e', 'b', 'd']) await putManifest(app, tag, index)
      expect(await all(listTags(app, { pageSize }))).toEqual(['a', 'b', 'c', 'd', 'e'])
      expect(await all(listTags(app, { pageSize, last: 'b' }))).toEqual(['c', 'd', 'e'])
      expect(await all(listTags(app))).toEqual(['a', 'b', 'c', 'd', 'e'])
    }
  })

  test('a repository that is not there is 404', async () => {
    const app = repository('r.test/app', { fetch: embeddedRegistry().fetch })
    expect(await thrownBy(() => all(listTags(app)))).toMatchObject({ status: 404 })
  })
})

test('nothing is asked before a tag is wanted, and only the pages that are', async () => {
  const { repo, calls } = fakeRepository((_, count) =>
    json({ tags: [`${count}`] }, next(`?p=${count}`)),
  )
  const list = listTags(repo)
  expect(calls).toHaveLength(0)
  for await (const tag of list) {
    if (tag === '2') break
  }
  expect(calls).toHaveLength(2)
  expect(calls[0]!.headers.get('accept')).toBe('application/json')
})

test('pages come as they were answered', async () => {
  const { repo } = fakeRepository((_, count) =>
    json(
      { tags: count === 2 ? [] : [`${count}a`, `${count}b`] },
      count < 3 ? next(`?p=${count}`) : {},
    ),
  )
  expect(await all(listTags(repo).pages())).toEqual([['1a', '1b'], [], ['3a', '3b']])
})

test.each([
  ['no tags', { name: 'app', tags: [] }],
  ['null', { name: 'app', tags: null }],
  ['nothing', { name: 'app' }],
])('%s is an empty list', async (_, body) => {
  expect((await listed(() => json(body))).tags).toEqual([])
})

test('any type will do, as long as it is JSON', async () => {
  const { tags } = await listed(
    () => new Response('{"tags":["a"]}', { headers: { 'content-type': 'text/plain' } }),
  )
  expect(tags).toEqual(['a'])
})

test.each<[string, BodyInit]>([
  ['HTML', '<html>Sign in</html>'],
  ['nothing', ''],
  ['a list', '["a"]'],
  ['null', 'null'],
  ['tags that are no list', '{"tags":"a"}'],
  ['tags that are no text', '{"tags":["a",1]}'],
])('%s is no list of tags', async (_, body) => {
  expect(await thrownBy(() => listed(() => new Response(body)))).toMatchObject({
    name: 'InvalidInputError',
    code: 'INVALID_INPUT',
    path: 'tags',
  })
})

test('a page of more than 4 MiB is not read to its end', async () => {
  const MiB = new Uint8Array(1024 * 1024)
  const body = () => new Response(stalled(...Array<Uint8Array>(5).fill(MiB)))
  expect(await thrownBy(() => listed(body))).toMatchObject({
    name: 'ContentError',
    code: 'TOO_LARGE',
  })
})

describe('links', () => {
  const other = (link: string) =>
    listed((_, count) =>
      count === 1 ? json({ tags: ['a', 'b'] }, { link }) : json({ tags: ['c'] }),
    )

  test.each([
    ['relative', '</v2/team/app/tags/list?n=2&last=b>; rel="next"'],
    ['absolute', '<https://r.test/v2/team/app/tags/list?n=2&last=b>; rel="next"'],
    ['with unquoted rel', '</v2/team/app/tags/list?n=2&last=b>; rel=next'],
    ['without brackets', '/v2/team/app/tags/list?n=2&last=b; rel="next"'],
    ['only a query', '<?n=2&last=b>; rel="next"'],
  ])('are followed as they are: %s', async (_, link) => {
    expect(await other(link)).toEqual({ tags: ['a', 'b', 'c'], queries: ['', '?n=2&last=b'] })
  })

  test('with words of their own are followed as they are', async () => {
    const { queries } = await other('<?next_page=gAAAA%3D%3D&n=2>; rel="next"')
    expect(queries).toEqual(['', '?next_page=gAAAA%3D%3D&n=2'])
  })

  test('to another origin, or in a loop, are an error', async () => {
    for (const [target, message] of [
      ['https://evil.test/v2/team/app/tags/list', 'another origin'],
      ['/v2/team/app/tags/list', 'read before'],
    ] as const) {
      expect(await thrownBy(() => listed(() => json({ tags: ['a'] }, next(target))))).toMatchObject(
        { name: 'RegistryError', message: expect.stringContaining(message) },
      )
    }
  })

  test('lead to an empty last page where the one before was just full', async () => {
    const { tags, queries } = await listed(
      (_, count) =>
        json({ tags: count === 1 ? ['a', 'b'] : [] }, count === 1 ? next('?n=2&last=b') : {}),
      { pageSize: 2 },
    )
    expect(tags).toEqual(['a', 'b'])
    expect(queries).toEqual(['?n=2', '?n=2&last=b'])
  })

  test('that end are the end: no page is made up after them', async () => {
    const { queries } = await listed(
      (_, count) =>
        count === 1 ? json({ tags: ['a', 'b'] }, next('?token=1')) : json({ tags: ['c', 'd'] }),
      { pageSize: 2 },
    )
    expect(queries).toEqual(['?n=2', '?token=1'])
  })
})

describe('without links', () => {
  /** A registry that cuts at `n` and honours `last`, but links nothing. */
  const cutting =
    (tags: readonly string[]): Answer =>
    ({ url }) => {
      const last = url.searchParams.get('last') ?? ''
      const rest = tags.filter((tag) => tag > last)
      return json({ tags: rest.slice(0, Number(url.searchParams.get('n') ?? rest.length)) })
    }

  test.each([1, 2, 3, 4, 5, 6])('a list that is cut at %d is read by last', async (pageSize) => {
    const { tags } = await listed(cutting(['a', 'b', 'c', 'd', 'e']), { pageSize })
    expect(tags).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  test('asks once more only where a page is just full', async () => {
    expect((await listed(cutting(['a', 'b', 'c']), { pageSize: 2 })).queries).toEqual([
      '?n=2',
      '?n=2&last=b',
    ])
    expect((await listed(cutting(['a', 'b']), { pageSize: 2 })).queries).toEqual([
      '?n=2',
      '?n=2&last=b',
    ])
    expect((await listed(cutting(['a']), { pageSize: 2 })).queries).toEqual(['?n=2'])
    expect((await listed(cutting(['a', 'b']))).queries).toEqual([''])
  })

  test('a registry that ignores n gives all at once', async () => {
    const { tags, queries } = await listed(() => json({ tags: ['b', 'a', 'c'] }), { pageSize: 2 })
    expect(tags).toEqual(['b', 'a', 'c'])
    expect(queries).toEqual(['?n=2'])
  })

  test('a registry that ignores n and last is asked no third time', async () => {
    const { tags, queries } = await listed(() => json({ tags: ['b', 'a'] }), { pageSize: 2 })
    expect(tags).toEqual(['b', 'a'])
    expect(queries).toEqual(['?n=2', '?n=2&last=a'])
  })

  test('a registry that never runs out of tags is stopped', async () => {
    let asked = 0
    const endless = () =>
      listed(
        (_, count) => {
          asked = count
          return json({ tags: [`t${count}`] })
        },
        { pageSize: 1, maxPages: 5 },
      )
    expect(await thrownBy(endless)).toMatchObject({
      name: 'ContentError',
      code: 'TOO_LARGE',
      expected: 5,
    })
    expect(asked).toBe(5)
  })
})

test('a tag is listed once, however often it comes', async () => {
  const { tags } = await listed((_, count) =>
    json({ tags: ['a', 'a', `${count}`] }, count < 3 ? next(`?p=${count}`) : {}),
  )
  expect(tags).toEqual(['a', '1', '2', '3'])
})

test('more pages than allowed are an error', async () => {
  const endless = () =>
    listed((_, count) => json({ tags: [`t${count}`] }, next(`?p=${count}`)), { maxPages: 3 })
  expect(await thrownBy(endless)).toMatchObject({ message: expect.stringContaining('at most 3') })
})

test.each([0, -1, 1.5, Number.NaN, '2'])('a page of %j tags is refused at once', (pageSize) => {
  const { repo } = fakeRepository(() => empty(200))
  expect(() => listTags(repo, { pageSize: pageSize as never })).toThrow(
    expect.objectContaining({ code: 'INVALID_INPUT', path: 'pageSize' }),
  )
})

test('what is asked cannot break out of the query', async () => {
  const { queries } = await listed(() => json({ tags: [] }), { last: 'a&n=9#', pageSize: 2 })
  expect([...new URLSearchParams(queries[0])]).toEqual([
    ['n', '2'],
    ['last', 'a&n=9#'],
  ])
  expect(utf8(queries[0]!).byteLength).toBe(queries[0]!.length)
})
