// Finding tags by the text they begin with, on registries that page and sort them in all the ways that
// were recorded.
import { describe, expect, test } from 'vitest'
import { embeddedRegistry, type Profile } from '../../../src/embedded/index.ts'
import type { Capabilities } from '../../../src/registry/capabilities.ts'
import { putManifest, type Repository, repository } from '../../../src/registry/index.ts'
import { tagsFrom } from '../../../src/registry/lists/seek-tags.ts'
import { fakeRepository, json } from '../_registry.ts'

type Tags = NonNullable<Profile['settings']['tags']>

const index = {
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests: [],
} as const

/** A registry with these tags, and what is asked of it. */
async function setUp(
  tags: readonly string[],
  settings: Tags = {},
  capabilities: Partial<Capabilities> = {},
) {
  const profile: Profile = { name: 'x', source: 'x', date: '2026-11', settings: { tags: settings } }
  const registry = embeddedRegistry({ profile })
  const straight = repository('r.test/app', { fetch: registry.fetch })
  for (const tag of tags) await putManifest(straight, tag, index)
  const asked: string[] = []
  const repo = repository('r.test/app', {
    retries: 0,
    capabilities,
    fetch: (request) => {
      asked.push(decodeURIComponent(new URL(request.url).search.slice(1)))
      return registry.fetch(request)
    },
  })
  return { repo, asked }
}

async function find(repo: Repository, prefix = 's.'): Promise<readonly string[]> {
  const found: string[] = []
  for await (const tags of tagsFrom(repo, prefix)) found.push(...tags)
  return found.sort()
}

const many = (count: number, name: string) => Array.from({ length: count }, (_, i) => `${name}${i}`)

describe('where the registry begins anywhere', () => {
  test('asks once, and stops at the first tag beyond', async () => {
    const { repo, asked } = await setUp(['a', 's', 's.1', 's.2', 't', ...many(250, 'v')])
    expect(await find(repo)).toEqual(['s.1', 's.2'])
    expect(asked).toEqual(['n=100&last=s.'])
    expect(repo.capabilities.tagSeek).toBe('supported')
  })

  test('asks for further pages while they begin so', async () => {
    const { repo, asked } = await setUp(['a', ...many(150, 's.'), ...many(150, 'v')])
    expect(await find(repo)).toHaveLength(150)
    expect(asked).toHaveLength(2)
  })

  test('takes a link to an empty page, and no link at all', async () => {
    for (const settings of [{ linkFullPage: true }, { paging: 'unlinked' }] as const) {
      const { repo } = await setUp(['a', ...many(100, 's.')], settings)
      expect(await find(repo)).toHaveLength(100)
    }
  })

  test('believes that there are none where more tags follow only after trying it out, once', async () => {
    const { repo, asked } = await setUp(['a', ...many(250, 'v')])
    expect(await find(repo)).toEqual([])
    expect(asked).toEqual(['n=100&last=s.', 'n=1&last=v0.'])
    expect(repo.capabilities.tagSeek).toBe('supported')
    asked.length = 0
    expect(await find(repo)).toEqual([])
    expect(asked).toEqual(['n=100&last=s.'])
  })

  test('believes it at once where no more tags follow', async () => {
    const { repo, asked } = await setUp(['a', 'v1', 'v2'])
    expect(await find(repo)).toEqual([])
    expect(asked).toEqual(['n=100&last=s.'])
  })

  test('believes that no tag follows at all only after trying it out', async () => {
    const { repo, asked } = await setUp(many(2500, 'a'))
    expect(await find(repo)).toEqual([])
    expect(asked).toEqual(['n=100&last=s.', '', 'n=1&last=a0.'])
    const few = await setUp(['a', 'b'])
    expect(await find(few.repo)).toEqual([])
    expect(few.asked).toEqual(['n=100&last=s.', ''])
  })
})

