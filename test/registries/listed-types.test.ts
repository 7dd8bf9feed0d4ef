// What a list says of an index: registries that know no other type than a config's, or nothing of indexes with a type.
import { describe, expect, test } from 'vitest'
import { discover, hasReferrer, referrers } from '../../src/index.ts'
import type { Descriptor } from '../../src/model/descriptor.ts'
import { putManifest } from '../../src/registry/index.ts'
import { all, quirky } from './_quirky.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const EMPTY = 'application/vnd.oci.empty.v1+json'
const bundle = 'application/vnd.example.bundle'

/** A registry that says of each index in its list that it is of another type. */
async function listing(type: string | undefined, artifactType: string | undefined) {
  const { straight, again, push, sent } = quirky(({ path, pass }) =>
    path.startsWith('referrers/')
      ? pass().then(async (answer) => {
          const list = (await answer.json()) as { manifests: Descriptor[] }
          const manifests = list.manifests.map(({ artifactType: _, ...entry }) => ({
            ...entry,
            ...(type !== undefined && { artifactType: type }),
          }))
          return Response.json({ ...list, manifests }, { headers: { 'content-type': INDEX } })
        })
      : undefined,
  )
  const subject = await push()
  const index = { schemaVersion: 2, mediaType: INDEX, artifactType, manifests: [], subject }
  await putManifest(straight, undefined, index as never)
  return { again, subject, sent }
}

describe.each([
  EMPTY,
  'application/vnd.oci.image.config.v1+json',
  'application/octet-stream',
  'unknown',
  INDEX,
  undefined,
])('an index that is listed as %s', (type) => {
  test('is found by its own type', async () => {
    const { again, subject } = await listing(type, bundle)
    expect(await hasReferrer(again(), subject, { artifactType: bundle })).toBe(true)
    expect(await hasReferrer(again(), subject, { artifactType: [bundle, 'a/b'] })).toBe(true)
    expect(await hasReferrer(again(), subject, { artifactType: 'a/b' })).toBe(false)
    expect(await all(referrers(again(), subject, { artifactType: bundle }))).toMatchObject([
      { artifactType: bundle },
    ])
    const found = await discover(again(), subject, { artifactType: bundle })
    expect(found).toMatchObject({ complete: true, flat: [{ artifactType: bundle }] })
  })
})

test('an index without a type is not shown with that of an empty config', async () => {
  const { again, subject } = await listing(EMPTY, undefined)
  const [found] = await all(referrers(again(), subject))
  expect(found).toMatchObject({ mediaType: INDEX })
  expect(found).not.toHaveProperty('artifactType')
  const [verified] = await all(referrers(again(), subject, { verify: true }))
  expect(verified).not.toHaveProperty('artifactType')
})
