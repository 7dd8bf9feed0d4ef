// What one call may cost in all, whatever a registry answers.
import { describe, expect, test } from 'vitest'
import { MAX_UNREADABLE } from '../../src/model/entries.ts'
import { CALL_LIMITS } from '../../src/registry/budget.ts'
import { listTags } from '../../src/registry/lists/tags.ts'
import { findManifest } from '../../src/registry/manifests.ts'
import { ociSubject } from '../../src/strategies/oci-subject/strategy.ts'
import { detect } from '../../src/tasks/detect.ts'
import { discover } from '../../src/tasks/discover/discover.ts'
import { MAX_LINKS } from '../../src/tasks/discover/limit.ts'
import { hasReferrer } from '../../src/tasks/has-referrer.ts'
import { referrers } from '../../src/tasks/referrers.ts'
import { tags } from '../../src/tasks/tags.ts'
import { all, empty, fakeRepository, json } from '../registry/_registry.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
const digest = (n: number) => `sha256:${n.toString(16).padStart(64, '0')}`
const tooLarge = (expected: number) =>
  expect.objectContaining({ code: 'TOO_LARGE', name: 'ContentError', expected })

/** A list without end: each page has the same entries, and links to the next. */
function endless(entries: number, extra: object = {}) {
  const manifests = Array.from({ length: entries }, (_, i) => ({
    mediaType: IMAGE,
    digest: digest(i),
    size: 1,
    artifactType: 'a/b',
    ...extra,
  }))
  const body = JSON.stringify({ schemaVersion: 2, manifests })
  let pages = 0
  return () => {
    const link = `</v2/team/app/referrers/x?page=${++pages}>; rel="next"`
    return new Response(body, { headers: { 'content-type': INDEX, link } })
  }
}

describe('a list without end', () => {
  test('ends the call when its bytes are spent, long before its pages are', async () => {
    const page = endless(1, { annotations: { text: 'x'.repeat(4_000_000) } })
    const { repo, calls } = fakeRepository(page)
    await expect(all(referrers(repo, digest(0)))).rejects.toEqual(tooLarge(CALL_LIMITS.bytes))
    expect(calls.length).toBe(Math.ceil(CALL_LIMITS.bytes / 4_000_000))
  })

  test('ends the call when its items are spent', async () => {
    const { repo, calls } = fakeRepository(endless(20_000))
    await expect(all(referrers(repo, digest(0)))).rejects.toEqual(tooLarge(CALL_LIMITS.items))
    expect(calls.length).toBe(13)
  })

  test.each([
    ['listTags', listTags],
    ['tags', tags],
  ] as const)('of tags ends %s() too', async (_, list) => {
    let page = 0
    const { repo, calls } = fakeRepository(() => {
      const tags = Array.from({ length: 60_000 }, (_, i) => `v${page}-${i}`)
      return json({ tags }, { link: `</v2/team/app/tags/list?last=${page++}>; rel=next` })
    })
    await expect(all<unknown>(list(repo))).rejects.toEqual(tooLarge(CALL_LIMITS.items))
    expect(calls.length).toBe(5)
  })
})

const unknown = { errors: [{ code: 'MANIFEST_UNKNOWN' }] }

/** A referrers tag whose entries have no type, so that each manifest has to be read. */
function vague(answer: () => Response, most: number) {
  const manifests = Array.from({ length: most }, (_, i) => ({
    mediaType: IMAGE,
    digest: digest(i),
    size: 1,
  }))
  return fakeRepository(
    ({ url }) => {
      if (url.host !== 'r.test') return json(unknown, {}, 404)
      if (/\/manifests\/sha256-/.test(url.pathname))
        return json({ schemaVersion: 2, mediaType: INDEX, manifests }, { 'content-type': INDEX })
      return url.pathname.includes('/manifests/sha256:') ? answer() : empty(404)
    },
    { retries: 0 },
  )
}

const elsewhere = () => empty(307, { location: 'https://elsewhere.test/' })

