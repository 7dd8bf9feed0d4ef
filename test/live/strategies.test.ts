// The strategies that need nothing of a registry but tags, on registries as people run them.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  attach,
  detach,
  discover,
  hasReferrer,
  type Repository,
  referrers,
  repository,
  type Strategy,
} from '../../src/index.ts'
import { getManifest, listTags } from '../../src/registry/index.ts'
import {
  cosignTags,
  digestTags,
  indexAnnotations,
  referenceField,
} from '../../src/strategies/index.ts'
import { distribution, dockerRegistry, olareg, type RunningRegistry } from './_registries.ts'
import { type Clients, clientsFor } from './_tools.ts'

const sbomType = 'application/spdx+json'
const noteType = 'application/vnd.example.note'
const sbom = {
  artifactType: sbomType,
  blobs: [{ data: '{"spdxVersion":"SPDX-2.3"}', mediaType: sbomType }],
  annotations: { 'com.example.author': 'Zoë Größe 山田' },
}
const note = { artifactType: noteType, annotations: { text: 'hello' } }

const signatureType = 'application/vnd.dev.cosign.simplesigning.v1+json'
const signed = (payload: string) => ({
  artifactType: signatureType,
  blobs: [
    {
      data: payload,
      mediaType: signatureType,
      annotations: { 'dev.cosignproject.cosign/signature': `signature of ${payload}` },
    },
  ],
})
const envelopeType = 'application/vnd.dsse.envelope.v1+json'
const attestation = {
  artifactType: envelopeType,
  blobs: [{ data: '{}', mediaType: envelopeType, annotations: { predicateType: 'text/x-test' } }],
}

const strategies: readonly { name: string; strategy: Strategy }[] = [
  { name: 'digest tags', strategy: digestTags() },
  { name: 'the annotated index', strategy: indexAnnotations() },
  { name: 'the reference field', strategy: referenceField() },
]

