// Manifests with a subject on registries that do not say whether they list it.
import { expect, test } from 'vitest'
import { attach } from '../../src/index.ts'
import { putManifest } from '../../src/registry/index.ts'
import { auto, ociSubject, referenceField } from '../../src/strategies/index.ts'
import { quirky } from './_quirky.ts'

const mediaType = 'application/vnd.oci.image.index.v1+json'
const none = { profile: 'distribution2' } as const
const index = (subject?: object) =>
  ({ schemaVersion: 2, mediaType, manifests: [], subject }) as never
const bytes = (value: object) => new TextEncoder().encode(JSON.stringify(value))
const says = expect.stringMatching(/did not say that it lists it .*\(OCI-Subject\).*link\(\)/)

test('a manifest with a subject that nobody acknowledges is told of', async () => {
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
