/**
 * Where content is: a registry, a layout in a directory, or an archive.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProgressEvent, Repository } from '../../index.ts'
import { UsageError } from './exit-codes.ts'
import { newArchive } from './new-archive.ts'
import { repositoryOptions, type Session } from './session.ts'

/** A reference that was opened. */
export interface Place {
  readonly repo: Repository
  /** A digest, or else a tag. */
  readonly subject: string
  /** The tag, also where there is a digest. */
  readonly tag?: string | undefined
  /** Of an archive, which is written when it is whole. */
  commit?(signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

/**
 * What a place is opened for: `change` writes to what is there, `write` makes it where it is not, and `look` is where
 * something would be written.
 */
export type Use = 'read' | 'change' | 'write' | 'look'

/** Milliseconds that a layout is waited for, which only one process at a time writes to. */
const LONGEST_WAIT = 10_000

const box =
  /^oci-(layout|archive):(?<path>.+?)(?::(?<tag>[\w][\w.-]{0,127}))?(?:@(?<digest>[a-z0-9]+:[0-9a-f]+))?$/s

/**
 * Opens `host/name[:tag][@digest]`, `oci-layout:DIR[:tag][@digest]` or `oci-archive:FILE[:tag][@digest]`.
 *
 * @param onProgress - called when bytes of a blob moved
 * @throws `InvalidInputError`, and the system's own errors
 */
export async function openPlace(
  reference: string,
  session: Session,
  use: Use = 'read',
  onProgress?: (event: ProgressEvent) => void,
): Promise<Place> {
  const found = box.exec(reference)
  if (found) {
    return openBox(found[1]!, found.groups as unknown as Box, use, onProgress)
  }
  checkComplete(reference)
  const { locate, parseReference } = await import('../../index.ts')
  const options = { ...(await repositoryOptions(session)), onProgress }
  const { tag } = parseReference(reference)
  return { ...locate(reference, options), tag, close: async () => {} }
}

/** What would be taken for an image of Docker Hub, and is a registry or nothing. */
function checkComplete(reference: string): void {
  const [, kind] = /^oci-(layout|archive):$/.exec(reference) ?? []
  if (kind)
    throw new UsageError(`"${reference}" names no ${kind === 'layout' ? 'directory' : 'file'}`)
  const [name = ''] = reference.split(/[:@]/)
  const isHost = name === 'localhost' || name.includes('.')
  if (isHost && !reference.includes('/')) {
    const image = `docker.io/library/${reference}`
    throw new UsageError(`"${reference}" names no repository; an image of Docker Hub is ${image}`)
  }
}

/** What a reference to a layout or an archive consists of. */
interface Box {
  readonly path: string
  readonly tag?: string
  readonly digest?: string
}

/** What is wrong at the end of a reference would be a part of a new directory's name. */
async function checkBox({ path, tag, digest }: Box): Promise<void> {
  if (digest) (await import('../../index.ts')).parseDigest(digest, 'digest')
  if (existsSync(path)) return
  const name = path.slice(path.lastIndexOf('/') + 1)
  const [, wrong] = /@(sha\d+)$/i.exec(name) ?? []
  if (wrong && tag) throw new UsageError(`"${wrong}:${tag}" is no digest`)
  const colon = name.indexOf(':')
  if (colon >= 0 && !tag && !digest) {
    const rest = JSON.stringify(name.slice(colon + 1))
    throw new UsageError(`${rest} is no tag; after a name with a colon one is needed`)
  }
}

/** Opens what another process may have open: such as the same command, for another artifact. */
async function unlocked<T>(openIt: () => Promise<T>): Promise<T> {
  for (const end = performance.now() + LONGEST_WAIT; ; ) {
    try {
      return await openIt()
    } catch (error) {
      const { cause } = error as { readonly cause?: { readonly code?: unknown } }
      if (cause?.code !== 'ELOCKED' || performance.now() > end) throw error
      await sleep(100)
    }
  }
}

async function openBox(
  kind: string,
  { path, tag, digest }: Box,
  use: Use,
  onProgress: ((event: ProgressEvent) => void) | undefined,
): Promise<Place> {
  await checkBox({ path, tag, digest } as Box)
  const named = { subject: digest ?? tag ?? 'latest', tag }
  const { archive, layout } = await import('../../node/index.ts')
  const writes = use === 'write' || use === 'change'
  if (kind === 'archive' && use === 'write') {
    const { box, ...made } = await newArchive(path)
    return { repo: box.repository(undefined, { onProgress }), ...named, ...made }
  }
  if (kind === 'archive' && writes) {
    throw new UsageError(
      `oci-archive:${path} is written whole, by "copy" and "save": copy it to an oci-layout:, and change that`,
    )
  }
  if (use === 'look' && !existsSync(path)) {
    const { memoryBox } = await import('../../archive/index.ts')
    return { repo: memoryBox().repository(), ...named, close: async () => {} }
  }
  const opened =
    kind === 'archive'
      ? await archive(path)
      : // A layout that is only read has to be there.
        await unlocked(() =>
          layout(path, { readOnly: !writes || (use === 'change' && !existsSync(path)) }),
        )
  const repo = opened.repository(undefined, { onProgress })
  return { repo, ...named, close: () => opened.close() }
}
