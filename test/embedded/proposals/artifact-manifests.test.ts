// PROPOSAL_A.md, "Manifest Properties" and "Push Validation".
import { describe, expect, test } from 'vitest'
import {
  descriptor,
  digestOf,
  errorOf,
  IMAGE,
  image,
  index,
  pushBlob,
  pushImage,
  type Send,
  start,
} from '../_registry.ts'
import { ARTIFACT, artifact, digests, NODE, ORAS, push, pushed, refusedPush } from './_proposals.ts'

const listOf = (digest: string) => `/v2/app/_oci/artifacts/referrers?digest=${digest}`

/** A registry with an image at the tag v1. */
async function ready(...options: Parameters<typeof start>): Promise<{ send: Send; v1: object }> {
  const send = start(...options)
  const digest = await pushImage(send, 'app', 'v1')
  return { send, v1: { mediaType: IMAGE, digest, size: image().length } }
}

describe('an artifact manifest', () => {
  test.each([ARTIFACT, ORAS])('of type %s is kept byte for byte', async (mediaType) => {
    const { send, v1 } = await ready()
    await pushBlob(send, 'app', 'blob')
    const more = { mediaType, subject: v1, blobs: [descriptor('blob', 'application/tar')] }
    const text = `${artifact(more).slice(0, -1)},\n "x-unknown": "ü"}`
    const { digest } = await pushed(send, text, { reference: 'sbom' })
    const answer = await send('GET', '/v2/app/manifests/sbom')
    expect(answer.headers.get('Content-Type')).toBe(mediaType)
    expect(answer.headers.get('Docker-Content-Digest')).toBe(digest)
    expect(await answer.text()).toBe(text)
  })

  test('may have no blobs and no subject', async () => {
    const { send } = await ready()
    await pushed(send, artifact({ blobs: undefined }))
    await pushed(send, artifact({ blobs: null }))
  })

  test('may be about an image, an index, or another artifact', async () => {
    const { send, v1 } = await ready()
    let subject = v1
    for (const text of [
      () => index([v1]),
      () => artifact({ subject }),
      () => artifact({ subject, artifactType: 'signature/example' }),
    ]) {
      subject = await pushed(send, text())
      const about = await pushed(send, artifact({ subject }))
      expect(await digests(send, listOf((subject as { digest: string }).digest))).toContain(
        about.digest,
      )
    }
  })

  test('may be an entry of an index, where it must be there', async () => {
    const { send } = await ready()
    const text = artifact()
    const entry = descriptor(text, ARTIFACT)
    expect(await refusedPush(send, index([entry]))).toBe('400 MANIFEST_BLOB_UNKNOWN')
    await pushed(send, text)
    await pushed(send, index([entry]))
  })

  test.each([
    ['no media type', { mediaType: undefined }],
    ['no artifactType', { artifactType: undefined }],
    ['an empty artifactType', { artifactType: '' }],
    ['an artifactType that is no media type', { artifactType: 'sbom' }],
    ['blobs that are no list', { blobs: {} }],
    ['a blob that is an image', { blobs: [descriptor(image(), IMAGE)] }],
    ['a blob that is an artifact', { blobs: [descriptor(artifact(), ARTIFACT)] }],
    ['a blob that is a node', { blobs: [descriptor('x', NODE)] }],
    ['a blob with an artifactType', { blobs: [{ ...descriptor('{}'), artifactType: 'a/b' }] }],
    ['a subject that is no descriptor', { subject: 'v1' }],
    ['a subject with a nonsense digest', { subject: { ...descriptor('x'), digest: 'x' } }],
    ['annotations that are no strings', { annotations: { a: 1 } }],
    ['layers', { layers: [] }],
    ['manifests', { manifests: [] }],
  ])('is refused with %s', async (_, more) => {
    const { send } = await ready()
    const refusal = await refusedPush(send, artifact(more), { type: ARTIFACT })
    expect(refusal).toBe('400 MANIFEST_INVALID')
  })

  test('is refused under another type than its own', async () => {
    const { send } = await ready()
    for (const type of [ORAS, IMAGE, NODE, 'application/json']) {
      expect(await refusedPush(send, artifact(), { type })).toBe('400 MANIFEST_INVALID')
    }
    const text = image({ mediaType: undefined })
    expect(await refusedPush(send, text, { type: ARTIFACT })).toBe('400 MANIFEST_INVALID')
  })

  test('is refused while a blob is missing, also when a manifest has its digest', async () => {
    const { send, v1 } = await ready()
    const lying = { ...v1, mediaType: 'application/tar' }
    for (const blob of [descriptor('missing'), lying]) {
      expect(await refusedPush(send, artifact({ blobs: [blob] }))).toBe('400 MANIFEST_BLOB_UNKNOWN')
    }
  })
})

