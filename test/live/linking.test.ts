// One suite over every registry: what ocilink links is found by other clients and the other way
// round, with the referrers API and with the referrers tag.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  attach,
  detach,
  hasReferrer,
  type Referrer,
  type Repository,
  referrers,
  repository,
} from '../../src/index.ts'
import { dockerCredentials } from '../../src/node/index.ts'
import { headManifest } from '../../src/registry/index.ts'
import * as registries from './_registries.ts'
import { type Clients, clientsFor } from './_tools.ts'

const sbomType = 'application/spdx+json'
const signatureType = 'application/vnd.example.signature.v1+json'
const otherType = 'application/vnd.example.other'

const sbom = {
  artifactType: sbomType,
  blobs: [{ data: '{"spdxVersion":"SPDX-2.3"}', mediaType: sbomType }],
  annotations: { 'com.example.author': 'Zoë Größe 山田', 'com.example.kind': 'bom' },
}
const signature = {
  artifactType: signatureType,
  blobs: [{ data: new Uint8Array([0, 1, 254, 255]), mediaType: 'application/octet-stream' }],
  annotations: { 'com.example.key': 'ключ-1' },
}

describe.concurrent.each(Object.values(registries).filter((one) => typeof one !== 'function'))(
  '$name',
  (registry) => {
    let running: registries.RunningRegistry
    let clients: Clients
    let images = 0

    beforeAll(async () => {
      running = await registry.start()
      clients = await clientsFor(running)
      await writeFile(join(clients.directory, 'report.txt'), 'from oras')
    })
    afterAll(async () => {
      await clients?.close()
      await running?.stop()
    })

    /** Pushes an image with crane as `v1` of a repository that no other test uses. */
    async function image(): Promise<{ app: Repository; digest: string; reference: string }> {
      images += 1
      const name = `team/app-${images}`
      const digest = await clients.pushImage(name, 'v1')
      return { app: open(name), digest, reference: `${running.host}/${name}@${digest}` }
    }
    const open = (name: string) =>
      repository(`${running.host}/${name}`, running.login ? { credentials: running.login } : {})

    test('lists an SBOM and a signature with their types and annotations', async () => {
      const { app, digest } = await image()
      const first = await attach(app, 'v1', sbom)
      const second = await attach(app, 'v1', signature)
      expect(first).toMatchObject({ confirmed: true, annotations: sbom.annotations })
      for (const verify of [false, true]) {
        const found = await list(app, 'v1', { verify })
        expect(byDigest(found.map(pickListed))).toEqual(byDigest([first, second].map(pickListed)))
        expect(found.map(({ subject }) => subject.digest)).toEqual([digest, digest])
        expect(found.find((referrer) => referrer.digest === first.digest)).toMatchObject({
          artifactType: sbomType,
          annotations: sbom.annotations,
          mediaType: first.mediaType,
          size: first.size,
        })
      }
    })

    test('says where it found a referrer', async () => {
      const { app } = await image()
      const source = registry.referrersApi ? 'referrers-api' : 'referrers-tag'
      const via = [{ strategy: 'oci-subject', source }]
      expect(await attach(app, 'v1', sbom)).toMatchObject({ via })
      expect(await list(app, 'v1')).toMatchObject([{ via }])
    })

    test('lists nothing for an image that nothing is attached to', async () => {
      const { app, digest } = await image()
      expect(await list(app, 'v1')).toEqual([])
      expect(await list(app, digest)).toEqual([])
      expect(await hasReferrer(app, 'v1')).toBe(false)
    })

    test('filters by type and by annotation', async () => {
      const { app } = await image()
      const first = await attach(app, 'v1', sbom)
      const second = await attach(app, 'v1', signature)
      const digests = async (filter: Parameters<typeof referrers>[2]) =>
        (await list(app, 'v1', filter)).map((referrer) => referrer.digest)
      expect(await digests({ artifactType: sbomType })).toEqual([first.digest])
      expect(await digests({ artifactType: signatureType })).toEqual([second.digest])
      expect(await digests({ artifactType: otherType })).toEqual([])
      expect(await digests({ annotations: signature.annotations })).toEqual([second.digest])
      expect(await digests({ artifactType: sbomType, annotations: signature.annotations })).toEqual(
        [],
      )
    })

    test('says whether there is an artifact of a type', async () => {
      const { app, digest } = await image()
      await attach(app, 'v1', sbom)
      expect(await hasReferrer(app, 'v1', { artifactType: sbomType })).toBe(true)
      expect(await hasReferrer(app, digest, { artifactType: sbomType })).toBe(true)
      expect(await hasReferrer(app, 'v1', { artifactType: signatureType })).toBe(false)
    })

    test('attaching the same artifact twice changes nothing', async () => {
      const { app } = await image()
      const first = await attach(app, 'v1', sbom)
      const again = await attach(app, 'v1', sbom)
      expect(again.digest).toBe(first.digest)
      expect(await list(app, 'v1')).toHaveLength(1)
    })

    test('takes a tag, a digest and a descriptor as the subject', async () => {
      const { app, digest } = await image()
      const byTag = await attach(app, 'v1', sbom)
      const byDigestText = await attach(app, digest, signature)
      const descriptor = await headManifest(app, digest)
      const again = await attach(app, descriptor ?? '', signature)
      expect(byTag.subject.digest).toBe(digest)
      expect(again.digest).toBe(byDigestText.digest)
      expect(byDigest(await list(app, digest))).toEqual(byDigest(await list(app, 'v1')))
    })

    test('links to an image index', async () => {
      const { app, reference } = await image()
      const multi = reference.replace(/@.*/, ':multi')
      await clients.regctl(['index', 'create', multi, '--ref', reference])
      const attached = await attach(app, 'multi', sbom)
      expect(attached.subject.mediaType).toBe('application/vnd.oci.image.index.v1+json')
      expect(digestsOf(await list(app, 'multi'))).toEqual([attached.digest])
      expect(digestsOf(await clients.orasDiscover(multi))).toEqual([attached.digest])
      expect(await list(app, 'v1')).toEqual([])
    })

    test('stores blobs given as text, bytes, a Blob and a stream', async () => {
      const { app, reference } = await image()
      const name = reference.replace(/@.*/, '')
      const text = 'drei Größen'
      const mediaType = 'text/plain'
      const attached = await attach(app, 'v1', {
        artifactType: otherType,
        blobs: [
          { data: text, mediaType },
          { data: new TextEncoder().encode(`${text} in bytes`), mediaType },
          { data: new Blob([text, ' in a Blob']), mediaType },
          { data: new Blob([text, ' in a stream']).stream(), mediaType },
        ],
      })
      const manifest = JSON.parse(await clients.crane('manifest', `${name}@${attached.digest}`))
      const contents = manifest.layers.map((layer: { digest: string }) =>
        clients.crane('blob', `${name}@${layer.digest}`),
      )
      expect(await Promise.all(contents)).toEqual([
        text,
        `${text} in bytes`,
        `${text} in a Blob`,
        `${text} in a stream`,
      ])
    })

    test('attaches annotations alone', async () => {
      const { app, reference } = await image()
      const annotations = { 'com.example.approved': 'ja, 审核通过' }
      const attached = await attach(app, 'v1', { artifactType: otherType, annotations })
      const expected = [{ digest: attached.digest, artifactType: otherType, annotations }]
      expect(await clients.orasDiscover(reference)).toEqual(expected)
      expect(await clients.regctlList(reference)).toEqual(expected)
    })

    test('detaches one artifact and leaves the others', async () => {
      const { app, reference } = await image()
      const first = await attach(app, 'v1', sbom)
      const second = await attach(app, 'v1', signature)
      await detach(app, 'v1', first.digest)
      expect(digestsOf(await list(app, 'v1'))).toEqual([second.digest])
      expect(await hasReferrer(app, 'v1', { artifactType: sbomType })).toBe(false)
      expect(digestsOf(await clients.orasDiscover(reference))).toEqual([second.digest])
      expect(digestsOf(await clients.regctlList(reference))).toEqual([second.digest])
    })

    test('other clients can attach after a detach', async () => {
      const { app, reference } = await image()
      const first = await attach(app, 'v1', sbom)
      await attach(app, 'v1', signature)
      await detach(app, 'v1', first.digest)
      await orasAttach(reference)
      await regctlAttach(reference)
      expect(await list(app, 'v1')).toHaveLength(3)
    })

    test('oras discover lists what ocilink attached', async () => {
      const { app, reference } = await image()
      const attached = [await attach(app, 'v1', sbom), await attach(app, 'v1', signature)]
      expect(byDigest(await clients.orasDiscover(reference))).toEqual(
        byDigest(attached.map(pickListed)),
      )
    })

    test('regctl artifact list lists what ocilink attached', async () => {
      const { app, reference } = await image()
      const attached = [await attach(app, 'v1', sbom), await attach(app, 'v1', signature)]
      expect(byDigest(await clients.regctlList(reference))).toEqual(
        byDigest(attached.map(pickListed)),
      )
    })

    test('regctl artifact get reads the content that ocilink attached', async () => {
      const { app, reference } = await image()
      await attach(app, 'v1', sbom)
      await attach(app, 'v1', signature)
      const filter = ['--subject', reference, '--filter-artifact-type', sbomType]
      expect(await clients.regctl(['artifact', 'get', ...filter])).toBe(sbom.blobs[0]?.data)
    })

    async function orasAttach(reference: string): Promise<void> {
      const what = ['--artifact-type', 'application/vnd.oras.report', '-a', 'by=oras ✓']
      await clients.oras('attach', ...what, reference, 'report.txt:text/plain')
    }

    async function regctlAttach(reference: string): Promise<void> {
      const what = [
        '--artifact-type',
        'application/vnd.regctl.report',
        '--annotation',
        'by=regctl ✓',
      ]
      await clients.regctl(['artifact', 'put', ...what, '--subject', reference], 'from regctl')
    }

    test('lists what oras attached', async () => {
      const { app, digest, reference } = await image()
      await orasAttach(reference)
      const [found, ...more] = await list(app, 'v1')
      expect(more).toEqual([])
      expect(found).toMatchObject({
        artifactType: 'application/vnd.oras.report',
        annotations: { by: 'oras ✓' },
        subject: { digest },
      })
      expect(found?.digest).toBe((await clients.orasDiscover(reference))[0]?.digest)
    })

    test('lists what regctl attached', async () => {
      const { app, digest, reference } = await image()
      await regctlAttach(reference)
      const [found, ...more] = await list(app, 'v1')
      expect(more).toEqual([])
      expect(found).toMatchObject({
        artifactType: 'application/vnd.regctl.report',
        annotations: { by: 'regctl ✓' },
        subject: { digest },
      })
      expect(found?.digest).toBe((await clients.regctlList(reference))[0]?.digest)
    })

    test('keeps what oras and regctl attached, and they keep ours', async () => {
      const { app, reference } = await image()
      await attach(app, 'v1', sbom)
      await orasAttach(reference)
      await attach(app, 'v1', signature)
      await regctlAttach(reference)
      const found = byDigest((await list(app, 'v1')).map(pickListed))
      expect(found).toHaveLength(4)
      expect(byDigest(await clients.orasDiscover(reference))).toEqual(found)
      expect(byDigest(await clients.regctlList(reference))).toEqual(found)
    })

    test('fails for an image that does not exist, instead of finding nothing', async () => {
      const { app } = await image()
      await expect(attach(app, 'v2', sbom)).rejects.toMatchObject({ status: 404 })
      await expect(hasReferrer(app, 'v2')).rejects.toMatchObject({ status: 404 })
    })
  },
)

