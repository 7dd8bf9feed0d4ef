/**
 * The manifest of one platform of an image, by `os/architecture[/variant]` (image-spec 1.1, image-index.md).
 *
 * @module
 */
import { ContentError, InvalidInputError, NoMatchError } from '../../errors.ts'
import type { Descriptor, Platform } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import type { Entries } from '../../model/entries.ts'
import { indexEntries } from '../../model/index-entries.ts'
import { isIndexType, parseManifest } from '../../model/manifest.ts'
import { IMAGE_CONFIG } from '../../model/media-types.ts'
import { getBlobBytes } from '../../registry/blobs/get.ts'
import { getManifest } from '../../registry/manifests.ts'
import { internalsOf, type Repository, warn } from '../../registry/repository.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'
import { normal, parsePlatform, platformCheck } from './platform-name.ts'
import { toError } from './to-error.ts'

/** A platform's manifest, and the index that the image is. */
export interface PlatformManifest {
  /** With its `platform`. */
  readonly manifest: Descriptor
  /** The outermost index; `undefined` where the image is of one platform and has none. */
  readonly index: Descriptor | undefined
}

/** Indexes in indexes: nobody makes more than two. */
export const MAX_INDEXES = 32

/**
 * Finds the manifest of a platform.
 *
 * Requests: `GET` of the image, and of each index in it until the platform is found; where the image is no
 * index, `GET` of its config.
 *
 * @param subject - what `parseSubject` gave
 * @throws {@link NoMatchError} naming the platforms that there are, where all of them could be read; else why not
 */
export async function findPlatform(
  repo: Repository,
  subject: string | Descriptor,
  wanted: string,
  signal: AbortSignal | undefined,
): Promise<PlatformManifest> {
  const platform = parsePlatform(wanted)
  if (!platform) {
    throw new InvalidInputError('INVALID_INPUT', 'platform', platformCheck[0], wanted)
  }
  const reference = typeof subject === 'string' ? subject : subject.digest
  const image = await getManifest(repo, reference, { signal })
  if (!isIndexType(image.descriptor.mediaType)) {
    const own = await ownPlatform(repo, image, signal)
    const manifest = best([{ ...image.descriptor, ...(own && { platform: own }) }], platform)
    if (manifest) return { manifest, index: undefined }
    throw none(repo, reference, wanted, [own])
  }
  const walk: Walk = { entries: [], met: new Set([image.descriptor.digest]), doubt: undefined }
  for (let level = [image]; level.length > 0; ) {
    const nested = level.flatMap((index) => enter(repo, walk, index))
    const manifest = best(walk.entries, platform)
    if (manifest) return { manifest, index: image.descriptor }
    level = await readIndexes(repo, walk, nested, signal)
  }
  // It may be among what was not read.
  if (walk.doubt) throw walk.doubt
  const platforms = walk.entries.map((entry) => entry.platform)
  throw none(repo, reference, wanted, platforms)
}

/** What indexes list. */
interface Walk {
  readonly entries: Descriptor[]
  /** Indexes that were read, or will be. */
  readonly met: Set<Digest>
  /** Why there may be more. */
  doubt: Error | undefined
}

/** Adds the entries of an index, and gives the indexes among them; an entry that cannot be read costs itself. */
function enter(
  repo: Repository,
  walk: Walk,
  { bytes, descriptor }: StoredManifest,
): readonly Digest[] {
  const { digest, mediaType } = descriptor
  let list: Entries
  try {
    list = indexEntries(bytes, mediaType)
  } catch (error) {
    leaveOut(repo, walk, `The index ${digest}`, toError(error))
    return []
  }
  for (const { error } of list.unreadable) leaveOut(repo, walk, `An entry of ${digest}`, error)
  const nested: Digest[] = []
  for (const entry of list.entries) {
    if (isIndexType(entry.mediaType) && !entry.platform) nested.push(entry.digest)
    else walk.entries.push(entry)
  }
  return nested
}

