// PROPOSAL_F.md, "Well-known annotations": signatures that are kept in the entry of an image.
import { expect, test } from 'vitest'
import { attach } from '../../src/index.ts'
import { referrersTag } from '../../src/model/referrers-tag.ts'
import { entryAnnotations } from '../../src/proposals/index.ts'
import { indexAnnotations } from '../../src/strategies/index.ts'
import { pushDocument, setUp } from '../strategies/_bent.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const signed = {
  'dev.cosignproject.cosign/signature.e59879c': 'MEUC',
  'org.opencontainers.signatures.index': 'dev.cosignproject.cosign/signature.e59879c',
}

test('are read from the index at the digest tag, for a tag, a digest and a descriptor', async () => {
  const { app, straight, subject } = await setUp()
  const manifests = [{ ...subject, annotations: { ...signed, __proto__: undefined } }]
  const index = { schemaVersion: 2, mediaType: INDEX, manifests }
  await pushDocument(straight, index, referrersTag(subject.digest))
  for (const image of ['v1', subject.digest, subject]) {
    expect({ ...(await entryAnnotations(app, image)) }).toEqual(signed)
  }
})

test('are read from an image’s own index, where it is named', async () => {
  const { app, straight, subject } = await setUp()
  const platform = { os: 'linux', architecture: 'amd64' }
  const manifests = [null, { ...subject, platform, annotations: signed }]
  const text = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests })
  const served = await setUp({}, (request, answer) =>
    request.url.endsWith('/manifests/multi')
      ? new Response(text, { headers: { 'content-type': INDEX } })
      : answer(),
  )
  expect(await entryAnnotations(served.app, subject, { index: 'multi' })).toEqual(signed)
  expect(await entryAnnotations(app, subject)).toBeUndefined()
  void straight
})

test('are kept when something is linked in that index', async () => {
  const { app, straight, subject } = await setUp()
  const manifests = [{ ...subject, annotations: signed }]
  await pushDocument(
    straight,
    { schemaVersion: 2, mediaType: INDEX, manifests },
    referrersTag(subject.digest),
  )
  const note = { artifactType: 'application/vnd.example.note' }
  await attach(app, subject, note, { strategy: indexAnnotations(), settle: 0 })
  expect(await entryAnnotations(app, subject)).toEqual(signed)
})

test('are undefined where there is no index, or the image is not in it', async () => {
  const { app, straight, subject } = await setUp()
  expect(await entryAnnotations(app, 'v1')).toBeUndefined()
  await pushDocument(straight, { schemaVersion: 2, mediaType: INDEX, manifests: [] }, 'empty')
  expect(await entryAnnotations(app, subject, { index: 'empty' })).toBeUndefined()
  expect(await entryAnnotations(app, subject, { index: 'v1' })).toBeUndefined()
  await expect(entryAnnotations(app, 'v2')).rejects.toMatchObject({ status: 404 })
  await expect(entryAnnotations(app, 'v1', { inedx: 'v1' } as object)).rejects.toThrow('inedx')
})
