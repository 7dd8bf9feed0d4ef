// Other clients push to and pull from `ocilink serve`, read the directory that it serves, and write
// layouts that it then serves.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type ImageLayout, readBlobs, writeImageLayout } from './_image-layout.ts'
import { type ServeProgram, serveProgram } from './_serve.ts'
import { type Clients, clientsFor } from './_tools.ts'

/** How a client takes a layout's `v1` to a reference of a registry, and back. */
interface RoundTrip {
  readonly name: string
  push(clients: Clients, layout: string, host: string, reference: string): Promise<unknown>
  pull(clients: Clients, reference: string, layout: string): Promise<unknown>
}

const skopeoCopy = ['--insecure-policy', 'copy', '--all', '--preserve-digests']

const roundTrips: readonly RoundTrip[] = [
  {
    name: 'skopeo',
    push: (clients, layout, _, reference) => {
      const to = ['--dest-tls-verify=false', `docker://${reference}`]
      return clients.program('skopeo', ...skopeoCopy, `oci:${layout}:v1`, ...to)
    },
    pull: (clients, reference, layout) => {
      const from = ['--src-tls-verify=false', `docker://${reference}`]
      return clients.program('skopeo', ...skopeoCopy, ...from, `oci:${layout}:v1`)
    },
  },
  {
    name: 'oras',
    push: (clients, layout, _, reference) => {
      const from = ['--from-oci-layout', `${layout}:v1`]
      return clients.program('oras', 'cp', ...from, '--to-plain-http', reference)
    },
    pull: (clients, reference, layout) => {
      const to = ['--to-oci-layout', `${layout}:v1`]
      return clients.program('oras', 'cp', '--from-plain-http', reference, ...to)
    },
  },
  {
    name: 'crane',
    // It pushes no index of a layout: one that is there is copied.
    push: async (clients, layout, host, reference) => {
      const source = `${host}/crane/source:v1`
      await clients.program(
        'oras',
        'cp',
        '--from-oci-layout',
        `${layout}:v1`,
        '--to-plain-http',
        source,
      )
      await clients.crane('copy', source, reference)
    },
    pull: (clients, reference, layout) => clients.crane('pull', '--format=oci', reference, layout),
  },
  {
    name: 'regctl',
    push: (clients, layout, _, reference) =>
      clients.regctl(['image', 'copy', `ocidir://${layout}:v1`, reference]),
    pull: (clients, reference, layout) =>
      clients.regctl(['image', 'copy', reference, `ocidir://${layout}:v1`]),
  },
]

async function temporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'ocilink-clients-'))
}

/** Everything of the image, byte for byte; tools may add blobs of their own. */
function expectWhole(found: ReadonlyMap<string, Buffer>, image: ImageLayout): void {
  for (const [digest, bytes] of image.blobs) {
    expect(found.get(digest)?.equals(bytes), `${digest} is there and the same`).toBe(true)
  }
}

