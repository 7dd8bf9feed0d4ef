// Several ways of linking in one call of referrers() and hasReferrer().
import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import {
  attach,
  hasReferrer,
  type Referrer,
  type ReferrersOptions,
  referrers,
  repository,
  type Strategy,
  UnsupportedError,
} from '../../src/index.ts'
import { cosignTags, digestTags, ociSubject } from '../../src/strategies/index.ts'
import { all, pushImage } from '../_image.ts'
import { recorded } from '../_wire.ts'
import { digestOf, lists } from './_strategies.ts'

const wire = recorded(embeddedRegistry().fetch)
const app = repository('registry.test/team/app', { fetch: wire.fetch })
const subject = digestOf('0')
const down = new Error('down')
const lacking = (strategy: string) =>
  new UnsupportedError('not here', { strategy, missing: [], alternatives: [] })

const letters = (list: readonly Referrer[]) => list.map(({ digest }) => digest.at(-1)).join('')
const find = (strategies: readonly Strategy[], more: Pick<ReferrersOptions, 'signal'> = {}) =>
  referrers(app, subject, { strategies, ...more })

describe('referrers', () => {
  test('lists what real strategies linked, in one call', async () => {
    const { fetch } = embeddedRegistry({ referrersApi: false })
    const repo = repository('registry.test/team/app', { fetch })
    await pushImage(repo)
    const note = { artifactType: 'application/vnd.example.note', annotations: { text: 'x' } }
    const one = await attach(repo, 'v1', note, { settle: 0 })
    const two = await attach(repo, 'v1', { ...note, annotations: {} }, { strategy: digestTags() })
    const strategies = [ociSubject(), digestTags(), cosignTags()]
    const found = await all(referrers(repo, 'v1', { strategies }))
    expect(found.map(({ digest }) => digest).sort()).toEqual([one.digest, two.digest].sort())
    expect(await hasReferrer(repo, 'v1', { strategies, artifactType: note.artifactType })).toBe(
      true,
    )
    expect(await hasReferrer(repo, 'v1', { strategies, artifactType: 'a/b' })).toBe(false)
    const artifactType = ['a/b', note.artifactType]
    expect(await hasReferrer(repo, 'v1', { strategies, artifactType })).toBe(true)
    expect(await hasReferrer(repo, 'v1', { artifactType })).toBe(true)
    expect(await hasReferrer(repo, 'v1', { artifactType: ['a/b', 'a/c'] })).toBe(false)
    expect(await all(referrers(repo, 'v1', { strategies, artifactType }))).toHaveLength(2)
  })

  test('lists each digest once, with every way it was found', async () => {
    const found = await all(find([lists('one', [['a', 'b']]), lists('two', [['b', 'c']])]))
    expect(letters(found)).toBe('abc')
    expect(found.map(({ via }) => via.map(({ strategy }) => strategy).join())).toEqual([
      'one',
      'one,two',
      'two',
    ])
  })

  test('takes the next page of each at a time, and lists nothing again', async () => {
    const strategies = [lists('one', [['a'], ['b'], ['c', 'd']]), lists('two', [['d'], ['a']])]
    const pages = await all(find(strategies).pages())
    expect(pages.map(letters)).toEqual(['ad', 'b', 'c'])
  })

  test('asks nothing before the first item is wanted and nothing after the loop is left', async () => {
    const events: string[] = []
    const seen = (event: string) => void events.push(event)
    const pages = [['a'], ['b'], ['c']]
    const list = find([lists('one', pages, seen), lists('two', pages, seen)])
    expect(events).toEqual([])
    for await (const _ of list) break
    expect(events).toEqual(['one 0', 'two 0', 'one end', 'two end'])
  })

  test('asks all at the same time', async () => {
    // Each waits for the other: one after the other they would wait for ever.
    let release = () => {}
    const both = new Promise<void>((resolve) => {
      release = resolve
    })
    let started = 0
    const seen = async (event: string) => {
      if (!event.endsWith(' 0')) return
      if (++started === 2) release()
      await both
    }
    const strategies = [lists('one', [['a']], seen), lists('two', [['b']], seen)]
    expect(letters(await all(find(strategies)))).toBe('ab')
  })

  test('throws what kept one from answering, after what the others list', async () => {
    const found: Referrer[] = []
    const read = async () => {
      for await (const each of find([
        lists('one', [['a'], down]),
        lists('two', [['b'], [], ['c']]),
      ]))
        found.push(each)
    }
    await expect(read()).rejects.toBe(down)
    expect(letters(found)).toBe('abc')
  })

  test('passes over what the registry cannot hold, but for all of them', async () => {
    const none = lists('none', [lacking('none')])
    expect(letters(await all(find([none, lists('one', [['a']])])))).toBe('a')
    expect(await all(find([none, lists('one', [[]])]))).toEqual([])
    await expect(all(find([none, lists('no', [lacking('no')])]))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      strategy: 'none',
    })
    await expect(all(find([none, lists('one', [down])]))).rejects.toBe(down)
  })

  test('passes an abort through', async () => {
    const stop = new AbortController()
    const seen = (_: string, { signal }: { signal?: AbortSignal | undefined }) => {
      stop.abort('enough')
      signal?.throwIfAborted()
    }
    const list = find([lists('one', [['a']], seen), lists('two', [['b']])], { signal: stop.signal })
    await expect(all(list)).rejects.toBe('enough')
  })
})

