// Writes of a tag that others write too: tags that may not be moved, and conditions that never hold.
import { describe, expect, test } from 'vitest'
import { type ArtifactInput, attach, hasReferrer } from '../../src/index.ts'
import { auto, cosignTags, digestTags, ociSubject } from '../../src/strategies/index.ts'
import { type Habit, quirky, refusal, thrownBy } from './_quirky.ts'

const artifactType = 'application/vnd.example.note'
const note = (text: string): ArtifactInput => ({ artifactType, annotations: { text } })
const payload = 'application/vnd.dev.cosign.simplesigning.v1+json'
const signature = (text: string): ArtifactInput => {
  const annotations = { 'dev.cosignproject.cosign/signature': text }
  return { artifactType: payload, blobs: [{ data: '{}', mediaType: payload, annotations }] }
}
const none = { profile: 'distribution2' } as const
const alone = { settle: 0 }

/** Tags that exist are not moved. */
function immutable(refuse: () => Response) {
  const written = new Set<string>()
  const habit: Habit = async ({ method, path, pass }) => {
    const isTag = path.startsWith('manifests/') && !path.includes(':')
    if (method !== 'PUT' || !isTag) return pass()
    if (written.has(path)) return refuse()
    written.add(path)
    return pass()
  }
  const registry = quirky(habit, {}, none)
  const puts = () => registry.lines().filter((line) => line.startsWith('PUT manifests/')).length
  return { ...registry, puts }
}

describe('an immutable tag', () => {
  const refusals: [string, () => Response][] = [
    ['412, as with Harbor', () => refusal(412, 'PRECONDITION', 'configured as immutable')],
    ['412 with a code that says so', () => refusal(412, 'TAG_IMMUTABLE', '')],
    ['412 without a word', () => new Response(null, { status: 412 })],
    ['412 of a proxy', () => new Response('<h1>412 Precondition Failed</h1>', { status: 412 })],
    ['409', () => refusal(409, 'CONFLICT', 'exists')],
    ['400, as with ECR', () => refusal(400, 'TAG_INVALID', 'The image tag already exists')],
    ['405', () => refusal(405, 'UNSUPPORTED', 'Tag is immutable')],
  ]

  test.each(refusals)('is an error at once, and no lost race: %s', async (_, refuse) => {
    for (const [strategy, artifact] of [
      [ociSubject(), note],
      [cosignTags(), signature],
    ] as const) {
      const { app, push, puts } = immutable(refuse)
      await push()
      const options = { ...alone, strategy }
      await attach(app, 'v1', artifact('1'), options)
      const before = puts()
      expect(await thrownBy(() => attach(app, 'v1', artifact('2'), options))).toMatchObject({
        code: 'CONFLICT',
        message: expect.stringContaining('immutable tags'),
      })
      // The manifest, and the tag: once more without the condition where the answer has no words.
      expect(puts() - before).toBeLessThanOrEqual(3)
    }
  })

  test.each(refusals)('lets auto() link in another way at once: %s', async (_, refuse) => {
    const { app, push, puts } = immutable(refuse)
    await push()
    const options = { ...alone, strategy: auto() }
    for (const text of ['1', '2']) await attach(app, 'v1', note(text), options)
    expect(puts()).toBeLessThanOrEqual(6)
    expect(
      await hasReferrer(app, 'v1', {
        strategies: [ociSubject(), digestTags()],
        annotations: { text: '2' },
      }),
    ).toBe(true)
  })
})

test('a 412 although nobody wrote is no lost race, and not tried twenty times', async () => {
  const habit: Habit = ({ method, path }) =>
    method === 'PUT' && path.includes('sha256-') ? refusal(412, 'PRECONDITION', 'no') : undefined
  const { app, push, lines } = quirky(habit, {}, none)
  await push()
  expect(await thrownBy(() => attach(app, 'v1', note('1'), alone))).toMatchObject({ status: 412 })
  // With a condition, and without it where nobody has written since.
  expect(lines().filter((line) => line.startsWith('PUT manifests/sha256-'))).toHaveLength(2)
})

test('a weak ETag, as compressing proxies make it, is no condition', async () => {
  const conditions: (string | null)[] = []
  const habit: Habit = async ({ method, path, headers, pass }) => {
    if (!path.startsWith('manifests/')) return pass()
    if (method === 'PUT') {
      const condition = headers.get('if-match')
      conditions.push(condition)
      return condition?.startsWith('W/') ? new Response('<h1>412</h1>', { status: 412 }) : pass()
    }
    const response = await pass()
    const weak = new Headers(response.headers)
    const digest = weak.get('docker-content-digest')
    if (digest) weak.set('etag', `W/"${digest}"`)
    return new Response(response.body, { status: response.status, headers: weak })
  }
  const { app, push } = quirky(habit, {}, none)
  await push()
  for (const text of ['1', '2', '3']) await attach(app, 'v1', note(text), alone)
  expect(conditions.filter((condition) => condition !== null)).toEqual([])
  expect(await hasReferrer(app, 'v1', { annotations: { text: '3' } })).toBe(true)
})
