// Layouts and archives of other tools are read with what is attached, and they read ours.
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { attach, type Descriptor, type Repository, referrers } from '../../src/index.ts'
import { archive, layout, saveArchive } from '../../src/node/index.ts'
import { getBlobBytes, getManifest, pushBlob, putManifest } from '../../src/registry/index.ts'
import { type Content, type ImageLayout, writeImageLayout } from './_image-layout.ts'
import { craneRegistry, olareg, type RunningRegistry } from './_registries.ts'
import { type Clients, clientsFor, run } from './_tools.ts'

const sbomType = 'application/vnd.example.sbom'
const signatureType = 'application/vnd.example.signature'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ocilink-boxes-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

async function listed(repo: Repository, subject: string): Promise<[string, string][]> {
  const found: [string, string][] = []
  for await (const { digest, artifactType } of referrers(repo, subject)) {
    found.push([digest, artifactType ?? ''])
  }
  return found.sort()
}

/** Everything that a manifest leads to, read and checked. */
async function readAll(repo: Repository, root: string): Promise<string[]> {
  const { descriptor, bytes } = await getManifest(repo, root)
  const document = JSON.parse(new TextDecoder().decode(bytes))
  const blobs: Content[] = [document.config, ...(document.layers ?? [])].filter(Boolean)
  for (const blob of blobs) await getBlobBytes(repo, blob as Descriptor)
  const children: Content[] = document.manifests ?? []
  const below = await Promise.all(children.map(({ digest }) => readAll(repo, digest)))
  return [descriptor.digest, ...blobs.map(({ digest }) => digest), ...below.flat()]
}

