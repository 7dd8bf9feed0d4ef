// What is shown of an image, as the library finds it.
import {
  type Digest,
  type Discovery,
  discover,
  type FoundReferrer,
  type Platform,
  platforms,
  type Repository,
} from 'ocilink'
import { headManifest } from 'ocilink/registry'
import { type Mark, marksOf } from './kinds.ts'
import type { Place } from './places.ts'

/** Levels of what is attached to what is attached. */
export const DEPTH = 3
/** Where artifacts say when they were made (image-spec 1.1, "Pre-Defined Annotation Keys"). */
const CREATED = 'org.opencontainers.image.created'

export interface Look {
  readonly digest: Digest
  readonly mediaType: string
  /** Bytes of the manifest. */
  readonly size: number
  /** Why its platforms could not be read. */
  readonly problem: string | undefined
  readonly platforms: readonly { readonly digest: Digest; readonly name: string }[]
  readonly discovery: Discovery
}

/** Looks at an image: what it is, and what is attached to it. */
export async function lookAt({ repo, subject }: Place, signal: AbortSignal): Promise<Look> {
  const image = await headManifest(repo, subject, { signal })
  if (!image) throw new Error('There is no such tag or manifest')
  const { digest, mediaType, size } = image
  const [discovery, parts] = await Promise.all([
    discover(repo, digest, { scope: 'all', signal }),
    platforms(repo, digest, { signal }).catch((error: Error) => error.message),
  ])
  const problem = typeof parts === 'string' ? parts : undefined
  const named = (typeof parts === 'string' ? [] : parts).flatMap(({ digest, platform }) =>
    platform ? [{ digest, name: platformName(platform) }] : [],
  )
  return { digest, mediaType, size, problem, platforms: named, discovery }
}

/** Looks for what is attached to what is attached, too: that takes requests for each of them. */
export async function lookDeeper({ repo }: Place, look: Look, signal: AbortSignal): Promise<Look> {
  if (look.discovery.flat.length === 0) return look
  const discovery = await discover(repo, look.digest, { depth: DEPTH, scope: 'all', signal })
  return { ...look, discovery }
}

function platformName({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter(Boolean).join('/')
}

/** Which kinds of artifacts an image has: the marks in the list of tags. */
export async function lookForMarks(
  repo: Repository,
  tag: string,
  signal: AbortSignal,
): Promise<{ readonly marks: readonly Mark[]; readonly complete: boolean }> {
  const { flat, complete } = await discover(repo, tag, { scope: 'all', signal })
  return { marks: [...new Set(flat.flatMap(marksOf))], complete }
}

export function createdAt({ annotations }: FoundReferrer): string | undefined {
  const text = annotations?.[CREATED]
  const date = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(date)
    ? undefined
    : new Date(date).toISOString().slice(0, 16).replace('T', ' ')
}
