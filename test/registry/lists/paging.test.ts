import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { followPages, nextLink } from '../../../src/registry/lists/paging.ts'
import { type Answer, all, fakeRepository, json, thrownBy } from '../_registry.ts'

describe('nextLink', () => {
  test.each([
    ['</v2/app/tags/list?n=2&last=b>; rel="next"', '/v2/app/tags/list?n=2&last=b'],
    ['<https://r.test/x?last=b>; rel="next"', 'https://r.test/x?last=b'],
    // olareg's, without quotes.
    ['</x?last=b>; rel=next', '/x?last=b'],
    // Old zot's, without brackets.
    ['/v2/app/tags/list?n=2&last=b; rel="next"', '/v2/app/tags/list?n=2&last=b'],
    ['</x>;rel=next', '/x'],
    ['</x> ; rel = "next"', '/x'],
    ['</x>; REL="NEXT"', '/x'],
    ['</x>; rel="prev next"', '/x'],
    ['</x>; title="a, b; c"; rel="next"', '/x'],
    ['</x>; title="a \\"b\\""; rel="next"', '/x'],
    ['</x>; crossorigin; rel="next"', '/x'],
    ['</x>;; rel="next"', '/x'],
    ['</x?a=1,2;b>; rel="next"', '/x?a=1,2;b'],
    ['</a>; rel="prev", </b>; rel="next"', '/b'],
    ['</a>, </b>; rel="next", </c>; rel="next"', '/b'],
    ['<>; rel="next"', ''],
  ])('of %s is %j', (header, target) => {
    expect(nextLink(header)).toBe(target)
  })

  test.each([
    null,
    '',
    ' , ',
    '</x>',
    '</x>; rel="prev"',
    '</x>; rel="nextish"',
    '</x>; rel',
    '</x>; rel=""',
    '</x; rel="next"',
    '</x>; title="; rel=next"',
    '</x>; title="\\"; rel=\\"next"; rel="prev"',
    // RFC 8288, section 3.3: the first one counts.
    '</x>; rel="prev"; rel="next"',
    '; rel="next"',
  ])('of %j is none', (header) => {
    expect(nextLink(header)).toBeUndefined()
  })

  test('never throws, whatever the header', () => {
    const pieces = fc
      .array(
        fc.constantFrom(
          '<',
          '>',
          ';',
          ',',
          '"',
          '\\',
          '=',
          ' ',
          'rel',
          'next',
          'rel="next"',
          '/x',
          '\t',
          'é',
        ),
        { maxLength: 25 },
      )
      .map((all) => all.join(''))
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), pieces), (header) => {
        const link = nextLink(header)
        return link === undefined || header.includes(link)
      }),
      { numRuns: 300 },
    )
  })

  test('finds the link among any others that are written by the rules', () => {
    const target = fc.stringMatching(/^\/[a-z0-9?&=;,%._~:-]{0,12}$/)
    const text = fc.stringMatching(/^[ -!#-[\]-~]{0,10}$/)
    const name = fc.constantFrom('title', 'type', 'hreflang', 'x')
    const link = fc.record({
      target,
      params: fc.array(fc.tuple(name, text), { maxLength: 2 }),
      rel: fc.constantFrom('prev', 'first', 'next', 'next last', 'nextish'),
    })
    fc.assert(
      fc.property(fc.array(link, { minLength: 1, maxLength: 4 }), (links) => {
        const header = links
          .map(({ target, params, rel }) =>
            [
              `<${target}>`,
              ...params.map(([key, text]) => `${key}="${text}"`),
              `rel="${rel}"`,
            ].join('; '),
          )
          .join(', ')
        const wanted = links.find(({ rel }) => rel.split(' ').includes('next'))?.target
        expect(nextLink(header)).toBe(wanted)
      }),
      { numRuns: 500 },
    )
  })

  test('decides about 100 000 characters at once', () => {
    const started = performance.now()
    for (const text of ['<', '>', '; ', ';a=', ';rel=', '"', ',', ' ', '</x>; a="', '\\"', '</x>;'])
      nextLink(`</x>; ${text.repeat(50_000)}`)
    expect(performance.now() - started).toBeLessThan(3000)
  })
})

