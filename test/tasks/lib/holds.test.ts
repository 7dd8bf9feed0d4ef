// Referrers that are the same, among thousands: looked up, not compared with each.
import { expect, test } from 'vitest'
import type { Digest, FoundReferrer } from '../../../src/index.ts'
import { addTo } from '../../../src/platform/add-to.ts'
import { sameAmong } from '../../../src/tasks/lib/holds.ts'

const COUNT = 5000
const digest = (n: number) => `sha256:${String(n).padStart(64, '0')}` as Digest
const mediaType = 'application/vnd.oci.image.manifest.v1+json'

/** A referrer that counts how often its fields are read. */
function counted(
  n: number,
  reads: { count: number },
  layered: boolean,
  subject = digest(COUNT + n),
): FoundReferrer {
  const subjects = [subject]
  const layers = layered ? [{ mediaType, digest: digest(n), size: 1 }] : undefined
  const fields: Record<string, unknown> = {
    mediaType,
    size: 1,
    digest: digest(n),
    subjects,
    layers,
  }
  return new Proxy(fields, {
    get(target, key) {
      reads.count++
      return target[String(key)]
    },
  }) as unknown as FoundReferrer
}

test.each([false, true])('each is found in a few steps (with layers: %s)', (layered) => {
  const reads = { count: 0 }
  const list = Array.from({ length: COUNT }, (_, n) => counted(n, reads, layered))
  const sameAs = sameAmong(list)
  for (const [n, one] of list.entries()) {
    expect(sameAs(one, digest(COUNT + n))).toHaveLength(1)
    expect(sameAs(one, digest(n))).toHaveLength(0)
  }
  expect(reads.count).toBeLessThan(40 * COUNT)
})

test('so it is where all are attached to one, as in an index of BuildKit', () => {
  const reads = { count: 0 }
  const subject = digest(COUNT)
  const list = Array.from({ length: COUNT }, (_, n) => counted(n, reads, true, subject))
  const sameAs = sameAmong(list)
  for (const one of list) expect(sameAs(one, subject)).toEqual([one])
  expect(reads.count).toBeLessThan(40 * COUNT)
})

test('without layers only the digest counts', () => {
  const none = (n: number) => ({ digest: digest(n), subjects: [digest(9)], layers: [] })
  const [one, other] = [none(1), none(2)] as unknown as FoundReferrer[]
  const sameAs = sameAmong([one!])
  expect(sameAs(one!, digest(9))).toEqual([one])
  expect(sameAs(other!, digest(9))).toEqual([])
})

test('other layers of the same subject are the same where they have all of the first', () => {
  const layer = (n: number) => ({ mediaType, digest: digest(n), size: 1 })
  const one = { digest: digest(1), subjects: [digest(9)], layers: [layer(5)] }
  const more = { digest: digest(2), subjects: [digest(9)], layers: [layer(4), layer(5)] }
  const sameAs = sameAmong([more] as unknown as FoundReferrer[])
  expect(sameAs(one as unknown as FoundReferrer, digest(9))).toEqual([more])
  const back = sameAmong([one] as unknown as FoundReferrer[])
  expect(back(more as unknown as FoundReferrer, digest(9))).toEqual([])
})

test('a list in a map grows in place', () => {
  const lists = new Map<string, number[]>()
  addTo(lists, 'a', 1)
  const list = lists.get('a')
  addTo(lists, 'a', 2)
  expect(lists.get('a')).toBe(list)
  expect(list).toEqual([1, 2])
})