describe.each([olareg, craneRegistry])('what tools take from $name', (registry) => {
  let running: RunningRegistry
  let clients: Clients
  let reference: string
  let root: string
  let image: ImageLayout
  /** What is attached to the image, and to that. */
  let sbom: string
  let signature: string

  beforeAll(async () => {
    running = await registry.start()
    clients = await clientsFor(running)
    reference = `${running.host}/team/app:v1`
    const source = join(clients.directory, 'source')
    image = await writeImageLayout(source)
    root = image.root.digest
    await clients.program(
      'oras',
      'cp',
      '--from-oci-layout',
      `${source}:v1`,
      '--to-plain-http',
      reference,
    )
    await writeFile(join(clients.directory, 'file.json'), '{}')
    const put = async (type: string, subject: string) => {
      const flags = ['--artifact-type', type, '--format', 'json']
      const file = 'file.json:application/json'
      return JSON.parse(await clients.oras('attach', ...flags, subject, file)).digest
    }
    sbom = await put(sbomType, reference)
    signature = await put(signatureType, `${running.host}/team/app@${sbom}`)
  })
  afterAll(async () => {
    await clients?.close()
    await running?.stop()
  })

  interface Dialect {
    readonly name: string
    /** Writes it to a path. */
    write(path: string): Promise<unknown>
    /** Whether what is attached comes with it. */
    readonly attached: boolean
    /** @default team/app */
    readonly repository?: () => string | undefined
    /** @default v1 */
    readonly tag?: () => string | undefined
    readonly archive?: boolean
  }
  const skopeo = (target: string) =>
    clients.program(
      'skopeo',
      '--insecure-policy',
      'copy',
      '--all',
      '--preserve-digests',
      '--src-tls-verify=false',
      `docker://${reference}`,
      target,
    )
  const none = () => undefined
  const full = () => `${running.host}/team/app`
  const dialects: readonly Dialect[] = [
    {
      name: 'oras backup',
      write: (path) => clients.oras('backup', '--include-referrers', '-o', path, reference),
      attached: true,
      repository: none,
    },
    {
      name: 'oras backup to an archive',
      write: (path) => clients.oras('backup', '--include-referrers', '-o', path, reference),
      attached: true,
      archive: true,
      repository: none,
    },
    {
      name: 'oras cp -r',
      write: (path) =>
        clients.program(
          'oras',
          'cp',
          '-r',
          '--from-plain-http',
          reference,
          '--to-oci-layout',
          `${path}:v1`,
        ),
      attached: true,
      repository: none,
    },
    {
      name: 'regctl image copy',
      write: (path) =>
        clients.regctl(['image', 'copy', '--referrers', reference, `ocidir://${path}:v1`]),
      attached: true,
      repository: none,
    },
    {
      name: 'regctl image export',
      write: (path) => clients.regctl(['image', 'export', reference, path]),
      attached: false,
      archive: true,
      repository: full,
    },
    {
      name: 'regctl image export --compress',
      write: (path) => clients.regctl(['image', 'export', '--compress', reference, path]),
      attached: false,
      archive: true,
      repository: full,
    },
    {
      name: 'crane pull',
      write: (path) => clients.crane('pull', '--format=oci', reference, path),
      attached: false,
      repository: none,
      tag: none,
    },
    {
      name: 'crane pull --annotate-ref',
      write: (path) => clients.crane('pull', '--format=oci', '--annotate-ref', reference, path),
      attached: false,
      repository: full,
    },
    {
      name: 'skopeo copy oci:',
      write: (path) => skopeo(`oci:${path}:v1`),
      attached: false,
      repository: none,
    },
    {
      name: 'skopeo copy oci: without a name',
      write: (path) => skopeo(`oci:${path}`),
      attached: false,
      repository: none,
      tag: none,
    },
    {
      name: 'skopeo copy oci-archive:',
      write: (path) => skopeo(`oci-archive:${path}:ghcr.io/team/app:v1`),
      attached: false,
      archive: true,
      repository: () => 'ghcr.io/team/app',
    },
  ]

  test.each(dialects.map((dialect, at) => ({ ...dialect, at })))(
    '$name is read, with what is attached',
    async ({ at, write, attached, repository, tag = () => 'v1', archive: isArchive }) => {
      const path = join(directory, `${registry.name.split(' ')[0]}-${at}${isArchive ? '.tar' : ''}`)
      await write(path)
      if (!isArchive) await chmod(path, 0o555)
      const box = isArchive ? await archive(path) : await layout(path, { readOnly: true })
      const entries = await box.entries()
      const entry = entries.find(({ descriptor }) => descriptor.digest === root)
      expect([entry?.repository, entry?.tag]).toEqual([repository?.(), tag()])
      const app = box.repository('team/app')
      const subject = tag() ?? root
      const found = new Set(await readAll(app, subject))
      for (const digest of image.blobs.keys()) expect(found).toContain(digest)
      expect(await listed(app, subject)).toEqual(attached ? [[sbom, sbomType]] : [])
      expect(await listed(app, sbom)).toEqual(attached ? [[signature, signatureType]] : [])
      await box.close()
      if (!isArchive) await chmod(path, 0o755)
    },
  )
})

