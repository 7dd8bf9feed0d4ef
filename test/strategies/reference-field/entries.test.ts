import { expect, test } from 'vitest'
import { attach, discover, hasReferrer, referrers } from '../../../src/index.ts'
import { referenceField } from '../../../src/strategies/index.ts'
import { all } from '../../_image.ts'
import { pushDocument, setUp } from '../_bent.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const note = { artifactType: 'application/vnd.example.note' }
const strategy = referenceField()

/** An image whose own index has an entry with a reference to its platform, as proposal B allows. */
async function withEntry(options = {}) {
  const bent = await setUp({ referrersApi: false, ...options })
  const { straight, subject } = bent
  const artifact = await attach(straight, subject, note, { settle: 0 })
  const { mediaType, digest, size } = artifact
  const index = await pushDocument(
    straight,
    {
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [
        { ...subject, platform: { os: 'linux', architecture: 'amd64' } },
        { mediaType, digest, size, reference: subject },
      ],
    },
    'multi',
  )
  return { ...bent, artifact, index }
}

test.each([true, false])(
  'an entry of the image’s own index is found, list: %s',
  async (referencesApi) => {
    const { app, artifact, subject } = await withEntry({ referencesApi })
    const scope = 'platform' as const
    const found = await discover(app, 'multi', { scope, strategies: [strategy] })
    expect(found.flat.map(({ digest }) => digest)).toEqual([artifact.digest])
    expect(found.flat[0]!.subject.digest).toBe(subject.digest)
    const query = { scope, strategy, ...note }
    expect(await hasReferrer(app, 'multi', query)).toBe(true)
    expect(await all(referrers(app, 'multi', query))).toMatchObject([{ digest: artifact.digest }])
  },
)

test('an entry with a reference is no platform', async () => {
  const { app, artifact, index } = await withEntry()
  const { sources } = await discover(app, index.digest, { scope: 'platform', strategy })
  expect(sources.map((source) => source.subject)).not.toContain(artifact.digest)
})