describe('where it does not', () => {
  const tags = ['a', 's', 's.1', 'v1', ...many(150, 'v.'), 's.2', ...many(150, 'b')]

  test('the whole list that comes instead is read, and not asked for again', async () => {
    const { repo, asked } = await setUp(tags, { order: 'none', paging: 'ignored' })
    expect(await find(repo)).toEqual(['s.1', 's.2'])
    expect(asked).toEqual(['n=100&last=s.'])
    expect(repo.capabilities.tagSeek).toBe('unsupported')
    asked.length = 0
    expect(await find(repo)).toEqual(['s.1', 's.2'])
    expect(asked).toEqual([''])
  })

  test.each(['known', 'from a link'] as const)(
    'an answer that refuses it (a `last` must be %s) leads to the whole list, at once the next time',
    async (last) => {
      const { repo, asked } = await setUp(tags, { last, pageSize: 100 })
      expect(await find(repo)).toEqual(['s.1', 's.2'])
      expect(asked.slice(0, 2)).toEqual(['n=100&last=s.', ''])
      expect(repo.capabilities.tagSeek).toBe('unsupported')
      asked.length = 0
      expect(await find(repo)).toEqual(['s.1', 's.2'])
      expect(asked[0]).toBe('')
    },
  )

  /** Sorted by when they came, `n` heeded and `last` not. */
  const chronological = (all: readonly string[], link: boolean) =>
    fakeRepository(({ url }) => {
      const n = Number(url.searchParams.get('n') ?? 1e9)
      const from = Number(url.searchParams.get('from') ?? 0)
      const page = all.slice(from, from + n)
      const next = `</v2/team/app/tags/list?n=${n}&from=${from + n}>; rel="next"`
      const more = link && from + n < all.length
      return json({ tags: page }, more ? { link: next } : {})
    })

  test.each([true, false])(
    'a page in order of time is not taken for one (links: %s)',
    async (link) => {
      const late = [...many(120, 'v').sort(), 's.1']
      const { repo } = chronological(late, link)
      expect(await find(repo)).toEqual(['s.1'])
      expect(repo.capabilities.tagSeek).toBe('unsupported')
      const mixed = chronological(['a', ...many(120, 'v'), 's.1'], link)
      expect(await find(mixed.repo)).toEqual(['s.1'])
    },
  )

  test('an empty answer to a text that is no tag is not taken for "none"', async () => {
    const { repo } = fakeRepository(({ url }) =>
      json({ tags: url.searchParams.has('last') ? [] : ['a', 's.1', 'v'] }),
    )
    expect(await find(repo)).toEqual(['s.1'])
  })
})

test('no such repository has no tags', async () => {
  const { repo } = await setUp([])
  expect(await find(repo)).toEqual([])
  expect(repo.capabilities.tagSeek).toBe('unknown')
})

test.each([401, 403, 429, 500, 502])('%i is an error, and never "none"', async (status) => {
  const { repo } = fakeRepository(() => json({ errors: [] }, {}, status), {
    retries: 0,
    maxRetryAfter: 0,
  })
  await expect(find(repo)).rejects.toThrow()
})

test('404 that does not say that the repository is unknown is an error', async () => {
  const { repo } = fakeRepository(() => json({ errors: [{ code: 'NOPE' }] }, {}, 404))
  await expect(find(repo)).rejects.toMatchObject({ status: 404 })
})

describe('where there may be few tags', () => {
  async function findFew(repo: Repository, prefix = 's.') {
    const found: string[] = []
    for await (const tags of tagsFrom(repo, prefix, { mayBeFew: true })) found.push(...tags)
    return found.sort()
  }

  test.each<[string, Tags]>([
    ['that begins anywhere', {}],
    ['that begins at a tag that is there', { last: 'known' }],
    ['that pages as it likes', { paging: 'ignored', order: 'none' }],
    ['that has no links', { paging: 'unlinked' }],
  ])('one page is all on a registry %s', async (_, settings) => {
    const { repo, asked } = await setUp(['a', 's', 's.1', 's.2', 'v'], settings)
    expect(await findFew(repo)).toEqual(['s.1', 's.2'])
    expect(asked).toEqual(['n=100'])
    asked.length = 0
    expect(await findFew(repo, 'x.')).toEqual([])
    expect(asked).toEqual(['n=100'])
  })

  test('the first page of many shows whether the registry begins anywhere', async () => {
    const { repo, asked } = await setUp(['a', ...many(250, 'v')])
    expect(await findFew(repo)).toEqual([])
    expect(asked).toEqual(['n=100', 'n=100&last=s.'])
    expect(repo.capabilities.tagSeek).toBe('supported')
    asked.length = 0
    expect(await findFew(repo)).toEqual([])
    expect(asked).toEqual(['n=100&last=s.'])
  })

  test('the first page of many shows it not where it ends before', async () => {
    const { repo, asked } = await setUp([...many(150, 'a'), ...many(250, 'v')])
    expect(await findFew(repo)).toEqual([])
    expect(asked).toEqual(['n=100', 'n=100&last=s.', 'n=1&last=v0.'])
    expect(repo.capabilities.tagSeek).toBe('supported')
  })

  test.each<[string, Tags]>([
    ['that begins at a tag that is there', { last: 'known' }],
    ['that pages as it likes', { paging: 'ignored', order: 'none' }],
  ])('many are all found on a registry %s', async (_, settings) => {
    const tags = [...many(150, 'a'), 's.1', ...many(150, 'v'), 's.2']
    const { repo } = await setUp(tags, settings)
    expect(await findFew(repo)).toEqual(['s.1', 's.2'])
  })

  test('no such repository has none, and a refusal of the first page is asked otherwise', async () => {
    const answers = [
      json({ errors: [{ code: 'NAME_UNKNOWN' }] }, {}, 404),
      json({ errors: [{ code: 'PAGINATION_NUMBER_INVALID' }] }, {}, 400),
      json({ name: 'app', tags: ['s.1'] }),
    ]
    const { repo, calls } = fakeRepository(() => answers.shift()!)
    expect(await findFew(repo)).toEqual([])
    expect(calls).toHaveLength(1)
    expect(await findFew(repo)).toEqual(['s.1'])
    expect(calls).toHaveLength(3)
  })
})
