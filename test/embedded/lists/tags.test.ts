import { describe, expect, test } from 'vitest'
import { errorOf, nextOf, pushBlob, pushImage, type Send, start } from '../_registry.ts'

async function withTags(send: Send, tags: readonly string[]): Promise<Send> {
  for (const tag of tags) await pushImage(send, 'app', tag)
  return send
}

async function list(send: Send, query = ''): Promise<string[]> {
  const answer = await send('GET', `/v2/app/tags/list${query}`)
  expect(answer.status).toBe(200)
  const body = (await answer.json()) as { name: string; tags: string[] }
  expect(body.name).toBe('app')
  return body.tags
}

describe('listing tags', () => {
  test('is in the order of bytes', async () => {
    const send = await withTags(start(), ['b', 'a', 'B', '_', '10', '9', 'a-1', 'a.1'])
    expect(await list(send)).toEqual(['10', '9', 'B', '_', 'a', 'a-1', 'a.1', 'b'])
  })

  test('answers n tags and links to the rest', async () => {
    const send = await withTags(start(), ['a', 'b', 'c', 'd', 'e'])
    const pages: string[][] = []
    let path: string | undefined = '/v2/app/tags/list?n=2'
    while (path) {
      const answer: Response = await send('GET', path)
      pages.push(((await answer.json()) as { tags: string[] }).tags)
      path = nextOf(answer)
    }
    expect(pages).toEqual([['a', 'b'], ['c', 'd'], ['e']])
  })

  test('has no link on a last page that is just full', async () => {
    const send = await withTags(start(), ['a', 'b'])
    expect(nextOf(await send('GET', '/v2/app/tags/list?n=2'))).toBeUndefined()
  })

  test('starts after last, whether that is a tag or not, with and without n', async () => {
    const send = await withTags(start(), ['a', 'b', 'c', 'd'])
    expect(await list(send, '?last=b')).toEqual(['c', 'd'])
    expect(await list(send, '?last=bb')).toEqual(['c', 'd'])
    expect(await list(send, '?last=b&n=1')).toEqual(['c'])
    expect(await list(send, '?last=z')).toEqual([])
  })

  test('answers nothing, and no link, for n=0', async () => {
    const send = await withTags(start(), ['a'])
    const answer = await send('GET', '/v2/app/tags/list?n=0')
    expect(answer.headers.get('Link')).toBeNull()
    expect(await answer.json()).toEqual({ name: 'app', tags: [] })
  })

  test.each(['-1', 'abc', '1.5', ''])('refuses n=%s', async (n) => {
    const send = await withTags(start(), ['a'])
    expect(await errorOf(await send('GET', `/v2/app/tags/list?n=${n}`))).toBe(
      '400 PAGINATION_NUMBER_INVALID',
    )
  })

  test('never answers more than a page', async () => {
    const send = await withTags(start({ pageSize: 2 }), ['a', 'b', 'c'])
    for (const query of ['', '?n=100', '?n=100000000000000']) {
      const answer = await send('GET', `/v2/app/tags/list${query}`)
      expect(await answer.json()).toEqual({ name: 'app', tags: ['a', 'b'] })
      expect(await (await send('GET', nextOf(answer)!)).json()).toEqual({
        name: 'app',
        tags: ['c'],
      })
    }
  })

  test('answers an empty list for a repository without tags, and 404 for an unknown one', async () => {
    const send = start()
    await pushBlob(send, 'app', 'x')
    expect(await list(send)).toEqual([])
    expect(await errorOf(await send('GET', '/v2/other/tags/list'))).toBe('404 NAME_UNKNOWN')
  })
})
