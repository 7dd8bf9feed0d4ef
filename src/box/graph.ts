/**
 * The manifests of a layout and what they refer to: those that `index.json` names, those that they list, and those
 * that nothing names but that refer to one. Tools leave the last kind behind: a layout need not name a referrer.
 *
 * @module
 */
import pLimit from 'p-limit'
import { parseStored } from '../embedded/storage/links.ts'
import type { Link } from '../embedded/storage/storage.ts'
import { ContentError } from '../errors.ts'
import type { Descriptor } from '../model/descriptor.ts'
import type { Digest } from '../model/digest.ts'
import { MANIFEST_LIMIT } from '../model/manifest.ts'
import { successors } from '../model/successors.ts'
import { readBounded } from '../platform/body.ts'
import { LARGEST_MANIFEST } from './layout-document.ts'
import { blobPath, type LayoutFiles, readFile } from './layout-files.ts'
import { manifestTypeOf, mayBeJson } from './manifest-type.ts'
import { CHANGED, GONE, OTHER_SIZE, type Unreadable } from './unreadable.ts'
import { CONCURRENCY, checkedManifest, type WalkedManifest, walk } from './walk.ts'

/** A manifest that is there, and is what its digest says. */
export interface FoundManifest {
  readonly descriptor: Descriptor
  readonly links: readonly Link[]
  /** Whether nothing but its own bytes said that it is one. */
  readonly unnamed: boolean
}

/** What is in a layout. */
export interface Graph {
  readonly manifests: readonly FoundManifest[]
  /** What is named, or listed at a referrers tag, and cannot be read. */
  readonly broken: Unreadable
}

/** Bytes of blobs that nothing names, of which each is read, since it may be a referrer. */
const SEARCHED = 1024 ** 3

/** Read to see whether the rest is worth it. */
const BEGINNING = 64

/** A manifest, read. */
interface Read extends WalkedManifest {
  /** What it names as its content, manifests excepted. */
  readonly content: readonly Digest[]
}

/**
 * Reads all manifests. A layout may have only some of the platforms of an image: of what an index lists, those that
 * are missing, or are not what their digests say, are left out.
 *
 * @param named - what `index.json` names
 * @param lists - those of them that are at a referrers tag, and list links
 * @throws {@link ContentError} `TOO_LARGE` where more than 1 GiB would have to be searched
 */
export async function readGraph(
  files: LayoutFiles,
  named: readonly Descriptor[],
  lists: ReadonlySet<Digest> = new Set(),
): Promise<Graph> {
  const read = (descriptor: Descriptor) => readNamed(files, descriptor)
  const { found: walked, broken, seen } = await walk(named, lists, read)
  const content = new Set(walked.flatMap((one) => one.content))
  const found = walked.map(({ descriptor, links }) => ({ descriptor, links, unnamed: false }))
  const others = (await files.blobs()).filter((digest) => !seen.has(digest) && !content.has(digest))
  const budget = { left: SEARCHED }
  const limit = pLimit(CONCURRENCY)
  const reads = await Promise.all(
    others.map((digest) => limit(() => readUnnamed(files, digest, budget))),
  )
  for (const [at, digest] of others.entries())
    if (reads[at] === CHANGED) broken.set(digest, CHANGED)
  const guessed = reads.filter((read) => typeof read === 'object')
  // A manifest that another carries as a blob is that one's content, and links nothing.
  for (const one of guessed) for (const digest of one.content) content.add(digest)
  for (const { descriptor, links } of guessed) {
    if (content.has(descriptor.digest)) continue
    found.push({ descriptor, links, unnamed: true })
  }
  return { manifests: found, broken }
}

async function readNamed(files: LayoutFiles, descriptor: Descriptor): Promise<Read | string> {
  const path = blobPath(descriptor.digest)
  const file = await files.find(path)
  if (!file) return GONE
  if (file.size > LARGEST_MANIFEST) return OTHER_SIZE
  return readWith(descriptor, await readFile(file, file.size, path))
}

async function readUnnamed(
  files: LayoutFiles,
  digest: Digest,
  budget: { left: number },
): Promise<Read | string | undefined> {
  const path = blobPath(digest)
  const file = await files.find(path)
  // What is larger no client reads as a manifest.
  if (!file || file.size > MANIFEST_LIMIT) return undefined
  const beginning = file.stream(0, Math.min(BEGINNING, file.size))
  if (!mayBeJson(await readBounded(new Response(beginning), BEGINNING))) return undefined
  budget.left -= file.size
  if (budget.left < 0) {
    const what = `blobs of ${files.place} that nothing names and that may be manifests, in bytes`
    throw new ContentError('TOO_LARGE', what, SEARCHED, SEARCHED - budget.left)
  }
  const bytes = await readFile(file, file.size, path)
  const mediaType = manifestTypeOf(bytes)
  // It may have been a manifest.
  const descriptor = { mediaType: mediaType ?? '', digest, size: bytes.byteLength }
  const read = await readWith(descriptor, bytes)
  return mediaType === undefined && read !== CHANGED ? undefined : read
}

async function readWith(
  descriptor: Descriptor,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Read | string> {
  const read = await checkedManifest(descriptor, bytes)
  if (typeof read === 'string') return read
  return { ...read, content: contentOf({ ...descriptor, bytes }) }
}

function contentOf(stored: Parameters<typeof parseStored>[0]): readonly Digest[] {
  const manifest = parseStored(stored)
  if (!manifest) return []
  try {
    return successors(manifest).flatMap(({ role, descriptor }) =>
      ['config', 'layer', 'blob'].includes(role) ? [descriptor.digest] : [],
    )
  } catch {
    // A "reference" or "refers" that is no descriptor; its blobs are then searched like others.
    return []
  }
}
