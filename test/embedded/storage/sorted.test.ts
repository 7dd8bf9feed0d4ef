import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSorted } from '../../../src/embedded/storage/sorted.ts'

function keysOf(sorted: ReturnType<typeof createSorted<number>>, after?: string): string[] {
  const keys: string[] = []
  for (let found = sorted.next(after); found; found = sorted.next(found[0])) keys.push(found[0])
  return keys
}

test('reads in order from any key on, as sorting it all would', () => {
  const key = fc.stringMatching(/^[a-dA-D0-3._-]{1,3}$/)
  const step = fc.tuple(fc.boolean(), key)
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), key, (steps, after) => {
      const sorted = createSorted<number>()
      const model = new Map<string, number>()
      for (const [n, [add, name]] of steps.entries()) {
        if (add) {
          sorted.set(name, n)
          model.set(name, n)
        } else {
          expect(sorted.delete(name)).toBe(model.delete(name))
        }
      }
      const all = [...model.keys()].sort()
      expect(sorted.size).toBe(model.size)
      expect(keysOf(sorted)).toEqual(all)
      expect(keysOf(sorted, after)).toEqual(all.filter((name) => name > after))
      expect(all.map((name) => sorted.get(name))).toEqual(all.map((name) => model.get(name)))
    }),
  )
})

test('skips nothing and repeats nothing when it changes between two steps', () => {
  const sorted = createSorted<number>()
  for (const name of ['a', 'c', 'e']) sorted.set(name, 0)
  expect(sorted.next('a')?.[0]).toBe('c')
  sorted.delete('a')
  sorted.delete('c')
  sorted.set('b', 0)
  sorted.set('d', 0)
  expect(keysOf(sorted, 'c')).toEqual(['d', 'e'])
})
