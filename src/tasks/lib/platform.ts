/**
 * The manifest of one platform of an image, by `os/architecture[/variant]` (image-spec 1.1, image-index.md).
 *
 * @module
 */
import { InvalidInputError, NoMatchError } from '../../errors.ts'
import type { Descriptor, Platform } from '../../model/descriptor.ts'
import { isIndexType, parseManifest } from '../../model/manifest.ts'
import { IMAGE_CONFIG } from '../../model/media-types.ts'
import { getBlobBytes } from '../../registry/blobs/get.ts'
import { getManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'
import { normal, parsePlatform, platformCheck } from './platform-name.ts'

/** A platform's manifest, and the index that the image is. */
export interface PlatformManifest {
  /** With its `platform`. */
  readonly manifest: Descriptor
  /** The outermost index; `undefined` where the image is of one platform and has none. */
  readonly index: Descriptor | undefined
}

/** Indexes in indexes: nobody makes more than two. */
const MAX_INDEXES = 32

/**
 * Finds the manifest of a platform.
 *
 * Requests: `GET` of the image, and of each index in it until the platform is found; where the image is no
 * index, `GET` of its config.
 *
 * @param subject - what `parseSubject` gave
 * @throws {@link NoMatchError} naming the platforms that there are
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
  const entries: Descriptor[] = []
  const indexes = [image]
  for (let at = 0; at < indexes.length; at++) {
    const nested: Descriptor[] = []
    for (const entry of entriesOf(indexes[at]!)) {
      ;(isIndexType(entry.mediaType) && !entry.platform ? nested : entries).push(entry)
    }
    const manifest = best(entries, platform)
    if (manifest) return { manifest, index: image.descriptor }
    const room = MAX_INDEXES - indexes.length
    const read = nested.slice(0, room).map(({ digest }) => getManifest(repo, digest, { signal }))
    indexes.push(...(await Promise.all(read)))
  }
  const platforms = entries.map((entry) => entry.platform)
  throw none(repo, reference, wanted, platforms)
}

function entriesOf({ bytes, descriptor }: StoredManifest): readonly Descriptor[] {
  const index = parseManifest(bytes, descriptor.mediaType)
  return 'manifests' in index ? index.manifests : []
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