describe('an artifact’s subject', () => {
  test('must be a manifest that is there', async () => {
    const { send } = await ready()
    const missing = descriptor('missing', IMAGE)
    const blob = { ...descriptor('{}'), mediaType: IMAGE }
    await pushImage(send, 'other', 'v1', { annotations: { other: 'yes' } })
    const elsewhere = descriptor(image({ annotations: { other: 'yes' } }), IMAGE)
    for (const subject of [missing, blob, elsewhere]) {
      const answer = await push(send, artifact({ subject }))
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({
        errors: [{ code: 'MANIFEST_BLOB_UNKNOWN', detail: { digest: subject.digest } }],
      })
      expect(await digests(send, listOf(subject.digest))).toEqual([])
    }
  })

  test('may be missing where the switch says so, and is listed before and after it comes', async () => {
    const { send } = await ready({ missingSubject: 'accept' })
    const text = image({ annotations: { late: 'yes' } })
    const subject = descriptor(text, IMAGE)
    const about = await pushed(send, artifact({ subject }))
    expect(await digests(send, listOf(subject.digest))).toEqual([about.digest])
    await pushed(send, text)
    expect(await digests(send, listOf(subject.digest))).toEqual([about.digest])
  })

  test('of an image may be missing whatever the switch says', async () => {
    for (const missingSubject of ['reject', 'accept'] as const) {
      const { send } = await ready({ missingSubject })
      await pushed(send, image({ subject: descriptor('missing', IMAGE) }))
    }
  })

  test('may go before its artifact, which stays listed', async () => {
    const { send, v1 } = await ready()
    const about = await pushed(send, artifact({ subject: v1 }))
    const digest = digestOf(image())
    await send('DELETE', `/v2/app/manifests/${digest}`)
    expect(await digests(send, listOf(digest))).toEqual([about.digest])
    expect((await send('GET', `/v2/app/manifests/${about.digest}`)).status).toBe(200)
  })
})

describe('without proposal A', () => {
  test('its manifests and paths are not known', async () => {
    const { send, v1 } = await ready({ artifactApi: false })
    for (const mediaType of [ARTIFACT, ORAS]) {
      expect(await refusedPush(send, artifact({ mediaType }))).toBe('400 MANIFEST_INVALID')
    }
    const { digest } = v1 as { digest: string }
    for (const path of [
      listOf(digest),
      `/v2/app/_oras/artifacts/referrers?digest=${digest}`,
      `/oras/artifacts/v1/app/manifests/${digest}/referrers`,
      '/v2/app/_oci/ext/discover',
      '/v2/_oci/ext/discover',
      '/v2/app/_ext/discover',
      '/v2/_ext/discover',
    ]) {
      expect(await errorOf(await send('GET', path))).toBe('404 UNSUPPORTED')
    }
  })

  test('an index may name one that is not there: its type says nothing', async () => {
    const { send } = await ready({ artifactApi: false })
    await pushed(send, index([descriptor('anything', ARTIFACT)]))
  })
})
