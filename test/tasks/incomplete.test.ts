// Whatever makes an answer incomplete, it says what: a source that failed, a loss, or why not all was looked at.
import { describe, expect, test } from 'vitest'
import {
  attach,
  type CopyReport,
  copy,
  type Descriptor,
  type Difference,
  type Discovery,
  diff,
  discover,
  type Fetch,
  type Repository,
  repository,
} from '../../src/index.ts'
import { putManifest } from '../../src/registry/index.ts'
import { pushImage } from '../_image.ts'
import { careless, place } from './copy/_places.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'

const putIndex = async (app: Repository, tag: string, manifests: readonly Descriptor[]) =>
  (await putManifest(app, tag, { schemaVersion: 2, mediaType: INDEX, manifests })).descriptor

const attachMany = async (app: Repository, count: number) => {
  for (let i = 0; i < count; i++) {
    await attach(app, 'v1', { artifactType: 'text/plain', annotations: { i: `${i}` } })
  }
}

interface Case {
  readonly fill: (app: Repository) => Promise<unknown>
  readonly options?: object
  /** In place of the registry. */
  readonly answer?: (request: Request) => Response | undefined
  readonly reason: object
}

const cases: Readonly<Record<string, Case>> = {
  'more referrers than the call follows': {
    async fill(app) {
      await pushImage(app)
      await attachMany(app, 3)
    },
    options: { maxReferrers: 2 },
    reason: { code: 'TOO_LARGE', expected: 2, message: expect.stringContaining('maxReferrers') },
  },
  'more referrers of referrers than the call follows': {
    async fill(app) {
      await pushImage(app)
      const sbom = await attach(app, 'v1', { artifactType: 'text/sbom' })
      for (const artifactType of ['text/a', 'text/b']) await attach(app, sbom, { artifactType })
    },
    options: { maxReferrers: 2, depth: 3 },
    reason: { code: 'TOO_LARGE', expected: 2 },
  },
  'an index of more levels than are gone through': {
    async fill(app) {
      let inner = await pushImage(app, 'inner')
      for (let i = 0; i < 11; i++) inner = await putIndex(app, 'v1', [inner])
    },
    reason: { code: 'TOO_LARGE', actual: 'more than 8' },
  },
  'a source that does not answer': {
    fill: pushImage,
    answer: ({ url }) =>
      url.includes('/referrers/') ? new Response(null, { status: 403 }) : undefined,
    reason: { code: 'AUTH_DENIED' },
  },
}

/** Why an answer is not complete, by what it says. */
const reasonsOf = ({ cut, sources }: Discovery | CopyReport | Difference): readonly unknown[] => {
  const all = 'here' in sources ? [...sources.here, ...sources.there] : sources
  return [cut, ...all.map(({ error }) => error)].filter(Boolean)
}

describe.each(Object.entries(cases))('%s', (_, { fill, options = {}, answer, reason }) => {
  async function open() {
    const { app, wire } = place('here.test', careless)
    await fill(app)
    const fetch: Fetch = async (request) => answer?.(request) ?? wire.fetch(request)
    return repository('here.test/team/app', { fetch, retries: 0 })
  }
  const said = expect.arrayContaining([expect.objectContaining(reason)])

  test('is said by discover()', async () => {
    const found = await discover(await open(), 'v1', { scope: 'all', ...options })
    expect(found.complete).toBe(false)
    expect(reasonsOf(found)).toEqual(said)
  })

  test('is said by copy(), the first time and again', async () => {
    const [from, to] = [await open(), place('there.test', careless).app]
    for (const _time of ['first', 'again']) {
      const report = await copy(from, 'v1', to, { referrers: true, settle: 0, ...options })
      expect(report.complete).toBe(false)
      expect(reasonsOf(report)).toEqual(said)
    }
  })

  test('is said by diff(), on either side', async () => {
    const [one, other] = [await open(), place('there.test').app]
    await pushImage(other)
    const sides: readonly Difference[] = [
      await diff(one, 'v1', other, 'v1', options),
      await diff(other, 'v1', one, 'v1', options),
    ]
    for (const side of sides) {
      expect(side.complete).toBe(false)
      expect(reasonsOf(side)).toEqual(said)
    }
  })
})

test('a complete answer has no reason', async () => {
  const { app } = place('here.test')
  await pushImage(app)
  await attachMany(app, 2)
  const to = place('there.test').app
  const options = { maxReferrers: 2 }
  const found = await discover(app, 'v1', options)
  const report = await copy(app, 'v1', to, { referrers: true, settle: 0, ...options })
  for (const one of [found, report, await diff(app, 'v1', to, 'v1', options)]) {
    expect(one.complete).toBe(true)
    expect(one).not.toHaveProperty('cut')
  }
})
