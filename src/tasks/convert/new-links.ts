/**
 * The links that are there already in a new way.
 *
 * @module
 */
import { UnsupportedError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import { type Digest, digestOf } from '../../model/digest.ts'
import { encodeManifest, type Manifest } from '../../model/manifest.ts'
import type { Repository } from '../../registry/repository.ts'
import type { Referrer, Strategy } from '../../strategies/strategy.ts'
import type { OldLink } from './old-links.ts'

/** What the new way would write. */
export interface Described {
  readonly manifest: Manifest
  readonly digest: Digest
}

/** As it would be written. */
export async function describe(
  strategy: Strategy,
  ...input: Parameters<Strategy['describe']>
): Promise<Described> {
  const manifest = await strategy.describe(...input)
  return { manifest, digest: await digestOf(encodeManifest(manifest)) }
}

/**
 * What a way lists for a subject.
 *
 * @param verify - whether manifests are read, so that each link is seen to hold
 */
export async function listBy(
  strategy: Strategy,
  repo: Repository,
  subject: Digest,
  verify: boolean,
  signal: AbortSignal | undefined,
): Promise<readonly Referrer[]> {
  const listed: Referrer[] = []
  try {
    for await (const one of strategy.discover(repo, subject, { verify, signal })) listed.push(one)
  } catch (error) {
    // What the registry has no support for has no links there.
    if (!(error instanceof UnsupportedError)) throw error
  }
  return listed
}

/** The referrer that makes a second link needless: the same manifest, or what would be written. */
export function findPresent(
  listed: readonly Referrer[],
  strategy: Strategy,
  { referrer, ways }: OldLink,
  described: Described | undefined,
): Referrer | undefined {
  const old = new Set(ways.map(({ name }) => name))
  return listed.find((one) => {
    if (described && (one.digest === described.digest || hasLayers(one, described))) return true
    if (one.digest !== referrer.digest) return false
    // A way that chooses among others lists what is linked by those: that is the old link itself.
    return !strategy.choices || one.via.some((way) => !old.has(way.strategy))
  })
}

/**
 * Whether what is at a tag has all that would be written: cosign adds layers to what is there, and annotations to
 * layers.
 */
function hasLayers({ layers }: Referrer, { manifest }: Described): boolean {
  if (!layers || !('layers' in manifest)) return false
  return manifest.layers.every((wanted) => layers.some((layer) => isSame(layer, wanted)))
}

function isSame(layer: Descriptor, wanted: Descriptor): boolean {
  return (
    layer.digest === wanted.digest &&
    layer.mediaType === wanted.mediaType &&
    Object.entries(wanted.annotations ?? {}).every(
      ([key, value]) => layer.annotations?.[key] === value,
    )
  )
}
