// Manifests with a subject on registries that do not say whether they list it.
import { describe, expect, test } from 'vitest'
import { attach, hasReferrer, referrers } from '../../src/index.ts'
import { putManifest } from '../../src/registry/index.ts'
import { auto, ociSubject, referenceField } from '../../src/strategies/index.ts'
import { all, quirky } from './_quirky.ts'

const mediaType = 'application/vnd.oci.image.index.v1+json'
const none = { profile: 'distribution2' } as const
const index = (subject?: object) =>
  ({ schemaVersion: 2, mediaType, manifests: [], subject }) as never
const bytes = (value: object) => new TextEncoder().encode(JSON.stringify(value))
const says = expect.stringMatching(/did not say that it lists it .*\(OCI-Subject\).*link\(\)/)

test('a manifest with a subject that nobody acknowledges is warned of', async () => {
  const { app, push, warnings } = quirky(() => undefined, {}, none)
  const subject = await push()
  await putManifest(app, undefined, index(subject))
  await putManifest(app, 'tagged', bytes(index(subject)), { mediaType })
  expect(warnings).toEqual([says, says])
  expect(warnings[0]).toContain(subject.digest)
})

test('one that is acknowledged, or has no subject, or is no JSON, is not', async () => {
  const { app, push, warnings } = quirky(() => undefined)
  const subject = await push()
  await putManifest(app, undefined, index(subject))
  const other = quirky(() => undefined, {}, { profile: 'ggcr' })
  await putManifest(other.app, undefined, index())
  await putManifest(other.app, undefined, bytes(index()), { mediaType })
  await putManifest(other.app, 'text', new TextEncoder().encode('hello'), {
    mediaType: 'text/plain',
  })
  expect([...warnings, ...other.warnings]).toEqual([])
})

test.each([ociSubject(), referenceField(), auto()])(
  'what links does not warn of what it sees to itself: $name',
  async (strategy) => {
    const { app, push, warnings } = quirky(() => undefined, {}, none)
    await push()
    await attach(
      app,
      'v1',
      { artifactType: 'application/vnd.example.note' },
      { strategy, settle: 0 },
    )
    expect(warnings).not.toContainEqual(says)
  },
)

describe('a registry that lists, and answered 404 when it was first asked', () => {
  const note = { artifactType: 'application/vnd.example.note' }

  /** Has no list as long as it is starting. */
  function starting(lists = true) {
    let ready = false
    const registry = quirky(({ path }) =>
      path.startsWith('referrers/') && !(ready && lists)
        ? new Response('404 page not found', { status: 404 })
        : undefined,
    )
    const isReady = () => {
      ready = true
    }
    const asked = () => registry.lines().filter((line) => line.includes('referrers/')).length
    const written = () => registry.lines().filter((line) => /^PUT manifests\/sha256-/.test(line))
    return { ...registry, isReady, asked, written }
  }

  test('is asked again when it says of a write that it lists it', async () => {
    const { app, push, isReady, written } = starting()
    const { digest } = await push()
    expect(await hasReferrer(app, digest)).toBe(false)
    expect(app.capabilities.referrersApi).toBe('unsupported')
    isReady()
    const { confirmed, via } = await attach(app, 'v1', note, { settle: 0 })
    expect({ confirmed, source: via[0]?.source }).toEqual({
      confirmed: true,
      source: 'referrers-api',
    })
    expect(app.capabilities.referrersApi).toBe('supported')
    expect(await hasReferrer(app, digest, note)).toBe(true)
    expect(written()).toEqual([])
  })

  test('is asked again once, where it has none after all', async () => {
    const { app, again, push, asked, written } = starting(false)
    const { digest } = await push()
    expect(await hasReferrer(app, digest)).toBe(false)
    for (const text of ['a', 'b', 'c'])
      await attach(app, 'v1', { ...note, annotations: { text } }, { settle: 0 })
    expect(asked()).toBe(2)
    expect(written()).toHaveLength(3)
    expect(await all(referrers(app, digest))).toHaveLength(3)
    // Beside the uploads is asked, and that is enough.
    const before = asked()
    await attach(again(), 'v1', note, { settle: 0 })
    expect(asked() - before).toBe(1)
  })
})