describe('hasReferrer', () => {
  const has = (...strategies: Strategy[]) => hasReferrer(app, subject, { strategies })
  const never = () => new Promise<void>(() => {})

  test('is true as soon as one says so, whatever the others come to', async () => {
    expect(await has(lists('none', [[]]), lists('one', [['a']]))).toBe(true)
    expect(await has(lists('bad', [down]), lists('one', [['a']]))).toBe(true)
    expect(await has(lists('slow', [['b']], never), lists('one', [[], ['a']]))).toBe(true)
  })

  test('stops the others then', async () => {
    let stopped = 0
    const seen = (_: string, { signal }: { signal?: AbortSignal | undefined }) =>
      new Promise<void>((resolve) => {
        if (signal?.aborted) resolve()
        signal?.addEventListener('abort', () => {
          stopped++
          resolve()
        })
      })
    expect(await has(lists('slow', [['b']], seen), lists('one', [['a']]))).toBe(true)
    expect(stopped).toBe(1)
  })

  test('is false only when all have answered', async () => {
    expect(await has(lists('one', [[]]), lists('two', [[], []]))).toBe(false)
    expect(await has(lists('one', [[]]), lists('two', [lacking('two')]))).toBe(false)
    await expect(has(lists('one', [[]]), lists('two', [[], down]))).rejects.toBe(down)
    await expect(has(lists('one', [lacking('one')]), lists('two', [down]))).rejects.toBe(down)
    await expect(
      has(lists('one', [lacking('one')]), lists('two', [lacking('two')])),
    ).rejects.toMatchObject({ code: 'UNSUPPORTED', strategy: 'one' })
  })

  test('passes an abort through', async () => {
    const signal = AbortSignal.abort('enough')
    const call = hasReferrer(app, subject, { strategies: [ociSubject(), digestTags()], signal })
    await expect(call).rejects.toBe('enough')
  })
})

test('what several strategies look at is read once', async () => {
  const { fetch } = embeddedRegistry({ referrersApi: false })
  const wire = recorded(fetch)
  const repo = repository('registry.test/team/app', { fetch: wire.fetch })
  const { digest } = await pushImage(repo)
  wire.reset()
  const strategies = [ociSubject(), ociSubject()]
  expect(await all(referrers(repo, digest, { strategies }))).toEqual([])
  const reads = wire.lines().filter((line) => line.startsWith('GET /manifests/'))
  expect(reads).toHaveLength(1)
})
