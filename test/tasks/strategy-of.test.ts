import { expect, test } from 'vitest'
import { sidecarTags } from '../../examples/sidecar-tags.ts'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import {
  attach,
  detach,
  discover,
  referrers,
  repository,
  type Strategy,
  strategyOf,
} from '../../src/index.ts'
import * as strategies from '../../src/strategies/index.ts'
import { all, pushImage } from '../_image.ts'

const type = 'application/spdx+json'
const sbom = { artifactType: type, blobs: [{ data: 'x', mediaType: type }] }
const factories = Object.values(strategies) as (() => Strategy)[]
const writers = factories
  .map((factory) => factory())
  .filter(({ readOnly, choices }) => !readOnly && !choices)

async function setUp() {
  const { fetch } = embeddedRegistry({ referrersApi: false })
  const app = repository('registry.test/team/app', { fetch })
  await pushImage(app)
  return app
}

test.each(writers)('leads from what $name found back to it', async (strategy) => {
  const app = await setUp()
  await attach(app, 'v1', sbom, { strategy, settle: 0 })
  const [found] = await all(referrers(app, 'v1', { strategy }))
  expect((await strategyOf(found!.via[0]!))?.name).toBe(strategy.name)
})

test.each(writers)('detaches what $name linked as it was found', async (strategy) => {
  const app = await setUp()
  await attach(app, 'v1', sbom, { strategy, settle: 0 })
  const { referrers: found } = await discover(app, 'v1')
  expect(found).toHaveLength(1)
  expect(await detach(app, 'v1', found[0]!, { settle: 0 })).toMatchObject({ deleted: true })
  expect((await discover(app, 'v1')).referrers).toEqual([])
})

test('gives cosign’s tags with the suffix at which something was found', async () => {
  const app = await setUp()
  const strategy = strategies.cosignTags({ suffix: 'vex' })
  await attach(app, 'v1', sbom, { strategy, settle: 0 })
  const [found] = await all(referrers(app, 'v1', { strategy }))
  await detach(app, 'v1', found!, { settle: 0 })
  expect(await all(referrers(app, 'v1', { strategy }))).toEqual([])
})

test('knows strategies of one’s own where they are given', async () => {
  const via = { strategy: 'sidecar-tags', source: 'tag', kept: 'tag' } as const
  expect(await strategyOf(via)).toBeUndefined()
  expect((await strategyOf(via, [sidecarTags()]))?.name).toBe('sidecar-tags')
})

test('does not guess how to detach what an unknown strategy linked', async () => {
  const app = await setUp()
  const strategy = sidecarTags()
  const attached = await attach(app, 'v1', sbom, { strategy })
  await expect(detach(app, 'v1', attached)).rejects.toMatchObject({ path: 'referrer.via' })
  expect(await detach(app, 'v1', attached, { strategy })).toMatchObject({ deleted: true })
})

test.each([
  [undefined, /^"via" must be a .* got undefined: a referrer has a list of them$/],
  [null, /a referrer has a list of them$/],
  ['oci-subject', /a referrer has a list of them$/],
  [{ via: [] }, /pass referrer.via\[0\]$/],
])('says for %j what to pass', async (wrong, message) => {
  await expect(strategyOf(wrong as never)).rejects.toThrow(message)
  await expect(strategyOf(wrong as never)).rejects.toThrow(TypeError)
})

test('refuses what is no list of strategies', async () => {
  const via = { strategy: 'oci-subject', source: 'tag', kept: 'tag' } as const
  await expect(strategyOf(via, sidecarTags() as never)).rejects.toThrow('"known" must be a list')
})
