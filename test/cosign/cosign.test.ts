// cosign reads what ocilink writes, and ocilink finds what cosign left, in both of its formats, on a
// registry with the referrers API and on one without. With real keys.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  attach,
  detach,
  discover,
  hasReferrer,
  type Referrer,
  type Repository,
  readArtifact,
  referrers,
  repository,
  type Strategy,
  statements,
} from '../../src/index.ts'
import { getBlobBytes, getManifest, pushBlob } from '../../src/registry/index.ts'
import { cosignTags, ociSubject } from '../../src/strategies/index.ts'
import { distribution, dockerRegistry, olareg, type RunningRegistry } from '../live/_registries.ts'
import { type Clients, clientsFor } from '../live/_tools.ts'
import { attestImage, type Cosign, signImage, startCosign } from './_cosign.ts'

const strategy = cosignTags()
const spdx = 'https://spdx.dev/Document'
const bundle = 'application/vnd.dev.sigstore.bundle.v0.3+json'

describe.concurrent.each([olareg, dockerRegistry, distribution])('$name', (registry) => {
  let running: RunningRegistry
  let clients: Clients
  let cosign: Cosign
  let images = 0
  beforeAll(async () => {
    running = await registry.start()
    clients = await clientsFor(running)
    cosign = await startCosign()
    await writeFile(join(cosign.directory, 'sbom.json'), '{"spdxVersion":"SPDX-2.3"}')
  })
  afterAll(async () => {
    await cosign?.close()
    await clients?.close()
    await running?.stop()
  })

  /** An image in a repository that no other test uses. */
  async function image() {
    images += 1
    const name = `${running.host}/team/app-${images}`
    const digest = await clients.pushImage(`team/app-${images}`, 'v1')
    return { name, digest, reference: `${name}@${digest}`, app: repository(name) }
  }
  async function list(app: Repository, by: Strategy = strategy): Promise<Referrer[]> {
    const found: Referrer[] = []
    for await (const referrer of referrers(app, 'v1', { strategy: by })) found.push(referrer)
    return found
  }

  test('cosign verifies a signature that ocilink wrote, by the right key only', async () => {
    const { name, digest, reference, app } = await image()
    const [key, other] = [await cosign.makeKey(), await cosign.makeKey()]
    await expect(cosign.verify(reference, key.publicFile)).rejects.toThrow('no signatures found')
    const { confirmed } = await attach(app, 'v1', signImage(key, name, digest), { strategy })
    expect(confirmed).toBe(true)
    expect(await cosign.verify(reference, key.publicFile)).toMatchObject([
      { critical: { image: { 'docker-manifest-digest': digest } } },
    ])
    await expect(cosign.verify(reference, other.publicFile)).rejects.toThrow('invalid signature')
  })

  test('cosign does not verify what ocilink signed for another image', async () => {
    const { name, digest, reference, app } = await image()
    const key = await cosign.makeKey()
    const wrong = digest.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    await attach(app, 'v1', signImage(key, name, wrong), { strategy })
    await expect(cosign.verify(reference, key.publicFile)).rejects.toThrow(
      /digest mismatch|invalid/,
    )
  })

  test('cosign and ocilink add to each other’s signatures', async () => {
    const { name, digest, reference, app } = await image()
    const [first, second] = [await cosign.makeKey(), await cosign.makeKey()]
    await attach(app, 'v1', signImage(first, name, digest), { strategy })
    await cosign.sign(reference, 'tags')
    await attach(app, 'v1', signImage(second, name, digest), { strategy })
    for (const publicFile of [first.publicFile, 'cosign.pub', second.publicFile]) {
      expect(await cosign.verify(reference, publicFile)).toHaveLength(1)
    }
    const [found, ...others] = await list(app)
    expect(found!.layers).toHaveLength(3)
    expect(others).toEqual([])
  })

  test('cosign verifies an attestation that ocilink wrote', async () => {
    const { digest, reference, app } = await image()
    const key = await cosign.makeKey()
    const artifact = attestImage(key, digest, spdx, { spdxVersion: 'SPDX-2.3' })
    const attached = await attach(app, 'v1', artifact, { strategy })
    expect(attached.annotations).toMatchObject({ predicateType: spdx })
    const verified = await cosign.verifyAttestation(reference, key.publicFile, 'spdxjson')
    expect(JSON.parse(verified).payloadType).toBe('application/vnd.in-toto+json')
    const other = await cosign.makeKey()
    await expect(
      cosign.verifyAttestation(reference, other.publicFile, 'spdxjson'),
    ).rejects.toThrow()
  })

  test('cosign downloads an SBOM that ocilink wrote', async () => {
    const { reference, app } = await image()
    const mediaType = 'text/spdx+json'
    const data = '{"spdxVersion":"SPDX-2.3","name":"Größe"}'
    await attach(app, 'v1', { artifactType: mediaType, blobs: [{ data, mediaType }] }, { strategy })
    expect(await cosign.run('download', 'sbom', '--allow-http-registry', reference)).toContain(data)
  })

  test('ocilink finds what cosign left at its tags', async () => {
    const { digest, reference, app } = await image()
    await cosign.sign(reference, 'tags')
    await cosign.attest(reference, 'tags', '{"spdxVersion":"SPDX-2.3"}')
    const sbom = ['--sbom', 'sbom.json', '--type', 'spdx', '--allow-http-registry']
    await cosign.run('attach', 'sbom', ...sbom, reference)
    const found = await list(app)
    expect(found).toMatchObject([
      {
        artifactType: 'application/vnd.dev.cosign.simplesigning.v1+json',
        subject: { digest },
        via: [{ strategy: 'cosign-tags', source: 'sig', kept: 'tag' }],
      },
      {
        artifactType: 'application/vnd.dsse.envelope.v1+json',
        annotations: { predicateType: spdx },
        via: [{ strategy: 'cosign-tags', source: 'att', kept: 'tag' }],
      },
      {
        artifactType: 'text/spdx+json',
        via: [{ strategy: 'cosign-tags', source: 'sbom', kept: 'tag' }],
      },
    ])
    const payload = JSON.parse(
      new TextDecoder().decode(await getBlobBytes(app, found[0]!.layers![0]!)),
    )
    expect(payload.critical.image['docker-manifest-digest']).toBe(digest)
    expect(await list(app, ociSubject())).toEqual([])
  })

  test('ocilink writes what cosign writes, byte for byte', async () => {
    const { reference, app } = await image()
    await cosign.sign(reference, 'tags')
    await cosign.sign(reference, 'tags')
    await cosign.attest(reference, 'tags', '{"spdxVersion":"SPDX-2.3"}')
    const copy = repository(`${running.host}/team/copy-${images}`)
    for (const { digest, artifactType, subject, layers = [] } of await list(app)) {
      const blobs = await Promise.all(
        layers.map(async (layer) => ({ ...layer, data: await getBlobBytes(app, layer) })),
      )
      const artifact = { artifactType: artifactType!, blobs }
      const written = await attach(copy, subject.digest, artifact, { strategy })
      expect(written.digest).toBe(digest)
    }
  })

  test('ocilink finds what cosign leaves today: referrers, found by their subject', async () => {
    const { digest, reference, app } = await image()
    await cosign.sign(reference, 'default')
    await cosign.attest(reference, 'default', '{"spdxVersion":"SPDX-2.3"}')
    expect(await list(app)).toEqual([])
    const found = await list(app, ociSubject())
    expect(found).toMatchObject([
      { artifactType: bundle, subject: { digest } },
      { artifactType: bundle, subject: { digest } },
    ])
    const kinds = { 'dev.sigstore.bundle.predicateType': spdx }
    const filter = { strategy: ociSubject(), artifactType: bundle, annotations: kinds }
    expect(await hasReferrer(app, 'v1', filter)).toBe(true)
  })

  test('discover lists all that cosign left, in both of its formats', async () => {
    const { digest, reference, app } = await image()
    for (const format of ['tags', 'default'] as const) {
      await cosign.sign(reference, format)
      await cosign.attest(reference, format, '{"spdxVersion":"SPDX-2.3"}')
    }
    const sbom = ['--sbom', 'sbom.json', '--type', 'spdx', '--allow-http-registry']
    await cosign.run('attach', 'sbom', ...sbom, reference)
    const { referrers: found, complete, sources } = await discover(app, 'v1')
    expect(complete).toBe(true)
    expect(sources.filter(({ status }) => status === 'failed')).toEqual([])
    for (const { subject } of found) expect(subject.digest).toBe(digest)
    const kinds = found.map(({ artifactType, via }) => `${via[0]!.strategy} ${artifactType}`)
    expect(kinds.sort()).toEqual([
      'cosign-tags application/vnd.dev.cosign.simplesigning.v1+json',
      'cosign-tags application/vnd.dsse.envelope.v1+json',
      'cosign-tags text/spdx+json',
      `oci-subject ${bundle}`,
      `oci-subject ${bundle}`,
    ])
  })

  test('statements reads what cosign attested, in both of its formats', async () => {
    const { reference, app } = await image()
    for (const format of ['tags', 'default'] as const) {
      await cosign.attest(reference, format, '{"spdxVersion":"SPDX-2.3"}')
    }
    const found = []
    for await (const statement of statements(app, 'v1', { predicateType: spdx })) {
      expect(statement.subjectMatches).toBe(true)
      expect(statement.predicate).toMatchObject({ spdxVersion: 'SPDX-2.3' })
      found.push(`${statement.via[0]!.strategy} ${statement.wrapper}`)
    }
    expect(found.sort()).toEqual(['cosign-tags dsse', 'oci-subject bundle'])
    const newest = await readArtifact(app, 'v1', { predicateType: spdx })
    expect(await newest.json()).toHaveProperty('dsseEnvelope')
  })

  test('what ocilink detached, cosign finds no more, and the other way round', async () => {
    const { name, digest, reference, app } = await image()
    const key = await cosign.makeKey()
    const signature = await attach(app, 'v1', signImage(key, name, digest), { strategy })
    expect(await detach(app, 'v1', signature.digest, { strategy })).toMatchObject({
      deleted: true,
      confirmed: true,
      action: 'tag-deleted',
    })
    await expect(cosign.verify(reference, key.publicFile)).rejects.toThrow('no signatures found')
    await expect(getManifest(app, `${digest.replace(':', '-')}.sig`)).rejects.toMatchObject({
      status: 404,
    })

    await attach(app, 'v1', signImage(key, name, digest), { strategy })
    const clean = ['--type', 'signature', '--force', '--allow-http-registry']
    await cosign.run('clean', ...clean, reference)
    expect(await list(app)).toEqual([])
    // The image itself is untouched, and can be signed again.
    await attach(app, 'v1', signImage(key, name, digest), { strategy })
    expect(await cosign.verify(reference, key.publicFile)).toHaveLength(1)
    expect((await pushBlob(app, 'still here')).size).toBe(10)
  })
})
