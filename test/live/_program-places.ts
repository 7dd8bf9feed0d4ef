// Where the program's commands are tried: registries, and a layout in a directory. What is there is made and looked at by
// oras and regctl.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run as runProgram } from '../cli/_program.ts'
import { dockerRegistry, type LiveRegistry, olareg } from './_registries.ts'
import { type Clients, clientsFor } from './_tools.ts'

export const SBOM = 'application/spdx+json'

/** A place of images, by their names. */
export interface Place {
  /** As the program is told. */
  reference(name: string, of?: string): string
  /** A path in a directory of the test's own. */
  file(name: string): string
  /** regctl makes an image, by default `v1`, and gives its digest. */
  image(name: string, tag?: string): Promise<string>
  /** oras attaches a file with this content to `v1`, or to a digest; gives the digest. */
  attach(name: string, type: string, content: string, to?: string): Promise<string>
  /** The same with a file that is there. */
  attachFile(name: string, type: string, file: string, to?: string): Promise<string>
  /** Attaches what prune() finds once its image is gone: nobody lists it where no tag leads to it. */
  prunable(name: string): Promise<string>
  /** What oras finds attached, and attached to that: digests, sorted. */
  found(name: string, of?: string): Promise<readonly string[]>
  /** What regctl finds attached; it does not see what oras has attached in a layout. */
  listed(name: string): Promise<readonly string[]>
  /** The same in an archive. */
  inArchive(path: string, tag: string): Promise<readonly string[]>
  /** The content of an artifact's file, as oras pulls it. */
  pulled(name: string, digest: string): Promise<string>
  /** Whether regctl finds a manifest. */
  has(name: string, of: string): Promise<boolean>
  digest(name: string, tag: string): Promise<string>
  tags(name: string): Promise<readonly string[]>
  /** regctl deletes a manifest, and nothing else. */
  remove(name: string, digest: string): Promise<void>
  copy(from: string, to: string): Promise<void>
  close(): Promise<void>
}

export interface PlaceKind {
  readonly name: string
  /** Whether it lists referrers itself. */
  readonly lists: boolean
  open(): Promise<Place>
}

const atRegistry = (registry: LiveRegistry): PlaceKind => ({
  name: registry.name,
  lists: registry.referrersApi,
  async open() {
    const running = await registry.start()
    const clients = await clientsFor(running)
    const at = (name: string, of = 'v1') => `${running.host}/${name}${separator(of)}${of}`
    const oras = { flags: ['--plain-http'], at }
    const { referrersApi: lists } = registry
    return placeOf(clients, { reference: at, oras, regctl: at, lists, stop: () => running.stop() })
  },
})

const inLayout: PlaceKind = {
  name: 'a layout',
  lists: true,
  async open() {
    const clients = await clientsFor({ host: 'none.invalid' })
    const at = (name: string, of = 'v1') =>
      `${join(clients.directory, 'layouts', name)}${separator(of)}${of}`
    return placeOf(clients, {
      reference: (name, of) => `oci-layout:${at(name, of)}`,
      oras: { flags: ['--oci-layout'], at },
      regctl: (name, of) => `ocidir://${at(name, of)}`,
      lists: true,
      stop: async () => {},
    })
  },
}

export const registries: readonly PlaceKind[] = [dockerRegistry, olareg].map(atRegistry)
export const places: readonly PlaceKind[] = [...registries, inLayout]

const separator = (of: string) => (of.includes(':') ? '@' : ':')

type At = (name: string, of?: string) => string

/** How each program names an image there. */
interface Names {
  readonly reference: At
  readonly oras: { readonly flags: readonly string[]; readonly at: At }
  readonly regctl: At
  readonly lists: boolean
  stop(): Promise<void>
}

interface Found {
  readonly digest: string
  readonly referrers?: readonly Found[]
}

async function placeOf(clients: Clients, names: Names): Promise<Place> {
  const { directory } = clients
  const { flags, at } = names.oras
  const oras = (verb: string, ...args: string[]) => clients.program('oras', verb, ...flags, ...args)
  const regctl = (...args: string[]) => clients.regctl(args)
  const file = (name: string) => join(directory, name)
  const digests = (found: readonly Found[] = []): readonly string[] =>
    found.flatMap(({ digest, referrers }) => [digest, ...digests(referrers)])
  let count = 0

  const place: Place = {
    reference: names.reference,
    file,
    async image(name, tag = 'v1') {
      // Images without content are the same otherwise.
      await regctl('image', 'create', '--label', `tag=${tag}`, names.regctl(name, tag))
      return (await regctl('image', 'digest', names.regctl(name, tag))).trim()
    },
    async attach(name, type, content, to) {
      const own = `file-${count++}.json`
      await writeFile(file(own), content)
      return place.attachFile(name, type, own, to)
    },
    async attachFile(name, type, own, to) {
      const format = ['--format', 'json', '--artifact-type', type]
      const said = await oras('attach', ...format, at(name, to), `${own}:application/json`)
      return JSON.parse(said).digest
    },
    async prunable(name) {
      if (!names.lists) return place.attach(name, SBOM, '{}')
      const args = [names.reference(name), '-t', SBOM, '-a', 'a=b', '--as', 'digest-tags']
      const { stdout } = await runProgram('attach', ...args, '--json')
      return JSON.parse(stdout).attached[0].digest
    },
    async found(name, of) {
      const said = await oras('discover', '--format', 'json', '--depth', '8', at(name, of))
      return digests(JSON.parse(said).referrers).toSorted()
    },
    async inArchive(path, tag) {
      const flags = ['--oci-layout', '--format', 'json', '--depth', '8']
      const said = await clients.program('oras', 'discover', ...flags, `${path}:${tag}`)
      return digests(JSON.parse(said).referrers).toSorted()
    },
    async listed(name) {
      const said = await regctl('artifact', 'list', '--format', '{{json .}}', names.regctl(name))
      return digests(JSON.parse(said).descriptors ?? []).toSorted()
    },
    async pulled(name, digest) {
      const into = `pulled-${count++}`
      await mkdir(file(into))
      await oras('pull', '-o', into, at(name, digest))
      const [own = ''] = await readdir(file(into))
      return readFile(join(file(into), own), 'utf8')
    },
    has: (name, of) =>
      regctl('manifest', 'head', names.regctl(name, of)).then(
        () => true,
        () => false,
      ),
    digest: async (name, tag) => (await regctl('image', 'digest', names.regctl(name, tag))).trim(),
    tags: async (name) => {
      const [repository = ''] = names.regctl(name).split(/:v1$/)
      return (await regctl('tag', 'ls', repository)).trim().split('\n')
    },
    async remove(name, digest) {
      await regctl('manifest', 'delete', names.regctl(name, digest))
    },
    async copy(from, to) {
      const sides = flags.flatMap((flag) =>
        ['from', 'to'].map((side) => `--${side}-${flag.slice(2)}`),
      )
      await clients.program('oras', 'cp', '-r', ...sides, at(from), at(to))
    },
    async close() {
      await names.stop()
      await clients.close()
    },
  }
  return place
}