describe.each(['memory', 'a directory'])('with %s', (storage) => {
  let directory: string
  let source: string
  let image: ImageLayout
  let server: ServeProgram
  let clients: Clients

  beforeAll(async () => {
    directory = await temporaryDirectory()
    source = join(directory, 'source')
    image = await writeImageLayout(source)
    server = await serve()
    clients = await clientsFor(server)
  })
  afterAll(async () => {
    await clients?.close()
    await server?.stop()
    await rm(directory, { recursive: true, force: true })
  })
  const served = (name: string) => join(directory, 'served', name)
  const serve = () =>
    storage === 'memory' ? serveProgram() : serveProgram('--dir', join(directory, 'served'))

  test.each(roundTrips)(
    'an image for three platforms comes back from $name byte for byte',
    async ({ name, push, pull }) => {
      const reference = `${server.host}/${name}/app:v1`
      await push(clients, source, server.host, reference)
      const answer = await fetch(`${server.url}/v2/${name}/app/manifests/v1`)
      expect(answer.headers.get('Content-Type')).toBe(image.root.mediaType)
      const root = Buffer.from(await answer.arrayBuffer())
      expect(root.equals(image.blobs.get(image.root.digest)!)).toBe(true)

      const back = join(directory, `back-${name}`)
      await pull(clients, reference, back)
      expectWhole(await readBlobs(back), image)
      if (storage === 'memory') return
      expectWhole(await readBlobs(served(`${name}/app`)), image)
      await expectReadable(`${name}/app`)
    },
  )

  /** The tools read the directory itself, while it is served. */
  async function expectReadable(name: string): Promise<void> {
    const layout = served(name)
    const bytes = String(image.blobs.get(image.root.digest))
    const { program } = clients
    expect(await program('skopeo', 'inspect', '--raw', `oci:${layout}:v1`)).toBe(bytes)
    const shown = await program('skopeo', 'inspect', `oci:${layout}:v1`)
    expect(JSON.parse(shown).Digest).toBe(image.root.digest)
    expect(await program('oras', 'manifest', 'fetch', '--oci-layout', `${layout}:v1`)).toBe(bytes)
    const tags = await program('oras', 'repo', 'tags', '--oci-layout', layout)
    expect(tags.trim()).toBe('v1')
  }

  test('what oras attaches is listed by oras and regctl, also after a restart', async () => {
    const name = 'attached/app'
    await roundTrips[1]!.push(clients, source, server.host, `${server.host}/${name}:v1`)
    await writeFile(join(clients.directory, 'sbom.json'), '{}')
    const type = 'application/vnd.example.sbom'
    const file = 'sbom.json:application/json'
    await clients.oras('attach', '--artifact-type', type, `${server.host}/${name}:v1`, file)
    const check = async () => {
      const reference = `${server.host}/${name}:v1`
      for (const list of [clients.orasDiscover, clients.regctlList]) {
        expect(await list(reference)).toMatchObject([{ artifactType: type }])
      }
    }
    await check()
    if (storage === 'memory') return
    const layout = `${served(name)}:v1`
    const flags = ['--format', 'json', '--depth', '1', '--oci-layout']
    const found = JSON.parse(await clients.program('oras', 'discover', ...flags, layout))
    expect(found.referrers).toMatchObject([{ artifactType: type }])
    expect(await server.stop()).toBe(0)
    server = await serve()
    await clients.close()
    clients = await clientsFor(server)
    await check()
  })
})

describe('a layout', () => {
  test.each([
    [
      'skopeo',
      (clients: Clients, from: string, to: string) =>
        clients.program('skopeo', ...skopeoCopy, `oci:${from}:v1`, `oci:${to}:v1`),
    ],
    [
      'oras',
      (clients: Clients, from: string, to: string) =>
        clients.program(
          'oras',
          'cp',
          '-r',
          '--from-oci-layout',
          `${from}:v1`,
          '--to-oci-layout',
          `${to}:v1`,
        ),
    ],
  ])('that %s wrote is served', async (name, write) => {
    const directory = await temporaryDirectory()
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    const source = join(directory, 'source')
    const image = await writeImageLayout(source)
    const clients = await clientsFor({ host: 'localhost' })
    onTestFinished(() => clients.close())
    if (name === 'oras') {
      await writeFile(join(clients.directory, 'sbom.json'), '{}')
      const type = ['--artifact-type', 'application/vnd.example.sbom']
      await clients.program('oras', 'attach', '--oci-layout', ...type, `${source}:v1`, 'sbom.json')
    }
    await mkdir(join(directory, 'served', 'team'), { recursive: true })
    await write(clients, source, join(directory, 'served', 'team', 'app'))

    const server = await serveProgram('--dir', join(directory, 'served'))
    onTestFinished(async () => void (await server.stop()))
    const back = join(directory, 'back')
    await roundTrips[3]!.pull(await clientsOf(server), `${server.host}/team/app:v1`, back)
    expectWhole(await readBlobs(back), image)
    const referrers = await fetch(`${server.url}/v2/team/app/referrers/${image.root.digest}`)
    const { manifests } = (await referrers.json()) as { manifests: object[] }
    expect(manifests).toHaveLength(name === 'oras' ? 1 : 0)
  })

  async function clientsOf(server: ServeProgram): Promise<Clients> {
    const clients = await clientsFor(server)
    onTestFinished(() => clients.close())
    return clients
  }
})
