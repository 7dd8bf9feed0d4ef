// An index that BuildKit has written, with its attestations: whole, and one platform of it. They are linked twice, by
// the index and by their own subject; without the index the subject is enough.
import { expect, test } from 'vitest'
import { memoryBox } from '../../../src/archive/index.ts'
import type { EmbeddedRegistryOptions } from '../../../src/embedded/index.ts'
import { copy, diff, discover, type Repository } from '../../../src/index.ts'
import { getManifest } from '../../../src/registry/index.ts'
import { pushLayout } from '../../_layout.ts'
import { place } from './_places.ts'

const layout = new URL('../../vectors/recorded/buildkit0-layout/', import.meta.url)
const index = 'sha256:82893c6fbe7022873da65a60e7ff857e05035ec63d26be730e80c990684c2fde'
const amd64 = 'sha256:206b78b08b0b3808a62dbac3e3a8e72c68639a9835f287dcc85c7bcfc76f1c31'
const ofAmd64 = 'sha256:82ecfd09222a01b9986cceb6fb1e286548047a8285da10f13a3c0e2bf345fa0b'
const ofArm64 = 'sha256:daf56c5944cdd46aa2c82901b95417f3f76e8b72a5627e3b9abb731988664aed'

const registries: readonly EmbeddedRegistryOptions[] = [
  {},
  { referrersApi: false, singlePost: false },
  { profile: 'distribution3' },
  { profile: 'olareg' },
  { profile: 'zot' },
]
const destinations: readonly (readonly [string, () => Repository])[] = [
  ...registries.map(
    (options) => [JSON.stringify(options), () => place('there.test', options).app] as const,
  ),
  ['a layout', () => memoryBox().repository('team/app')],
]
const options = { referrers: true, settle: 0 } as const

async function source(): Promise<Repository> {
  const { app } = place('here.test')
  await pushLayout(app, layout, 'latest')
  return app
}

test.each(destinations)('whole to %s', async (_, open) => {
  const [app, to] = [await source(), open()]
  for (const _time of ['the first time', 'again']) {
    const report = await copy(app, 'latest', to, options)
    expect(report.losses).toEqual([])
    expect(report.complete).toBe(true)
    expect(report.descriptor.digest).toBe(index)
    expect(report.manifests).toHaveLength(5)
    expect(report.referrers.map(({ digest }) => digest)).toEqual([ofAmd64, ofArm64])
  }
  const { onlyHere, onlyThere, both, complete } = await diff(app, 'latest', to, 'latest')
  expect({ onlyHere, onlyThere, complete }).toEqual({
    onlyHere: [],
    onlyThere: [],
    complete: true,
  })
  expect(both).toHaveLength(2)
})

test.each(destinations)('one platform to %s', async (_, open) => {
  const [app, to] = [await source(), open()]
  const platforms = ['linux/amd64']
  for (const status of ['copied', 'present']) {
    const report = await copy(app, 'latest', to, { ...options, platforms, tags: ['one'] })
    expect(report.losses).toEqual([])
    expect(report.complete).toBe(true)
    expect(report.descriptor.digest).toBe(amd64)
    expect(report.referrers).toMatchObject([{ digest: ofAmd64, status }])
  }
  const { onlyHere, onlyThere, complete } = await diff(app, amd64, to, 'one')
  expect({ onlyHere, onlyThere, complete }).toEqual({
    onlyHere: [],
    onlyThere: [],
    complete: true,
  })
  const { referrers } = await discover(to, 'one')
  expect(referrers.map(({ digest }) => digest)).toEqual([ofAmd64])
  const [here, there] = await Promise.all([app, to].map((repo) => getManifest(repo, ofAmd64)))
  expect(there!.bytes).toEqual(here!.bytes)
})
