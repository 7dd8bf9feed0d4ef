// A tag that several writers share: what is there is kept, nobody's layer is lost, and a removed one
// does not come back.
import { describe, expect, test } from 'vitest'
import { attach, detach, hasReferrer, type Repository, referrers } from '../../../src/index.ts'
import { deleteBlob, deleteManifest, getManifest, pushBlob } from '../../../src/registry/index.ts'
import { cosignTags } from '../../../src/strategies/index.ts'
import { all, pushImage } from '../../_image.ts'
import {
  IMAGE,
  readTag,
  SIGNATURE,
  SIMPLE_SIGNING,
  SPDX,
  sbom,
  setUp,
  signed,
  tagOf,
  writeTag,
} from './_cosign.ts'

const strategy = cosignTags()
const alone = { strategy, settle: 0 }

/** The signatures that are listed. */
async function signatures(repo: Repository, subject = 'v1'): Promise<string[]> {
  const found = await all(referrers(repo, subject, { strategy, artifactType: SIMPLE_SIGNING }))
  return found.flatMap(({ layers = [] }) => layers.map((layer) => layer.annotations![SIGNATURE]!))
}

describe('what is at the tag', () => {
  test('is kept: layers in their order, unknown fields, annotations', async () => {
    const { app, straight, subject } = await setUp()
    const layer = await pushBlob(straight, 'theirs', { mediaType: SIMPLE_SIGNING })
    const theirs = { ...layer, annotations: { [SIGNATURE]: 'theirs' }, 'x-unknown': 1 }
    const annotations = { made: 'by hand' }
    await writeTag(straight, subject, 'sig', { layers: [theirs], annotations, ...{ 'x-top': [1] } })
    await attach(app, 'v1', signed('ours'), alone)
    const after = (await readTag(straight, subject, 'sig'))!
    expect(after).toMatchObject({ annotations, 'x-top': [1] })
    expect(after.layers).toMatchObject([theirs, { annotations: { [SIGNATURE]: 'ours' } }])
    expect(after.layers[0]).toEqual(theirs)
  })

  test('of Docker’s media types stays of these', async () => {
    const { app, straight, subject } = await setUp()
    const mediaType = 'application/vnd.docker.container.image.v1+json'
    const config = await pushBlob(straight, '{}', { mediaType })
    await writeTag(straight, subject, 'sig', {
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      config,
    })
    await attach(app, 'v1', signed('ours'), alone)
    expect(await readTag(straight, subject, 'sig')).toMatchObject({
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      config: { mediaType },
    })
    expect(await signatures(app)).toEqual(['ours'])
  })

  test('may be two signatures of one payload: they are two layers of one digest', async () => {
    const { app, subject } = await setUp()
    await attach(app, 'v1', signed('one'), alone)
    await attach(app, 'v1', signed('two'), alone)
    const { layers } = (await readTag(app, subject, 'sig'))!
    expect(new Set(layers.map(({ digest }) => digest)).size).toBe(1)
    expect(await signatures(app)).toEqual(['one', 'two'])
  })

  test('may be one text as two types of SBOM', async () => {
    const { app, subject } = await setUp()
    for (const mediaType of ['text/spdx+json', 'application/spdx+json']) {
      const blobs = [{ data: '{}', mediaType }]
      await attach(app, 'v1', { artifactType: mediaType, blobs }, alone)
      expect(await hasReferrer(app, 'v1', { strategy, artifactType: mediaType })).toBe(true)
    }
    expect((await readTag(app, subject, 'sbom'))!.layers).toHaveLength(2)
  })

  test('may be one signature twice, when its proofs differ', async () => {
    const { app } = await setUp()
    const { artifactType, blobs } = signed('one')
    const bundle = { 'dev.sigstore.cosign/bundle': '{}' }
    const proven = { ...blobs[0]!, annotations: { ...blobs[0]!.annotations, ...bundle } }
    await attach(app, 'v1', signed('one'), alone)
    await attach(app, 'v1', { artifactType, blobs: [proven] }, alone)
    expect(await signatures(app)).toEqual(['one', 'one'])
  })

  test('is not written when it has the layer already, whatever the order of its annotations', async () => {
    const { app, straight, subject, lines } = await setUp()
    const layer = await pushBlob(straight, '{"critical":{}}', { mediaType: SIMPLE_SIGNING })
    const annotations = { z: '1', [SIGNATURE]: 'one' }
    await writeTag(straight, subject, 'sig', { layers: [{ ...layer, annotations }] })
    const { artifactType, blobs } = signed('one')
    const again = await attach(app, 'v1', { artifactType, blobs, annotations: { z: '1' } }, alone)
    expect(again.confirmed).toBe(true)
    expect(lines.filter((line) => line.startsWith('PUT'))).toEqual([])
  })

  test('loses a layer whose blob is gone when that blocks the next write', async () => {
    const { app, straight, subject } = await setUp()
    await attach(straight, 'v1', signed('gone', 'payload that goes'), alone)
    await attach(straight, 'v1', signed('kept'), alone)
    const [gone] = (await readTag(straight, subject, 'sig'))!.layers
    await deleteBlob(straight, gone!.digest)
    await attach(app, 'v1', signed('own'), alone)
    expect(await signatures(straight)).toEqual(['kept', 'own'])
  })

  test('is not written without the own layer when its blob is gone: that is an error', async () => {
    const { app, straight, subject } = await setUp({}, async (request, answer) => {
      const response = await answer()
      if (request.method === 'POST') {
        await deleteBlob(straight, await digestOfPayload()).catch(() => {})
      }
      return response
    })
    const digestOfPayload = async () => (await pushBlob(straight, '{"critical":{}}')).digest
    await expect(attach(app, 'v1', signed('own'), alone)).rejects.toMatchObject({
      code: 'REGISTRY_RESPONSE',
      errors: [expect.objectContaining({ code: 'MANIFEST_BLOB_UNKNOWN' })],
    })
    expect(await readTag(straight, subject, 'sig')).toBeUndefined()
  })

  test('is told apart from losses: more than one SBOM is none to cosign', async () => {
    const { app } = await setUp()
    expect(await attach(app, 'v1', sbom('one'), alone)).not.toHaveProperty('losses')
    const second = await attach(app, 'v1', sbom('two'), alone)
    expect(second.losses).toEqual([
      { field: 'blobs', reason: expect.stringContaining('cosign reads no SBOM') },
    ])
    expect(second.layers).toHaveLength(1)
  })

  test('gets the tags that are wanted for it', async () => {
    const { app } = await setUp()
    const attached = await attach(app, 'v1', signed('one'), { ...alone, tags: ['signed', 'also'] })
    for (const tag of ['signed', 'also']) {
      expect((await getManifest(app, tag)).descriptor.digest).toBe(attached.digest)
    }
  })
})