describe('followPages', () => {
  const request = {
    path: '/v2/team/app/list',
    headers: { accept: 'x/y' },
    actions: ['pull'] as const,
  }

  /** Reads pages of `{ n }`, each leading where `links` says. */
  function pages(links: (string | undefined)[], maxPages?: number) {
    const answer: Answer = (_, count) => {
      const link = links[count - 1]
      return json({ n: count }, link === undefined ? {} : { link })
    }
    const fake = fakeRepository(answer)
    const read = async (response: Response) => ((await response.json()) as { n: number }).n
    const { repo } = fake
    return { ...fake, list: () => all(followPages(repo, request, read, maxPages)) }
  }

  const next = (target: string): string => `<${target}>; rel="next"`

  test('reads until there is no link, with the same headers', async () => {
    const { list, calls } = pages([
      next('/v2/team/app/list?page=2'),
      next('https://r.test/v2/team/app/list?page=3'),
      next('?page=4'),
      '</x>; rel="prev"',
    ])
    expect(await list()).toEqual([1, 2, 3, 4])
    expect(calls.map(({ url }) => url.pathname + url.search)).toEqual([
      '/v2/team/app/list',
      '/v2/team/app/list?page=2',
      '/v2/team/app/list?page=3',
      '/v2/team/app/list?page=4',
    ])
    for (const { headers } of calls) expect(headers.get('accept')).toBe('x/y')
  })

  test.each([
    'https://evil.test/v2/team/app/list',
    '//evil.test/x',
    'https://r.test:8443/x',
    'https://169.254.169.254/latest',
    'javascript:0',
    'https://',
  ])('does not follow a link to %s', async (target) => {
    const { list, calls } = pages([next(target)])
    expect(await thrownBy(list)).toMatchObject({
      name: 'RegistryError',
      message: expect.stringContaining('on another origin, which is not followed'),
    })
    expect(calls).toHaveLength(1)
  })

  test.each([
    'http://r.test/v2/team/app/list?page=2',
    'http://r.test:8080/v2/team/app/list?page=2',
    'http://r.test:80//list?page=%E4',
  ])('takes %s back to https, where a proxy has the TLS', async (target) => {
    const { list, calls } = pages([next(target)])
    expect(await list()).toEqual([1, 2])
    const { pathname, search } = new URL(target)
    expect(calls[1]!.url.href).toBe(`https://r.test${pathname}${search}`)
  })

  test.each(['https://me@r.test/list?page=2', 'http://me:x@r.test/list?page=2'])(
    'does not follow a link with a user name in it: %s',
    async (target) => {
      const { list, calls } = pages([next(target)])
      expect(await thrownBy(list)).toMatchObject({ name: 'RegistryError' })
      expect(calls).toHaveLength(1)
    },
  )

  test('takes the path of a link for a path, not for another host', async () => {
    const { list, calls } = pages([next('https://r.test//evil.test/x?page=2')])
    expect(await list()).toEqual([1, 2])
    expect(calls[1]!.url.href).toBe('https://r.test//evil.test/x?page=2')
  })

  test('gives the pages before the one that fails', async () => {
    const { repo } = fakeRepository((_, count) => json(count, { link: next('https://evil.test') }))
    const seen: unknown[] = []
    const read = async () => {
      for await (const page of followPages(repo, request, (response) => response.json())) {
        seen.push(page)
      }
    }
    expect(await thrownBy(read)).toMatchObject({ name: 'RegistryError' })
    expect(seen).toEqual([1])
  })

  test('finds a loop of one, two or more pages', async () => {
    for (const links of [
      [next('/v2/team/app/list')],
      [next('?page=2'), next('?page=2')],
      [next('?page=2'), next('?page=3'), next('/v2/team/app/list')],
    ]) {
      const { list, calls } = pages(links)
      expect(await thrownBy(list)).toMatchObject({
        name: 'RegistryError',
        message: expect.stringContaining('one that was read before'),
      })
      expect(calls).toHaveLength(links.length)
    }
  })

  test('reads no more pages than allowed', async () => {
    const links = Array.from({ length: 10 }, (_, i) => next(`?page=${i}`))
    const three = pages([...links.slice(0, 2), undefined], 3)
    expect(await three.list()).toEqual([1, 2, 3])
    const four = pages(links, 3)
    expect(await thrownBy(four.list)).toMatchObject({
      name: 'ContentError',
      code: 'TOO_LARGE',
      expected: 3,
      actual: 4,
      message: `pages of https://r.test/v2/team/app/list: at most 3, got 4. Pass a larger "maxPages" if that is no endless list`,
    })
    expect(four.calls).toHaveLength(3)
  })

  test('ends by itself after a thousand pages', async () => {
    const { repo, calls } = fakeRepository((_, count) =>
      json(count, { link: next(`?page=${count}`) }),
    )
    const read = (response: Response) => response.json()
    expect(await thrownBy(() => all(followPages(repo, request, read)))).toMatchObject({
      message: expect.stringContaining('at most 1000, got 1001'),
    })
    expect(calls).toHaveLength(1000)
  })

  test('asks for the next page only when it is wanted', async () => {
    const { repo, calls } = fakeRepository((_, count) =>
      json(count, { link: next(`?page=${count}`) }),
    )
    for await (const _ of followPages(repo, request, (response) => response.json())) {
      if (calls.length === 2) break
    }
    expect(calls).toHaveLength(2)
  })

  test('guesses where no link tells, and not where one does', async () => {
    const { repo, calls } = fakeRepository((_, count) =>
      json(count, count === 1 ? { link: next('?page=2') } : {}),
    )
    const guess = (page: number) => (page < 4 ? `/guess/${page}` : undefined)
    const read = (response: Response) => response.json() as Promise<number>
    expect(await all(followPages(repo, request, read, 5, guess))).toEqual([1, 2, 3, 4])
    expect(calls.map(({ url }) => url.pathname)).toEqual([
      '/v2/team/app/list',
      '/v2/team/app/list',
      '/guess/2',
      '/guess/3',
    ])
    const endless = () => all(followPages(repo, request, read, 3, (page) => `/guess/${page}`))
    expect(await thrownBy(endless)).toMatchObject({
      message: expect.stringContaining('at most 3, got 4'),
    })
  })
})
