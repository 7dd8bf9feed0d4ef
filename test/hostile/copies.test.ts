// Copies of what is far larger or deeper than anybody means: bounded, and what is left behind is said.
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { layoutBox } from '../../src/box/layout-box.ts'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { type CopyReport, copy, discover, repository } from '../../src/index.ts'
import { CALL_LIMITS } from '../../src/registry/budget.ts'
import { filesOf, REF, testLayout } from '../box/_layout.ts'
import { referrerOf, withLevels, withReferrers } from '../tasks/_many.ts'

const WIDE = 100_000
const DEEP = 10_000
/** How many are copied: the default of 10 000 takes minutes. */
const FOLLOWED = 1000
const wide = { referrers: true, maxReferrers: FOLLOWED, settle: 0 } as const

function target() {
  const { fetch } = embeddedRegistry()
  return () => repository('there.test/team/app', { fetch })
}

/** Megabytes of heap that a task needed at most, looked at every now and then. */
async function heapOf<T>(task: () => Promise<T>): Promise<{ result: T; most: number }> {
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  let most = 0
  const timer = setInterval(() => {
    globalThis.gc?.()
    most = Math.max(most, process.memoryUsage().heapUsed - before)
  }, 2000)
  try {
    return { result: await task(), most: most / 2 ** 20 }
  } finally {
    clearInterval(timer)
  }
}

const tooLarge = (report: CopyReport) =>
  report.sources.flatMap(({ error }) => (error ? [error] : []))

describe('10 000 levels', { timeout: 600_000 }, () => {
  test('are copied as far as one call may read, and the rest is said to be missing', async () => {
    const here = await withLevels(DEEP)
    const to = target()
    const options = { referrers: true, settle: 0, depth: Number.POSITIVE_INFINITY } as const
    const { result: report, most } = await heapOf(() => copy(here.app(), 'v1', to(), options))
    expect(report.complete).toBe(false)
    expect(report.referrers.length).toBeGreaterThan(1000)
    expect(tooLarge(report).length).toBeGreaterThan(0)
    for (const error of tooLarge(report)) {
      expect(error).toMatchObject({ code: 'TOO_LARGE', expected: CALL_LIMITS.manifests })
    }
    expect(most).toBeLessThan(400)
    // What is there is there in one piece.
    const depth = 500
    const { flat } = await discover(to(), 'v1', { depth })
    expect(flat).toHaveLength(depth)
  })
})

describe('100 000 referrers', { timeout: 600_000 }, () => {
  test('in a registry are copied up to the limit, and the rest is said to be missing', async () => {
    const here = await withReferrers(0, WIDE)
    const to = target()
    const { result: report, most } = await heapOf(() => copy(here.app(), 'v1', to(), wide))
    expect(report.complete).toBe(false)
    expect(report.losses).toEqual([])
    expect(report.referrers).toHaveLength(FOLLOWED)
    expect(most).toBeLessThan(600)
  })

  test('in a layout too', async () => {
    const made = testLayout()
    const image = made.image('app')
    made.entry(image, { [REF]: 'v1' })
    made.blob('{}')
    for (let n = 0; n < WIDE; n++) {
      const { body } = referrerOf(image, n)
      const hex = createHash('sha256').update(body).digest('hex')
      made.files.set(`blobs/sha256/${hex}`, Buffer.from(body))
    }
    const box = await layoutBox(filesOf(made.files))
    const to = target()
    const { result: report, most } = await heapOf(() =>
      copy(box.repository('team/app'), 'v1', to(), wide),
    )
    expect(report.complete).toBe(false)
    expect(report.losses).toEqual([])
    expect(report.referrers).toHaveLength(FOLLOWED)
    expect(most).toBeLessThan(600)
  })
})