describe('entries that say nothing', () => {
  test('are read up to a number, and no request follows', async () => {
    const { repo, lines } = vague(() => empty(404), CALL_LIMITS.manifests + 500)
    await expect(all(referrers(repo, digest(0)))).rejects.toEqual(tooLarge(CALL_LIMITS.manifests))
    const sent = lines().length
    expect(sent).toBeLessThanOrEqual(CALL_LIMITS.manifests + 2)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(lines().length).toBe(sent)
  })

  test('make no third party get more than a few hundred requests of one call', async () => {
    const { repo, calls } = vague(elsewhere, 3000)
    await expect(all(referrers(repo, digest(0)))).rejects.toEqual(tooLarge(CALL_LIMITS.detours))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(calls.filter(({ url }) => url.host === 'elsewhere.test')).toHaveLength(
      CALL_LIMITS.detours,
    )
    expect(calls.length).toBeLessThan(CALL_LIMITS.detours * 3)
  })

  test('count for all ways of linking of one call together', async () => {
    const { repo, calls } = vague(elsewhere, 3000)
    const found = await discover(repo, digest(0))
    expect(found.complete).toBe(false)
    const strangers = calls.filter(({ url }) => url.host === 'elsewhere.test')
    expect(strangers.length).toBeLessThanOrEqual(CALL_LIMITS.detours)
    await detect(repo, { subject: digest(0) })
    const both = calls.filter(({ url }) => url.host === 'elsewhere.test')
    expect(both.length).toBeLessThanOrEqual(2 * CALL_LIMITS.detours)
  })
})

test('each call has a budget of its own', async () => {
  const { repo } = vague(elsewhere, 400)
  for (let n = 0; n < 3; n++)
    expect(await hasReferrer(repo, digest(0), { strategy: ociSubject() })).toBe(false)
})

test('what is no call of a list has none', async () => {
  const { repo } = fakeRepository(({ url }) => (url.host === 'r.test' ? elsewhere() : empty(404)))
  for (let n = 0; n < CALL_LIMITS.detours + 5; n++)
    expect(await findManifest(repo, 'v1')).toBeUndefined()
})

describe('referrers that all point at each other', () => {
  /** `k` referrers of the subject, each of which has the same `k` referrers. */
  function dense(k: number, onCall: (call: number) => void = () => {}) {
    let call = 0
    const page = (from: number) =>
      JSON.stringify({
        schemaVersion: 2,
        manifests: Array.from({ length: k }, (_, i) => ({
          mediaType: IMAGE,
          digest: digest(from + i),
          size: 1,
          artifactType: 'a/b',
        })),
      })
    const [first, second] = [page(1), page(k + 1)]
    return fakeRepository(({ url }) => {
      onCall(++call)
      if (!url.pathname.includes('/referrers/')) return empty(404)
      const body = url.pathname.endsWith(digest(0)) ? first : second
      return new Response(body, { headers: { 'content-type': INDEX } })
    })
  }
  const options = { depth: 2, strategies: [ociSubject()] }

  test('are followed up to a number of links, and the answer is not complete', async () => {
    const { repo, calls } = dense(400)
    const found = await discover(repo, digest(0), options)
    expect(found.complete).toBe(false)
    const links = found.flat.reduce((sum, { subjects }) => sum + subjects.length, 0)
    expect(links).toBeLessThanOrEqual(MAX_LINKS)
    expect(links).toBeGreaterThan(MAX_LINKS / 2)
    const failed = found.sources.filter(({ status }) => status === 'failed')
    expect(failed.length).toBeGreaterThan(100)
    for (const { error } of failed) expect(error).toEqual(tooLarge(MAX_LINKS))
    expect(calls.length).toBeLessThan(600)
  })

  test('are all found where they are fewer', async () => {
    const { repo } = dense(100)
    const found = await discover(repo, digest(0), options)
    expect(found.complete).toBe(true)
    expect(found.flat).toHaveLength(200)
    for (const { subjects } of found.flat) expect([1, 100]).toContain(subjects.length)
    expect(found.referrers.every(({ referrers }) => referrers.length === 100)).toBe(true)
  })

  test('are left when the signal says so, at any moment', async () => {
    for (const after of [1, 2, 50, 250]) {
      const stop = new AbortController()
      const reason = new Error('stop')
      let stopped = 0
      const { repo } = dense(300, (call) => {
        if (call !== after) return
        // Between two requests, as a timer would.
        setTimeout(() => {
          stopped = performance.now()
          stop.abort(reason)
        })
      })
      const found = discover(repo, digest(0), { ...options, signal: stop.signal })
      await expect(found).rejects.toBe(reason)
      expect(performance.now() - stopped).toBeLessThan(20_000)
    }
  })
})

test('entries that are none end the list, and not the memory', async () => {
  const body = `{"schemaVersion":2,"manifests":[${'0,'.repeat(2_000_000)}0]}`
  const warnings: unknown[] = []
  const list = () => new Response(body, { headers: { 'content-type': INDEX } })
  const { repo } = fakeRepository(list, { onWarning: (warning) => warnings.push(warning) })
  const listed = all(referrers(repo, digest(0)))
  await expect(listed).rejects.toMatchObject({ code: 'INVALID_MANIFEST' })
  expect(warnings.length).toBeLessThanOrEqual(MAX_UNREADABLE)
})
