// What is attached to one image and not to another.
import { expect, test } from 'vitest'
import { attach, copy, diff, type Repository } from '../../src/index.ts'
import { deleteManifest } from '../../src/registry/index.ts'
import { cosignTags, digestTags } from '../../src/strategies/index.ts'
import { pushImage } from '../_image.ts'
import { place } from './copy/_places.ts'

const note = (text: string) => ({
  artifactType: 'application/spdx+json',
  blobs: [{ data: text, mediaType: 'application/spdx+json' }],
})
const quick = { settle: 0 } as const

/** Two places with the same image, and what is attached to it. */
async function twoPlaces(options = {}) {
  const [here, there] = [place('here.test'), place('there.test', options)]
  await pushImage(here.app)
  await attach(here.app, 'v1', note('a'))
  await attach(here.app, 'v1', note('b'), { strategy: digestTags() })
  await copy(here.app, 'v1', there.app, { referrers: true, ...quick })
  return { here: here.app, there: there.app }
}
const digests = (list: readonly { readonly digest: string }[]) => list.map(({ digest }) => digest)

test('is empty after a copy, and says what both have', async () => {
  const { here, there } = await twoPlaces()
  const { onlyHere, onlyThere, both, complete } = await diff(here, 'v1', there, 'v1')
  expect({ onlyHere, onlyThere, complete }).toEqual({ onlyHere: [], onlyThere: [], complete: true })
  expect(both).toHaveLength(2)
})

test('names what is on one side only, on each', async () => {
  const { here, there } = await twoPlaces()
  const a = await attach(here, 'v1', note('only here'))
  const b = await attach(there, 'v1', note('only there'), { strategy: digestTags() })
  const { onlyHere, onlyThere, both } = await diff(here, 'v1', there, 'v1')
  expect(digests(onlyHere)).toEqual([a.digest])
  expect(digests(onlyThere)).toEqual([b.digest])
  expect(both).toHaveLength(2)
})

test('takes what is linked in another way for the same', async () => {
  const { here, there } = await twoPlaces({ referrersApi: false })
  expect((await diff(here, 'v1', there, 'v1')).onlyHere).toEqual([])
})

test('compares levels down to the depth of the call', async () => {
  const { here, there } = await twoPlaces()
  const sbom = await attach(here, 'v1', note('sbom'))
  await copy(here, 'v1', there, { referrers: true, ...quick })
  const signature = await attach(here, sbom.digest, note('signature'))
  expect((await diff(here, 'v1', there, 'v1')).onlyHere).toEqual([])
  for (const depth of [2, Number.POSITIVE_INFINITY]) {
    expect(digests((await diff(here, 'v1', there, 'v1', { depth })).onlyHere)).toEqual([
      signature.digest,
    ])
  }
})

test('counts an artifact on another subject as another link', async () => {
  const { here, there } = await twoPlaces()
  const other = await pushImage(here, 'other', 'other')
  await pushImage(there, 'other', 'other')
  const artifact = await attach(here, 'v1', note('c'), {
    strategy: digestTags({ subjects: [other.digest] }),
  })
  await attach(there, 'other', note('c'), { strategy: digestTags() })
  expect(digests((await diff(here, 'v1', there, 'v1')).onlyHere)).toEqual([artifact.digest])
})

test('takes cosign’s layers for the same where the other tag has more', async () => {
  const type = 'application/vnd.in-toto+json'
  const attest = (app: Repository, text: string) =>
    attach(
      app,
      'v1',
      { artifactType: type, blobs: [{ data: text, mediaType: type }] },
      { strategy: cosignTags({ suffix: 'att' }), ...quick },
    )
  const [here, there] = [place('here.test').app, place('there.test').app]
  for (const app of [here, there]) {
    await pushImage(app)
    await attest(app, 'one')
  }
  await attest(there, 'two')
  const { onlyHere, onlyThere } = await diff(here, 'v1', there, 'v1')
  expect(onlyHere).toEqual([])
  expect(onlyThere).toHaveLength(1)
})

test('compares different images by what is attached to each', async () => {
  const { here } = await twoPlaces()
  await pushImage(here, 'v2', 'v2')
  const { onlyHere, onlyThere } = await diff(here, 'v1', here, 'v2')
  expect(onlyHere).toHaveLength(2)
  expect(onlyThere).toEqual([])
})

test('is not complete when one side could not be asked', async () => {
  const { here } = await twoPlaces()
  const faults = [{ path: /\/referrers\//, answer: { status: 500 } }]
  const broken = place('broken.test', { faults }).app
  await pushImage(broken)
  for (const [a, b] of [
    [here, broken],
    [broken, here],
  ] as const) {
    const { complete, sources } = await diff(a, 'v1', b, 'v1')
    expect(complete).toBe(false)
    expect([...sources.here, ...sources.there].some(({ status }) => status === 'failed')).toBe(true)
  }
})

test('says that an image is not there, and does not take that for "nothing attached"', async () => {
  const { here, there } = await twoPlaces()
  await deleteManifest(there, 'v1')
  await expect(diff(here, 'v1', there, 'v1')).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('refuses what is no option, and arguments of the wrong kind', async () => {
  const { here } = await twoPlaces()
  const wrong: readonly [object, string][] = [
    [{ deep: 1 }, 'deep'],
    [{ depth: 0 }, 'depth'],
    [{ scope: 'everything' }, 'scope'],
    [{ maxReferrers: 0 }, 'maxReferrers'],
  ]
  for (const [options, path] of wrong) {
    await expect(diff(here, 'v1', here, 'v1', options as never)).rejects.toMatchObject({ path })
  }
  await expect(diff(here, 'v1', here, 'no/tag')).rejects.toMatchObject({ path: 'other' })
  await expect(diff(here, 'v1', {} as never, 'v1')).rejects.toThrow(TypeError)
  const reason = new Error('enough')
  const signal = AbortSignal.abort(reason)
  await expect(diff(here, 'v1', here, 'v1', { signal })).rejects.toBe(reason)
})
