/**
 * The manifest of one platform of an image, by `os/architecture[/variant]` (image-spec 1.1, image-index.md).
 *
 * @module
 */
import { InvalidInputError, NoMatchError } from '../../errors.ts'
import type { Descriptor, Platform } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { indexEntries } from '../../model/index-entries.ts'
import { isIndexType, parseManifest } from '../../model/manifest.ts'
import { IMAGE_CONFIG } from '../../model/media-types.ts'
import { fieldsOf } from '../../platform/body.ts'
import { getBlobBytes } from '../../registry/blobs/get.ts'
import { getManifest } from '../../registry/manifests.ts'
import { type Repository, warn } from '../../registry/repository.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'
import { normal, parsePlatform, platformCheck } from './platform-name.ts'
import { tooMany } from './scope.ts'
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
  const walk: Walk = { repo, image, entries: [], met: new Set(), doubt: undefined }
  for (let level: readonly Digest[] = [image.descriptor.digest]; level.length > 0; ) {
    level = await enter(walk, level, signal)
    const manifest = best(walk.entries, platform)
    if (manifest) return { manifest, index: image.descriptor }
  }
  // It may be among what was not read.
  if (walk.doubt) throw walk.doubt
  const platforms = walk.entries.map((entry) => entry.platform)
  throw none(repo, reference, wanted, platforms)
}

/** What indexes list. */
interface Walk {
  readonly repo: Repository
  readonly image: StoredManifest
  readonly entries: Descriptor[]
  /** Indexes that were read. */
  readonly met: Set<Digest>
  /** Why there may be more. */
  doubt: Error | undefined
}

/** Adds what some indexes list, and gives the indexes in them. */
async function enter(
  walk: Walk,
  level: readonly Digest[],
  signal: AbortSignal | undefined,
): Promise<readonly Digest[]> {
  const fresh = [...new Set(level)].filter((digest) => !walk.met.has(digest))
  const few = fresh.slice(0, MAX_INDEXES - walk.met.size)
  if (few.length < fresh.length) walk.doubt ??= tooMany('indexes in indexes', MAX_INDEXES)
  for (const digest of few) walk.met.add(digest)
  const lists = await Promise.all(few.map((digest) => entriesOf(walk, digest, signal)))
  const nested: Digest[] = []
  for (const entry of lists.flat()) {
    if (isIndexType(entry.mediaType) && !entry.platform) nested.push(entry.digest)
    else walk.entries.push(entry)
  }
  return nested
}

/** What cannot be read costs itself, be it an index or an entry of it. */
async function entriesOf(
  walk: Walk,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<readonly Descriptor[]> {
  const { repo, image } = walk
  const leaveOut = (error: unknown) => {
    walk.doubt ??= error as Error
    warn(repo, `${digest} cannot be read (${toError(error).message}): its platforms are not known`)
  }
  try {
    const isImage = digest === image.descriptor.digest
    const { bytes, descriptor } = isImage ? image : await getManifest(repo, digest, { signal })
    const { entries, unreadable } = indexEntries(bytes, descriptor.mediaType)
    for (const { error } of unreadable) leaveOut(error)
    return entries
  } catch (error) {
    signal?.throwIfAborted()
    leaveOut(error)
    return []
  }
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
  const { os, architecture, variant } = fieldsOf(config)
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
