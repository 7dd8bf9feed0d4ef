// Short types of artifacts: a filter by type skips no tag that may lead to one.
import { expect, test } from 'vitest'
import { attach, hasReferrer } from '../../../src/index.ts'
import { digestTags, indexAnnotations } from '../../../src/strategies/index.ts'
import { setUp } from '../_bent.ts'

const spdx = { artifactType: 'application/spdx+json', annotations: { text: 'x' } }

test.each(['bom', 'mine', 'sbom'])('an SBOM at a tag of the type %s is found', async (type) => {
  const { app, subject } = await setUp()
  const { artifactType } = spdx
  await attach(app, subject, spdx, { strategy: digestTags({ type }) })
  expect(await hasReferrer(app, subject, { strategy: digestTags(), artifactType })).toBe(true)
})

test('a type that merely begins or ends like another is one of its own', async () => {
  for (const strategy of [digestTags(), indexAnnotations()]) {
    const { app, subject } = await setUp()
    await attach(app, subject, spdx, { strategy, settle: 0 })
    for (const artifactType of ['application/spdx', 'text/spdx', 'application/spdx+json+x'])
      expect(await hasReferrer(app, subject, { strategy, artifactType })).toBe(false)
  }
})
