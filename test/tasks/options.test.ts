// What is wrong in the options of a call is an error before any request, which names the option.
import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import {
  detach,
  detect,
  discover,
  hasReferrer,
  type Repository,
  referrers,
  repository,
  tags,
} from '../../src/index.ts'
import { cosignTags, ociSubject } from '../../src/strategies/index.ts'
import { all, pushImage } from '../_image.ts'
import { recorded } from '../_wire.ts'

type Call = (app: Repository, options: never) => Promise<unknown>

const listing: Call = async (app, options) => all(referrers(app, 'v1', options))
const asking: Call = (app, options) => hasReferrer(app, 'v1', options)
const discovering: Call = (app, options) => discover(app, 'v1', options)
const detecting: Call = (app, options) => detect(app, options)
const detaching: Call = (app, options) => detach(app, 'v1', `sha256:${'0'.repeat(64)}`, options)

const wrong = (name: string, ...values: unknown[]) => values.map((value) => ({ [name]: value }))

const filters = [
  ...wrong('artifactType', undefined, '', null, 7, [], [''], ['a/b', undefined]),
  ...wrong('annotations', undefined, null, 'text', ['a']),
]
const strategy = [
  ...wrong('strategy', null, 'oci-subject', ociSubject, [ociSubject()]),
  ...wrong('strategies', null, ociSubject(), [], [ociSubject], ['oci-subject']),
  { strategies: [cosignTags()], strategy: ociSubject() },
]
const signal = wrong('signal', null, true, new AbortController())
const look = [
  ...wrong('verify', 'yes', 1),
  ...wrong('everywhere', 0),
  ...wrong('maxPages', 0, -1, 1.5, '3', Number.NaN),
]
const reach = [
  ...wrong('depth', 0, 1.5, '2'),
  ...wrong('maxReferrers', 0, Number.POSITIVE_INFINITY),
  ...wrong('scope', 'everything', null, 7),
  ...wrong('since', undefined, '2026-01-01', new Date('x')),
  ...wrong('until', undefined, 0),
  ...wrong('verify', 'yes'),
]

const cases: Record<string, [Call, readonly object[]]> = {
  referrers: [listing, [...filters, ...strategy, ...look, ...signal]],
  hasReferrer: [asking, [...filters, ...strategy, ...look, ...signal]],
  discover: [discovering, [...filters, ...strategy, ...reach, ...signal]],
  detect: [detecting, [...strategy, ...signal]],
  detach: [
    detaching,
    [
      ...strategy,
      ...wrong('settle', -1, '1', Number.POSITIVE_INFINITY),
      ...wrong('maxTags', 0, 1.5, '9', Number.POSITIVE_INFINITY),
      ...signal,
    ],
  ],
  tags: [
    async (app, options) => all(tags(app, options)),
    [
      ...wrong('kind', undefined, 'names', null),
      ...wrong('pageSize', 0),
      ...wrong('last', 7),
      ...signal,
    ],
  ],
}

describe.each(Object.entries(cases))('%s', (_, [call, wrongs]) => {
  test.each(wrongs.map((options) => [Object.keys(options)[0]!, options] as const))(
    'refuses a wrong %s: %o',
    async (path, options) => {
      const { app, wire } = await setUp()
      const refused = async () => call(app, options as never)
      await expect(refused()).rejects.toMatchObject({ code: 'INVALID_INPUT', path })
      expect(wire.lines()).toEqual([])
    },
  )

  test('says which option was meant', async () => {
    const { app, wire } = await setUp()
    const refused = async () => call(app, { sginal: undefined } as never)
    await expect(refused()).rejects.toThrow(
      '"sginal" is not an option here: did you mean "signal"?',
    )
    expect(wire.lines()).toEqual([])
  })

  test.each([[null], ['v1'], [[]]])('wants an object, and not %o', async (options) => {
    const { app, wire } = await setUp()
    await expect((async () => call(app, options as never))()).rejects.toThrow(TypeError)
    expect(wire.lines()).toEqual([])
  })
})

test('a gate whose variable is not set fails closed', async () => {
  const { app } = await setUp()
  const artifactType = process.env.OCILINK_TEST_UNSET as string
  await expect(hasReferrer(app, 'v1', { artifactType })).rejects.toThrow(
    '"artifactType" must be set, or left out, got undefined',
  )
})

async function setUp() {
  const wire = recorded(embeddedRegistry().fetch)
  const app = repository('registry.test/team/app', { fetch: wire.fetch })
  await pushImage(app)
  wire.reset()
  return { app, wire }
}
