import { expect, test } from 'vitest'
import { listing } from '../../../src/registry/lists/listing.ts'
import { all } from '../_registry.ts'

/** A listing of three pages, and how far it was asked. */
function pages() {
  const asked: number[] = []
  const list = listing(async function* () {
    for (const page of [[1, 2], [], [3]]) {
      asked.push(page.length)
      yield page
    }
  })
  return { asked, list }
}

test('asks nothing before it is iterated', async () => {
  const { asked, list } = pages()
  list.pages()
  expect(asked).toEqual([])
})

test('gives items one by one, or pages as they came', async () => {
  expect(await all(pages().list)).toEqual([1, 2, 3])
  expect(await all(pages().list.pages())).toEqual([[1, 2], [], [3]])
})

test('stops asking for pages when the caller breaks', async () => {
  const { asked, list } = pages()
  for await (const item of list) {
    if (item === 2) break
  }
  expect(asked).toEqual([2])
})

test('starts anew each time it is iterated', async () => {
  const { asked, list } = pages()
  expect(await all(list)).toEqual(await all(list))
  expect(asked).toHaveLength(6)
})