describe.each([dockerRegistry, distribution, olareg])('$name', (registry) => {
  let running: RunningRegistry
  let clients: Clients
  let images = 0
  beforeAll(async () => {
    running = await registry.start()
    clients = await clientsFor(running)
  })
  afterAll(async () => {
    await clients?.close()
    await running?.stop()
  })

  /** Pushes an image with crane as `v1` of a repository that no other test uses. */
  async function image(): Promise<{ app: Repository; digest: string; name: string }> {
    images += 1
    const name = `team/app-${images}`
    const digest = await clients.pushImage(name, 'v1')
    return { app: repository(`${running.host}/${name}`), digest, name }
  }
  const list = async (...ask: Parameters<typeof referrers>) => {
    const found = []
    for await (const referrer of referrers(...ask)) found.push(referrer)
    return found
  }

  describe.each(strategies)('by $name', ({ strategy }) => {
    test('attaches, lists and filters', async () => {
      const { app, digest } = await image()
      const first = await attach(app, 'v1', sbom, { strategy })
      const second = await attach(app, digest, note, { strategy })
      expect([first.confirmed, second.confirmed]).toEqual([true, true])
      // A process that knows nothing of this registry yet.
      const other = repository(`${running.host}/${app.name}`)
      const found = await list(other, digest, { strategy })
      expect(found.map((referrer) => referrer.digest).sort()).toEqual(
        [first.digest, second.digest].sort(),
      )
      expect(await list(other, 'v1', { strategy, artifactType: sbomType })).toMatchObject([
        { digest: first.digest, artifactType: sbomType, annotations: sbom.annotations },
      ])
      expect(await list(other, 'v1', { strategy, annotations: note.annotations })).toMatchObject([
        { digest: second.digest, artifactType: noteType },
      ])
      expect(await hasReferrer(other, 'v1', { strategy, artifactType: 'text/x-none' })).toBe(false)
      expect(await list(other, `sha256:${'0'.repeat(64)}`, { strategy })).toEqual([])
      // The same again changes nothing.
      await attach(other, 'v1', sbom, { strategy })
      expect(await list(other, 'v1', { strategy })).toHaveLength(2)
    })

    test('detaches one artifact and leaves the others', async () => {
      const { app, digest } = await image()
      const first = await attach(app, 'v1', sbom, { strategy })
      const second = await attach(app, 'v1', note, { strategy })
      expect(await detach(app, 'v1', first.digest, { strategy })).toMatchObject({ deleted: true })
      expect((await list(app, digest, { strategy })).map((one) => one.digest)).toEqual([
        second.digest,
      ])
      await detach(app, 'v1', second.digest, { strategy })
      expect(await list(app, 'v1', { strategy })).toEqual([])
      expect((await getManifest(app, 'v1')).descriptor.digest).toBe(digest)
    })

    test('other clients read what was attached', async () => {
      const { app, name } = await image()
      const { digest } = await attach(app, 'v1', sbom, { strategy })
      const manifest = JSON.parse(
        await clients.crane('manifest', `${running.host}/${name}@${digest}`),
      )
      const blob = `${running.host}/${name}@${manifest.layers[0].digest}`
      expect(await clients.crane('blob', blob)).toBe(sbom.blobs[0]!.data)
    })
  })

  test('cosign’s tags keep signatures and attestations, which other clients read', async () => {
    const { app, digest, name } = await image()
    const strategy = cosignTags()
    const [signature, next] = [signed('one'), signed('two')]
    const first = await attach(app, 'v1', signature, { strategy })
    const second = await attach(app, digest, next, { strategy })
    const envelope = await attach(app, 'v1', attestation, { strategy })
    for (const { confirmed } of [first, second, envelope]) expect(confirmed).toBe(true)

    const other = repository(`${running.host}/${app.name}`)
    const found = await list(other, 'v1', { strategy })
    expect(found).toMatchObject([
      { artifactType: signatureType, via: [{ source: 'sig' }], subject: { digest } },
      { artifactType: envelopeType, via: [{ source: 'att' }], digest: envelope.digest },
    ])
    expect(found[0]!.layers).toMatchObject([
      { annotations: signature.blobs[0]!.annotations },
      { annotations: next.blobs[0]!.annotations },
    ])
    const wanted = { annotations: next.blobs[0]!.annotations }
    const [filtered, ...others] = await list(other, 'v1', { strategy, ...wanted })
    expect(others).toEqual([])
    expect(filtered!.layers).toHaveLength(1)
    expect(await hasReferrer(other, 'v1', { strategy, artifactType: 'text/x-none' })).toBe(false)

    // A tool that knows nothing of it sees an image at a tag.
    const reference = `${running.host}/${name}:${digest.replace(':', '-')}.sig`
    const manifest = JSON.parse(await clients.crane('manifest', reference))
    const blob = `${running.host}/${name}@${manifest.layers[1].digest}`
    expect(await clients.crane('blob', blob)).toBe(next.blobs[0]!.data)

    await detach(app, 'v1', found[0]!.digest, { strategy })
    expect(await list(app, 'v1', { strategy })).toMatchObject([{ digest: envelope.digest }])
    await detach(app, 'v1', envelope.digest, { strategy })
    expect(await list(app, 'v1', { strategy })).toEqual([])
    expect((await getManifest(app, 'v1')).descriptor.digest).toBe(digest)
  })

  test('discover finds what oras, regctl and ocilink linked, each once', async () => {
    const { app, digest, name } = await image()
    const reference = `${running.host}/${name}@${digest}`
    await writeFile(join(clients.directory, 'report.txt'), 'from oras')
    const type = ['--artifact-type', 'application/vnd.oras.report']
    await clients.oras('attach', ...type, reference, 'report.txt:text/plain')
    await clients.regctl(
      [
        'artifact',
        'put',
        '--artifact-type',
        'application/vnd.regctl.report',
        '--subject',
        reference,
      ],
      'from regctl',
    )
    const theirs = (await clients.orasDiscover(reference)).map((one) => one.digest)
    expect(theirs).toHaveLength(2)
    const ours = [
      await attach(app, 'v1', sbom),
      await attach(app, 'v1', note, { strategy: referenceField() }),
      await attach(app, 'v1', sbom, { strategy: digestTags() }),
      await attach(app, 'v1', signed('one'), { strategy: cosignTags() }),
    ]
    // A signature of what oras attached.
    const deeper = await attach(app, theirs[0]!, signed('two'), { strategy: cosignTags() })

    const found = await discover(repository(`${running.host}/${name}`), 'v1', { depth: 2 })
    expect(found.complete).toBe(true)
    expect(found.referrers.map((one) => one.digest).sort()).toEqual(
      [...theirs, ...ours.map((one) => one.digest)].sort(),
    )
    expect(found.flat).toHaveLength(theirs.length + ours.length + 1)
    const oras = found.referrers.find((one) => one.digest === theirs[0])
    expect(oras?.referrers).toMatchObject([{ digest: deeper.digest }])
    // They list what was linked as OCI 1.1 does; on a registry without the API all that is at its tag.
    const listed = [...theirs, ours[0]!.digest]
    for (const client of [clients.orasDiscover, clients.regctlList]) {
      const digests = (await client(reference)).map((one) => one.digest)
      expect(digests).toEqual(expect.arrayContaining(listed))
    }
  })

  test('discover finds what is linked to images, and an index of them, that oras and regctl pushed', async () => {
    const name = `team/pushed-${images++}`
    const at = (tag: string) => `${running.host}/${name}:${tag}`
    await writeFile(join(clients.directory, 'layer.txt'), 'from oras')
    await clients.oras('push', at('one'), 'layer.txt:text/plain')
    const put = ['artifact', 'put', '--artifact-type', 'application/vnd.example.image']
    await clients.regctl([...put, at('two')], 'from regctl')
    const refs = ['one', 'two'].flatMap((tag) => ['--ref', at(tag)])
    await clients.regctl(['index', 'create', at('multi'), ...refs])

    const type = ['--artifact-type', 'application/vnd.oras.report']
    await clients.oras('attach', ...type, at('multi'), 'layer.txt:text/plain')
    await clients.oras('attach', ...type, at('one'), 'layer.txt:text/plain')
    const regctl = ['artifact', 'put', '--artifact-type', 'application/vnd.regctl.report']
    await clients.regctl([...regctl, '--subject', at('two')], 'from regctl')
    const app = repository(`${running.host}/${name}`)
    await attach(app, 'two', sbom, { strategy: digestTags() })

    const count = async (scope: 'index' | 'platform' | 'all') => {
      const found = await discover(app, 'multi', { scope })
      expect(found.complete).toBe(true)
      return found.referrers.length
    }
    expect([await count('index'), await count('platform'), await count('all')]).toEqual([1, 3, 4])
  })

  test('digest tags link several subjects at once, and lose them one by one', async () => {
    const { app, digest } = await image()
    const absent = `sha256:${'5'.repeat(64)}`
    const strategy = digestTags({ subjects: [absent] })
    const attached = await attach(app, digest, sbom, { strategy })
    for (const subject of [digest, absent]) {
      expect(await list(app, subject, { strategy })).toMatchObject([{ digest: attached.digest }])
    }
    const tags: string[] = []
    for await (const tag of listTags(app)) tags.push(tag)
    expect(tags.filter((tag) => tag.endsWith('.sbom'))).toHaveLength(2)
    const untags = registry !== dockerRegistry
    const first = detach(app, digest, attached.digest, { strategy })
    if (untags) {
      expect(await first).toMatchObject({ deleted: false, confirmed: true })
      expect(await list(app, digest, { strategy })).toEqual([])
    } else {
      await expect(first).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    }
    expect(await list(app, absent, { strategy })).toMatchObject([{ digest: attached.digest }])
  })

  test('the annotated index is an image that runs: its platforms come first', async () => {
    const { app, digest, name } = await image()
    await attach(app, 'v1', sbom, { strategy: indexAnnotations() })
    const tag = digest.replace(':', '-')
    const index = JSON.parse(await clients.crane('manifest', `${running.host}/${name}:${tag}`))
    expect(index.manifests[0].digest).toBe(digest)
  })

  test('the reference field shares the referrers tag with OCI 1.1, and neither is read as the other', async () => {
    const { app, digest } = await image()
    const strategy = referenceField()
    const [b, oci] = await Promise.all([
      attach(app, digest, sbom, { strategy }),
      attach(app, digest, note),
    ])
    expect(b).toMatchObject({ confirmed: true, via: [{ source: 'referrers-tag' }] })
    expect(app.capabilities.referencesApi).toBe('unsupported')
    for (const verify of [false, true]) {
      expect(await list(app, digest, { strategy, verify })).toMatchObject([{ digest: b.digest }])
      expect(await list(app, digest, { verify })).toMatchObject([{ digest: oci.digest }])
    }
    await expect(detach(app, digest, oci.digest, { strategy })).rejects.toMatchObject({
      path: 'referrer',
    })
    await detach(app, digest, oci.digest)
    expect(await list(app, digest, { strategy })).toMatchObject([{ digest: b.digest }])
  })

  test('4 processes attach 8 times each by digest tags: all 32 are listed', async () => {
    const { app, digest } = await image()
    const program = fileURLToPath(new URL('./_digest-tagger.ts', import.meta.url))
    const children = [0, 1, 2, 3].map((i) =>
      fork(program, [`${running.host}/${app.name}`, digest, `${i}`], {
        execArgv: ['--conditions=source'],
      }),
    )
    try {
      await Promise.all(children.map((child) => once(child, 'message')))
      const done = children.map((child) => once(child, 'message'))
      for (const child of children) child.send('go')
      const attached = (await Promise.all(done)).flatMap(([digests]) => digests as string[])
      expect(new Set(attached).size).toBe(32)
      const found = await list(app, digest, { strategy: digestTags() })
      expect(found.map((one) => one.digest).sort()).toEqual(attached.sort())
    } finally {
      for (const child of children) child.kill()
    }
  })
})
