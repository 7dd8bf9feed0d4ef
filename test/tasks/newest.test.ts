import { expect, expectTypeOf, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import {
  attach,
  type Discovery,
  type FoundReferrer,
  newest,
  type Referrer,
  referrers,
  repository,
} from '../../src/index.ts'
import { pushImage } from '../_image.ts'

const CREATED = 'org.opencontainers.image.created'
const digest = `sha256:${'0'.repeat(64)}` as Referrer['digest']
const made = (artifactType: string, created?: string): Referrer => ({
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest,
  size: 1,
  artifactType,
  ...(created && { annotations: { [CREATED]: created } }),
  subject: { digest },
  via: [],
  confirmed: true,
})
const early = made('a/a', '1969-01-01T00:00:00Z')
const late = made('a/b', '2026-01-01T00:00:00Z')
const undated = made('a/a')
const twin = made('a/c', '2026-01-01T00:00:00Z')

test('is the latest; what has no date comes last, and the first of those as new counts', () => {
  expect(newest([early, late, twin, undated])).toBe(late)
  expect(newest([undated, early])).toBe(early)
  expect(newest([undated])).toBe(undated)
  expect(newest([])).toBeUndefined()
  expect(newest(new Set([early, late]), { artifactType: 'a/a' })).toBe(early)
  expect(newest([early, late, twin], { artifactType: ['a/a', 'a/c'] })).toBe(twin)
  expect(newest([early], { artifactType: 'a/x' })).toBeUndefined()
})

test('takes a listing', async () => {
  const app = repository('registry.test/team/app', { fetch: embeddedRegistry().fetch })
  await pushImage(app)
  expect(await newest(referrers(app, 'v1'))).toBeUndefined()
  const artifactType = 'application/vnd.example.note'
  const at = (day: string) => ({ artifactType, created: new Date(`2026-01-${day}`) })
  await attach(app, 'v1', at('02'))
  const { digest } = await attach(app, 'v1', at('20'))
  await attach(app, 'v1', { ...at('30'), artifactType: 'application/vnd.example.other' })
  expect(await newest(referrers(app, 'v1'), { artifactType })).toMatchObject({ digest })
  await expect(newest(referrers(app, 'v2'))).rejects.toMatchObject({ status: 404 })
})

test.each([[{ artifactType: undefined }], [{ artifactType: '' }], ['a/a'], [{ type: 'a/a' }]])(
  'refuses the options %o',
  (options) => {
    expect(() => newest([early], options as never)).toThrow(/artifactType|options/)
  },
)

test('gives what it was given, at once or as a promise', () => {
  expectTypeOf(newest([early])).toEqualTypeOf<Referrer | undefined>()
  expectTypeOf((found: Discovery) => newest(found.referrers)).returns.toEqualTypeOf<
    FoundReferrer | undefined
  >()
  expectTypeOf((list: AsyncIterable<Referrer>) => newest(list)).returns.toEqualTypeOf<
    Promise<Referrer | undefined>
  >()
})

test.each([
  [undefined, /^"referrers" must be a list of referrers, got undefined$/],
  [null, /^"referrers" must be a list/],
  [7, /^"referrers" must be a list/],
  ['v1', /^"referrers" must be a list of referrers, got string$/],
  [{ referrers: [] }, /of what discover\(\) found pass its "referrers"$/],
])('says for %j what to pass', (wrong, message) => {
  expect(() => newest(wrong as never)).toThrow(message)
  expect(() => newest(wrong as never)).toThrow(TypeError)
})
