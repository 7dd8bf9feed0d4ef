/**
 * An OCI layout that is only read (image-spec 1.1, image-layout.md). Its index is read when it is opened; its
 * manifests when somebody asks what refers to what.
 *
 * @module
 */
import { type Catalog, createCatalog } from '../embedded/storage/catalog.ts'
import type { StoredBlob, StoredManifest } from '../embedded/storage/storage.ts'
import { InvalidInputError } from '../errors.ts'
import type { Descriptor } from '../model/descriptor.ts'
import type { Digest } from '../model/digest.ts'
import { isIndexType, MANIFEST_LIMIT } from '../model/manifest.ts'
import { isMediaType } from '../model/media-types.ts'
import { type BoxEntry, readEntries } from './entries.ts'
import { type FoundManifest, type Graph, readGraph } from './graph.ts'
import {
  entriesOf,
  type JsonObject,
  LARGEST_MANIFEST,
  parseObject,
  requireVersion,
} from './layout-document.ts'
import { blobPath, type LayoutFiles, readFile } from './layout-files.ts'
import { manifestTypeOf } from './manifest-type.ts'
import { type Names, namesOf } from './names.ts'
import { listsLinks, untilUnreadable } from './unreadable.ts'

/** A layout that is open. */
export interface LayoutReader {
  readonly files: LayoutFiles
  /** The document `index.json`. */
  readonly index: JsonObject
  readonly entries: readonly BoxEntry[]
  readonly names: Names
  findBlob(digest: Digest): Promise<StoredBlob | undefined>
  findManifest(digest: Digest): Promise<StoredManifest | undefined>
  headManifest(digest: Digest): Promise<Descriptor | undefined>
  /** All manifests; read by the first call. */
  manifests(): Promise<readonly FoundManifest[]>
  /** What refers to what, and after it why there may be more; read by the first call. */
  links(): Promise<Pick<Catalog<unknown>, 'listReferrers'>>
  /** Whether `index.json` names a digest. */
  isNamed(digest: Digest): boolean
}

/** A million entries or so. */
const LARGEST_INDEX = 256 * 1024 * 1024

/**
 * Opens a layout.
 *
 * @throws {@link InvalidInputError} naming the file that is missing or is not what it should be
 */
export async function readLayout(files: LayoutFiles): Promise<LayoutReader> {
  const pathOf = (name: string) => `${files.place}/${name}`
  await requireLayout(files)
  requireVersion(await readText(files, 'oci-layout', MANIFEST_LIMIT), pathOf('oci-layout'))
  const text = await readText(files, 'index.json', LARGEST_INDEX)
  if (text === undefined) {
    throw new InvalidInputError('INVALID_INPUT', pathOf('index.json'), 'a file', text)
  }
  const index = parseObject(text, pathOf('index.json'))
  requireIndexType(index, pathOf('index.json'))
  const entries = readEntries(entriesOf(index, pathOf('index.json')))
  const named = new Map(entries.map(({ descriptor }) => [descriptor.digest, descriptor]))
  const lists = new Set(
    entries.flatMap(({ tag, descriptor }) => (listsLinks(tag) ? [descriptor.digest] : [])),
  )
  const graph = once(() => readGraph(files, [...named.values()], lists))
  const links = once(async () => catalogOf(await graph()))

  const findBlob = (digest: Digest) => files.find(blobPath(digest))
  async function findManifest(digest: Digest): Promise<StoredManifest | undefined> {
    const file = await findBlob(digest)
    if (!file || file.size > LARGEST_MANIFEST) return undefined
    // Whether they are what the digest says is checked by whoever reads, as in any registry.
    const bytes = await readFile(file, LARGEST_MANIFEST, pathOf(blobPath(digest)))
    const said = named.get(digest)?.mediaType
    const mediaType = isMediaType(said) ? said : manifestTypeOf(bytes)
    return mediaType === undefined ? undefined : { digest, mediaType, bytes }
  }
  return {
    files,
    index,
    entries,
    names: namesOf(entries, files.place),
    findBlob,
    findManifest,
    async headManifest(digest) {
      const found = await findManifest(digest)
      return found && { mediaType: found.mediaType, digest, size: found.bytes.byteLength }
    },
    manifests: async () => (await graph()).manifests,
    links,
    isNamed: (digest) => named.has(digest),
  }
}

/** Says what else it may be: users mistake what `docker save` wrote before version 25 for a layout. */
async function requireLayout(files: LayoutFiles): Promise<void> {
  if ((await files.find('oci-layout')) || (await files.find('index.json'))) return
  const isDocker = (await files.find('manifest.json')) !== undefined
  const found = isDocker
    ? 'what docker save writes without an OCI layout: save it again with docker 25 or later, or skopeo'
    : 'neither oci-layout nor index.json'
  throw new InvalidInputError('INVALID_INPUT', files.place, 'an OCI layout', found)
}

function requireIndexType({ mediaType }: JsonObject, path: string): void {
  if (mediaType === undefined || mediaType === null || isIndexType(String(mediaType))) return
  throw new InvalidInputError('INVALID_INPUT', `${path}: mediaType`, "an index's", mediaType)
}

async function readText(
  files: LayoutFiles,
  name: string,
  limit: number,
): Promise<string | undefined> {
  const file = await files.find(name)
  return file && new TextDecoder().decode(await readFile(file, limit, `${files.place}/${name}`))
}

function catalogOf({ manifests, broken }: Graph): Pick<Catalog<true>, 'listReferrers'> {
  const catalog = createCatalog<true>()
  for (const { descriptor, links } of manifests) catalog.put(descriptor.digest, true, [], links)
  return {
    listReferrers: (subject, query) =>
      untilUnreadable(catalog.listReferrers(subject, query), broken),
  }
}

/** Runs a task when its result is first wanted, and again only after it has failed. */
function once<T>(task: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  return () => {
    running ??= task().catch((error) => {
      running = undefined
      throw error
    })
    return running
  }
}