describe('what is written here', () => {
  let out: string
  let tar: string
  let unpacked: string
  let clients: Clients
  let registry: RunningRegistry
  let image: ImageLayout
  let sbom: string
  let signature: string

  beforeAll(async () => {
    registry = await olareg.start()
    clients = await clientsFor(registry)
    out = join(clients.directory, 'out')
    tar = join(clients.directory, 'out.tar')
    unpacked = join(clients.directory, 'unpacked')
    image = await writeImageLayout(join(clients.directory, 'source'))
    const box = await layout(out)
    const app = box.repository('team/app')
    await pushAll(app, image)
    sbom = (await attach(app, 'v1', artifact(sbomType))).digest
    signature = (await attach(app, sbom, artifact(signatureType))).digest
    // While it is open: what was acknowledged is there.
    await saveArchive(box, tar)
    await saveArchive(box, join(clients.directory, 'out.tgz'), { gzip: true })
    await mkdir(unpacked)
    await run('tar', ['xf', tar, '-C', unpacked])
  })
  afterAll(async () => {
    await clients?.close()
    await registry?.stop()
  })
  const artifact = (artifactType: string) => ({
    artifactType,
    blobs: [{ data: artifactType, mediaType: 'text/plain' }],
  })

  async function pushAll(repo: Repository, { root, blobs }: ImageLayout): Promise<void> {
    const put = async ({ digest, mediaType }: Content, tag?: string): Promise<void> => {
      const bytes = blobs.get(digest)!
      const document = JSON.parse(String(bytes))
      for (const child of document.manifests ?? []) await put(child)
      for (const blob of [document.config, ...(document.layers ?? [])].filter(Boolean)) {
        await pushBlob(repo, new Uint8Array(blobs.get(blob.digest)!))
      }
      await putManifest(repo, tag, new Uint8Array(bytes), { mediaType })
    }
    await put(root, 'v1')
  }
  const places = () => [out, unpacked]

  test('oras finds what is attached, at every level, in the layout and in the archive', async () => {
    for (const place of [...places(), tar]) {
      const flags = ['--oci-layout', '--format', 'json']
      const json = await clients.program('oras', 'discover', ...flags, `${place}:v1`)
      expect(JSON.parse(json).referrers).toMatchObject([
        { digest: sbom, artifactType: sbomType, referrers: [{ digest: signature }] },
      ])
      const tags = await clients.program('oras', 'repo', 'tags', '--oci-layout', place)
      expect(tags.split('\n')).toContain('v1')
    }
  })

  test('regctl lists it, and copies it', async () => {
    for (const [at, place] of places().entries()) {
      const list = async (reference: string) => {
        const json = await clients.regctl(['artifact', 'list', '--format', '{{json .}}', reference])
        return JSON.parse(json).descriptors.map(({ digest }: Content) => digest)
      }
      expect(await list(`ocidir://${place}:v1`)).toEqual([sbom])
      expect(await list(`ocidir://${place}@${sbom}`)).toEqual([signature])
      const target = `${registry.host}/regctl/${at}:v1`
      await clients.regctl(['image', 'copy', '--referrers', `ocidir://${place}:v1`, target])
      expect((await clients.orasDiscover(target)).map(({ digest }) => digest)).toEqual([sbom])
    }
    const imported = `${registry.host}/regctl/imported:v1`
    await clients.regctl(['image', 'import', imported, tar])
    expect((await clients.crane('digest', imported)).trim()).toBe(image.root.digest)
  })

  test('skopeo reads the layout, the archive, and the one with gzip', async () => {
    const sources = [
      `oci:${out}`,
      `oci:${unpacked}`,
      `oci-archive:${tar}`,
      `oci-archive:${tar.replace(/tar$/, 'tgz')}`,
    ]
    for (const source of sources) {
      const raw = await clients.program('skopeo', 'inspect', '--raw', `${source}:v1`)
      expect(raw).toBe(String(image.blobs.get(image.root.digest)))
      const shown = await clients.program('skopeo', 'inspect', `${source}:v1`)
      expect(JSON.parse(shown).Digest).toBe(image.root.digest)
    }
  })

  test('crane pushes a layout of one image, whose layers it then finds to be whole', async () => {
    const path = join(clients.directory, 'single')
    const box = await layout(path)
    // crane takes a layout of one manifest alone.
    const [child] = JSON.parse(String(image.blobs.get(image.root.digest))).manifests
    await pushAll(box.repository(), { root: child, blobs: image.blobs })
    await box.close()
    const target = `${registry.host}/crane/single:v1`
    await clients.crane('push', path, target)
    expect(await clients.crane('validate', '--remote', target)).toContain('PASS')
    expect((await clients.crane('digest', target)).trim()).toBe(child.digest)
  })

  test('what oras attaches to the layout afterwards is found, and listed by regctl after the next write', async () => {
    const path = join(clients.directory, 'shared')
    const box = await layout(path)
    await pushAll(box.repository(), image)
    await box.close()
    await writeFile(join(clients.directory, 'more.json'), '{}')
    const flags = ['--oci-layout', '--artifact-type', sbomType, '--format', 'json']
    const json = await clients.program('oras', 'attach', ...flags, `${path}:v1`, 'more.json')
    const { digest } = JSON.parse(json)
    const again = await layout(path)
    expect(await listed(again.repository(), 'v1')).toEqual([[digest, sbomType]])
    const own = await attach(again.repository(), 'v1', artifact(signatureType))
    await again.close()
    const found = await clients.regctlList(`ocidir://${path}:v1`)
    expect(found.map((one) => one.digest).sort()).toEqual([digest, own.digest].sort())
    expect(await readdir(path)).toContain('index.json')
  })
})