describe('detach', () => {
  const refuseTagDeletes = (status: number, byDigest = true) =>
    setUp({}, async (request, answer) => {
      const refused = request.method === 'DELETE' && (!byDigest || !request.url.includes('sha256:'))
      if (!refused) return answer()
      return Response.json({ errors: [{ code: 'UNSUPPORTED' }] }, { status })
    })

  test('deletes the tag when nothing else is there, and leaves blobs and other tags', async () => {
    const { app, straight, lines } = await setUp()
    const signature = await attach(app, 'v1', signed('one'), alone)
    const bom = await attach(app, 'v1', sbom(), alone)
    expect(await detach(app, 'v1', signature.digest, alone)).toEqual({
      digest: signature.digest,
      deleted: true,
      confirmed: true,
      action: 'tag-deleted',
    })
    expect(lines.filter((line) => line.startsWith('DELETE'))).toEqual([
      expect.stringMatching(/^DELETE \/manifests\/sha256-[0-9a-f]{64}\.sig$/),
    ])
    expect((await all(referrers(straight, 'v1', { strategy }))).map((r) => r.digest)).toEqual([
      bom.digest,
    ])
    // Other images may share it.
    expect((await pushBlob(straight, '{"critical":{}}')).size).toBe(15)
  })

  test('of the last layer that can be read leaves one that cannot: another client may read it', async () => {
    const methods: string[] = []
    let atTag: string | undefined
    // Of a registry that does not look into layers.
    const { app, straight, subject } = await setUp({}, async (request, answer) => {
      if (!request.url.endsWith('.sig')) return answer()
      methods.push(request.method)
      if (request.method === 'PUT') atTag = await request.text()
      if (request.method === 'DELETE') atTag = undefined
      if (request.method !== 'GET') return new Response(null, { status: 201 })
      return new Response(atTag, {
        status: atTag === undefined ? 404 : 200,
        headers: { 'content-type': IMAGE },
      })
    })
    const layer = await pushBlob(straight, '{"critical":{}}', { mediaType: SIMPLE_SIGNING })
    const good = { ...layer, annotations: { [SIGNATURE]: 'one' } }
    const other = { ...layer, digest: `blake3:${'0'.repeat(64)}` }
    const config = { ...layer, mediaType: 'application/vnd.oci.image.config.v1+json' }
    atTag = JSON.stringify({ schemaVersion: 2, mediaType: IMAGE, config, layers: [good, other] })
    const { digest } = (await getManifest(app, tagOf(subject, 'sig'))).descriptor
    expect(await detach(app, 'v1', digest, alone)).toEqual({
      digest,
      deleted: true,
      confirmed: true,
      action: 'layers-removed',
    })
    expect(JSON.parse(atTag).layers).toEqual([other])
    expect(methods).not.toContain('DELETE')
  })

  test('takes out the layers of an earlier manifest and leaves what was added since', async () => {
    const { app } = await setUp()
    const first = await attach(app, 'v1', signed('first'), alone)
    await attach(app, 'v1', signed('second'), alone)
    expect(await detach(app, 'v1', first.digest, alone)).toMatchObject({
      deleted: true,
      action: 'layers-removed',
    })
    expect(await signatures(app)).toEqual(['second'])
  })

  test.each([400, 405])(
    'spares an image with the same SBOM where tags cannot be deleted, but digests can (%i)',
    async (status) => {
      const { app, straight, subject, warnings } = await refuseTagDeletes(status)
      await pushImage(straight, 'v2', 'other')
      const one = await attach(app, 'v1', sbom(), alone)
      const two = await attach(app, 'v2', sbom(), alone)
      expect(one.digest).toBe(two.digest)
      expect(await detach(app, 'v1', one.digest, alone)).toMatchObject({
        deleted: true,
        confirmed: true,
        action: 'tag-deleted',
      })
      expect(await readTag(straight, subject, 'sbom')).toBeUndefined()
      expect(await hasReferrer(straight, 'v1', { strategy })).toBe(false)
      expect(await hasReferrer(straight, 'v2', { strategy })).toBe(true)
      expect(warnings).toEqual([])
    },
  )

  test('empties the tag where nothing can be deleted, and says so', async () => {
    const { app, straight, subject, warnings } = await refuseTagDeletes(405, false)
    const { digest } = await attach(app, 'v1', signed('one'), alone)
    expect(await detach(app, 'v1', digest, alone)).toEqual({
      digest,
      deleted: false,
      confirmed: true,
      action: 'tag-emptied',
    })
    expect(warnings).toEqual([expect.stringContaining('an empty manifest stays')])
    expect((await readTag(straight, subject, 'sig'))!.layers).toEqual([])
    expect(await hasReferrer(app, 'v1', { strategy })).toBe(false)
    // And what is attached then is there.
    await attach(app, 'v1', signed('two'), alone)
    expect(await signatures(app)).toEqual(['two'])
  })

  test('of what cosign did not make is a mistake, and not done', async () => {
    const { app, subject, lines } = await setUp()
    await attach(app, 'v1', signed('one'), alone)
    lines.splice(0)
    await expect(detach(app, 'v1', subject.digest, alone)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
    expect(lines.filter((line) => !/^(GET|HEAD)/.test(line))).toEqual([])
  })

  test('that cannot be read back is not confirmed', async () => {
    let written = false
    const { app } = await setUp({}, async (request, answer) => {
      if (written && request.url.includes('/manifests/sha256-'))
        return new Response('', { status: 503 })
      if (request.method === 'DELETE') written = true
      return answer()
    })
    const { digest } = await attach(app, 'v1', signed('one'), alone)
    expect(await detach(app, 'v1', digest, alone)).toMatchObject({ confirmed: false })
  })

  test('keeps what the same process attached since it has read the tag', async () => {
    const read = new Map<string, Promise<void>>()
    const { app } = await setUp({ conditional: false }, async (request, answer) => {
      const response = await answer()
      if (request.method === 'GET' && request.url.endsWith('.att')) await read.get('.att')
      return response
    })
    const { digest } = await attach(app, 'v1', signed('one'), alone)
    let go = () => {}
    const added = new Promise<void>((resolve) => {
      go = resolve
    })
    // Another tag of the subject is answered late.
    read.set('.att', added)
    const detached = detach(app, 'v1', digest, alone)
    await attach(app, 'v1', signed('two'), alone)
    go()
    await detached
    expect(await signatures(app)).toEqual(['two'])
  })

  test('passes on what is no refusal', async () => {
    const { app } = await refuseTagDeletes(403)
    const { digest } = await attach(app, 'v1', signed('one'), alone)
    await expect(detach(app, 'v1', digest, alone)).rejects.toMatchObject({ code: 'AUTH_DENIED' })
    expect(await signatures(app)).toEqual(['one'])
  })

  test('of what is not there any more is no error', async () => {
    const { app, straight, subject, lines } = await setUp()
    const { digest } = await attach(app, 'v1', signed('one'), alone)
    await deleteManifest(straight, tagOf(subject, 'sig'))
    lines.splice(0)
    for (const gone of [digest, `sha256:${'0'.repeat(64)}`]) {
      expect(await detach(app, 'v1', gone, alone)).toEqual({
        digest: gone,
        deleted: false,
        confirmed: true,
      })
    }
    expect(lines.filter((line) => !/^(GET|HEAD)/.test(line))).toEqual([])
  })

  test('looks at one tag only when the suffix is given', async () => {
    const { app } = await setUp()
    const { digest } = await attach(app, 'v1', signed('one'), alone)
    const other = { ...alone, strategy: cosignTags({ suffix: 'att' }) }
    expect(await detach(app, 'v1', digest, other)).toMatchObject({ deleted: false })
    expect(await signatures(app)).toEqual(['one'])
  })
})

describe('in one process', () => {
  test('20 attaches at once share one or two writes, one config each', async () => {
    const { app, lines } = await setUp({ conditional: false })
    const attached = await Promise.all(
      Array.from({ length: 20 }, (_, i) => attach(app, 'v1', signed(`${i}`), { strategy })),
    )
    expect(attached.every(({ confirmed }) => confirmed)).toBe(true)
    expect(new Set(await signatures(app))).toEqual(
      new Set(Array.from({ length: 20 }, (_, i) => `${i}`)),
    )
    expect(lines.filter((line) => line.startsWith('PUT /manifests')).length).toBeLessThanOrEqual(2)
  })

  test('blobs of one artifact are in one write', async () => {
    const { app, lines, subject } = await setUp()
    const blobs = ['c', 'a', 'b'].map((data) => ({ data, mediaType: SPDX }))
    const attached = await attach(app, 'v1', { artifactType: SPDX, blobs }, { strategy })
    expect(attached.layers).toHaveLength(3)
    expect((await readTag(app, subject, 'sbom'))!.layers).toEqual(attached.layers)
    expect(lines.filter((line) => line.startsWith('PUT'))).toHaveLength(1)
  })

  test('what is detached while others attach does not come back', async () => {
    const { app } = await setUp({ conditional: false })
    const old = await attach(app, 'v1', signed('old'), alone)
    await Promise.all([
      detach(app, 'v1', old.digest, { strategy }),
      attach(app, 'v1', signed('one'), { strategy }),
      attach(app, 'v1', signed('two'), { strategy }),
    ])
    expect((await signatures(app)).sort()).toEqual(['one', 'two'])
  })
})

describe.each([
  ['a registry that honours conditions', true],
  ['a registry that honours none', false],
])('between processes, on %s', (_, conditional) => {
  test('nobody loses a signature: 6 processes with 3 attaches each', async () => {
    const { open } = await setUp({ conditional })
    const wanted = Array.from({ length: 6 }, async (_, p) => {
      const app = open('team/app', 30)
      for (let i = 0; i < 3; i++) {
        expect((await attach(app, 'v1', signed(`${p}/${i}`), { strategy })).confirmed).toBe(true)
      }
      return [0, 1, 2].map((i) => `${p}/${i}`)
    })
    const all18 = (await Promise.all(wanted)).flat()
    expect((await signatures(open())).sort()).toEqual(all18.sort())
  }, 30_000)

  test('what another process detached does not come back', async () => {
    const { open } = await setUp({ conditional })
    const [one, other] = [open(), open()]
    const first = await attach(one, 'v1', signed('first'), { strategy })
    await detach(other, 'v1', first.digest, { strategy })
    await attach(other, 'v1', signed('theirs'), { strategy })
    await attach(one, 'v1', signed('second'), { strategy })
    expect(await signatures(other)).toEqual(['theirs', 'second'])
  })

  test('what another tool took out of the manifest does not come back', async () => {
    const { open, straight, subject } = await setUp({ conditional })
    const one = open()
    await attach(one, 'v1', signed('kept'), { strategy })
    await attach(one, 'v1', signed('revoked'), { strategy })
    const [kept] = (await readTag(straight, subject, 'sig'))!.layers
    await writeTag(straight, subject, 'sig', { layers: [kept!] })
    await attach(one, 'v1', signed('new'), { strategy })
    expect(await signatures(open())).toEqual(['kept', 'new'])
  })

  test('what is detached stays so, and what is attached meanwhile is kept', async () => {
    const { open } = await setUp({ conditional })
    const first = await attach(open(), 'v1', signed('first'), { strategy })
    await Promise.all([
      detach(open('team/app', 30), 'v1', first.digest, { strategy }),
      attach(open('team/app', 30), 'v1', signed('one'), { strategy }),
      attach(open('team/app', 30), 'v1', signed('two'), { strategy }),
    ])
    expect((await signatures(open())).sort()).toEqual(['one', 'two'])
  })

  test('a layer that another tool overwrites before it is read back is written again', async () => {
    let overwrites = 2
    const { app, straight, subject } = await setUp({ conditional }, async (request, answer) => {
      const response = await answer()
      const tag = request.method === 'PUT' && request.url.includes('/manifests/sha256-')
      if (tag && overwrites-- > 0) await writeTag(straight, subject, 'sig', { layers: [] })
      return response
    })
    expect((await attach(app, 'v1', signed('own'), alone)).confirmed).toBe(true)
    expect(await signatures(straight)).toEqual(['own'])
  })
})

test('a config that was pushed is not pushed again when the tag has to be written again', async () => {
  let refused = 0
  const { app, lines } = await setUp({}, async (request, answer) => {
    const tag = request.method === 'PUT' && request.url.includes('/manifests/sha256-')
    return tag && refused++ === 0 ? new Response('{}', { status: 412 }) : answer()
  })
  await attach(app, 'v1', signed('own'), alone)
  const of = (start: string) => lines.filter((line) => line.startsWith(start)).length
  expect([of('PUT /manifests'), of('POST')]).toEqual([2, 2])
})

test('where others write at the same time, one who comes late overwrites nothing for good', async () => {
  let first = true
  const late: Promise<void>[] = []
  const { app, straight, subject } = await setUp(
    { conditional: false },
    async (request, answer) => {
      const response = await answer()
      if (first && request.method === 'PUT' && request.url.includes('/manifests/sha256-')) {
        first = false
        const { layers } = (await readTag(straight, subject, 'sig'))!
        const write = async (after: number, annotations: Record<string, string>, keep: boolean) => {
          await new Promise((resolve) => setTimeout(resolve, after))
          await writeTag(straight, subject, 'sig', { annotations, layers: keep ? layers : [] })
        }
        late.push(write(100, { written: 'in time' }, true), write(600, { written: 'late' }, false))
      }
      return response
    },
  )
  await attach(app, 'v1', signed('own'), { strategy })
  await Promise.all(late)
  expect(await signatures(straight)).toEqual(['own'])
})

test('that cannot be read back leaves the link unconfirmed, with a warning', async () => {
  let written = false
  const { app, straight, warnings } = await setUp({}, async (request, answer) => {
    const tag = request.url.includes('/manifests/sha256-')
    if (tag && request.method === 'GET' && written) return new Response('', { status: 503 })
    if (tag && request.method === 'PUT') written = true
    return answer()
  })
  const attached = await attach(app, 'v1', signed('one'), alone)
  expect(attached).toMatchObject({ confirmed: false, artifactType: SIMPLE_SIGNING })
  const [found] = await all(referrers(straight, 'v1', { strategy }))
  expect(found!.digest).toBe(attached.digest)
  expect(warnings).toContainEqual(expect.stringContaining('could not be read back'))
})

test('a tag that others overwrite for ever is a conflict, not a success', async () => {
  const { app, straight, subject } = await setUp(
    { conditional: false },
    async (request, answer) => {
      const response = await answer()
      if (request.method === 'PUT' && request.url.includes('/manifests/sha256-'))
        await writeTag(straight, subject, 'sig', { layers: [] })
      return response
    },
  )
  await expect(attach(app, 'v1', signed('x'), alone)).rejects.toMatchObject({
    code: 'CONFLICT',
    attempts: 20,
  })
}, 20_000)