/** Reads indexes that an index lists; one that cannot be read costs itself. */
async function readIndexes(
  repo: Repository,
  walk: Walk,
  digests: readonly Digest[],
  signal: AbortSignal | undefined,
): Promise<StoredManifest[]> {
  const fresh = [...new Set(digests)].filter((digest) => !walk.met.has(digest))
  const room = MAX_INDEXES - walk.met.size
  if (fresh.length > room) {
    const what = 'indexes in an index'
    walk.doubt ??= new ContentError('TOO_LARGE', what, MAX_INDEXES, `more than ${MAX_INDEXES}`)
  }
  const read = fresh.slice(0, room).map(async (digest) => {
    walk.met.add(digest)
    try {
      return await getManifest(repo, digest, { signal })
    } catch (error) {
      signal?.throwIfAborted()
      if (error === internalsOf(repo).budget?.failure) throw error
      leaveOut(repo, walk, `The index ${digest}`, toError(error))
      return undefined
    }
  })
  return (await Promise.all(read)).filter((index) => index !== undefined)
}

function leaveOut(repo: Repository, walk: Walk, what: string, error: Error): void {
  warn(repo, `${what} cannot be read: its platforms are not known: ${error.message}`)
  walk.doubt ??= error
}

/** An image without an index says its platform in its config (image-spec 1.1, config.md). */
async function ownPlatform(
  repo: Repository,
  { bytes, descriptor }: StoredManifest,
  signal: AbortSignal | undefined,
): Promise<Platform | undefined> {
  const manifest = parseManifest(bytes, descriptor.mediaType)
  if (!('config' in manifest) || !isImageConfig(manifest.config.mediaType)) return undefined
  return readPlatform(await getBlobBytes(repo, manifest.config, { signal }))
}

function isImageConfig(mediaType: string): boolean {
  return (
    mediaType === IMAGE_CONFIG || mediaType === 'application/vnd.docker.container.image.v1+json'
  )
}

function readPlatform(config: Uint8Array): Platform | undefined {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(config))
  } catch {
    return undefined
  }
  const { os, architecture, variant } = Object(value) as Record<string, unknown>
  if (typeof os !== 'string' || typeof architecture !== 'string' || os === '') return undefined
  return { os, architecture, ...(typeof variant === 'string' && variant !== '' && { variant }) }
}

/** The entry that fits: of several variants the plain one, or version 7 of arm, as Docker chooses; else the first. */
function best(entries: readonly Descriptor[], wanted: Platform): Descriptor | undefined {
  const fitting = entries.filter(({ platform }) => platform && fits(normal(platform), wanted))
  const variants = [wanted.variant, undefined, 'v7']
  for (const variant of variants) {
    const exact = fitting.find(({ platform }) => normal(platform!).variant === variant)
    if (exact) return exact
  }
  return fitting[0]
}

function fits({ os, architecture, variant }: Platform, wanted: Platform): boolean {
  if (os !== wanted.os || architecture !== wanted.architecture) return false
  return wanted.variant === undefined || variant === wanted.variant
}

function none(
  repo: Repository,
  reference: string,
  wanted: string,
  platforms: readonly (Platform | undefined)[],
): NoMatchError {
  const names = platforms.filter((platform) => platform?.architecture !== undefined).map(spell)
  const known = [...new Set(names)].filter((name) => !name.startsWith('unknown/'))
  const there = known.length > 0 ? `it has ${known.join(', ')}` : 'it says none'
  const image = `${repo.registry}/${repo.name}${reference.includes(':') ? '@' : ':'}${reference}`
  return new NoMatchError(`${image} has no platform ${wanted}: ${there}`, wanted, known)
}

function spell(platform: Platform | undefined): string {
  return [platform!.os, platform!.architecture, platform!.variant].filter(Boolean).join('/')
}