const withLogin = [registries.olaregBasicAuth, registries.olaregTokenAuth]

describe.each(withLogin)('credentials for $name', (registry) => {
  let running: registries.RunningRegistry
  let app: string
  beforeAll(async () => {
    running = await registry.start()
    app = `${running.host}/team/app`
    const clients = await clientsFor(running)
    await clients.pushImage('team/app', 'v1')
    await clients.close()
  })
  afterAll(() => running?.stop())

  const refused = { code: expect.stringMatching(/^AUTH_(REQUIRED|DENIED)$/) }

  test('a wrong password is an authentication error', async () => {
    const wrong = repository(app, { credentials: { username: 'alice', password: 'wrong' } })
    await expect(hasReferrer(wrong, 'v1')).rejects.toMatchObject(refused)
    await expect(list(wrong, 'v1')).rejects.toMatchObject(refused)
    await expect(attach(wrong, 'v1', sbom)).rejects.toMatchObject(refused)
  })

  test('none are an authentication error', async () => {
    await expect(hasReferrer(repository(app), 'v1')).rejects.toMatchObject(refused)
    await expect(attach(repository(app), 'v1', sbom)).rejects.toMatchObject(refused)
  })

  test('come from an async source, which is asked once', async () => {
    const asked: string[] = []
    const credentials = async (host: string) => {
      asked.push(host)
      return running.login
    }
    const open = repository(app, { credentials })
    await attach(open, 'v1', sbom)
    expect(await hasReferrer(open, 'v1', { artifactType: sbomType })).toBe(true)
    expect(asked).toEqual([running.host])
  })

  test.each(['oras', 'crane'])('come from the config file that %s login wrote', async (name) => {
    const clients = await clientsFor({ host: running.host })
    const { username = '', password = '' } = running.login ?? {}
    const login = ['-u', username, '-p', password, running.host]
    try {
      if (name === 'oras') await clients.oras('login', ...login)
      else await clients.crane('auth', 'login', ...login)
      const config = join(clients.directory, 'config.json')
      const open = repository(app, { credentials: dockerCredentials({ config, env: {} }) })
      await attach(open, 'v1', signature)
      expect(await hasReferrer(open, 'v1', { artifactType: signatureType })).toBe(true)
    } finally {
      await clients.close()
    }
  })
})

async function list(...args: Parameters<typeof referrers>): Promise<Referrer[]> {
  const found: Referrer[] = []
  for await (const referrer of referrers(...args)) found.push(referrer)
  return found
}

/** The part of a referrer that other clients list too. */
function pickListed({ digest, artifactType, annotations }: Referrer) {
  return { digest, artifactType, annotations }
}

const byDigest = <T extends { readonly digest: string }>(items: readonly T[]): T[] =>
  [...items].sort((a, b) => (a.digest < b.digest ? -1 : 1))

const digestsOf = (items: readonly { readonly digest: string }[]) =>
  items.map((item) => item.digest)
