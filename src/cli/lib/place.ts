/**
 * Where content is: a registry, a layout in a directory, or an archive.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import type { ProgressEvent, Repository } from '../../index.ts'
import { UsageError } from './exit-codes.ts'
import { repositoryOptions, type Session } from './session.ts'

/** A reference that was opened. */
export interface Place {
  readonly repo: Repository
  /** A digest or a tag. */
  readonly subject: string
  close(): Promise<void>
}

/**
 * What a place is opened for: `change` writes to what is there, `write` makes it where it is not, and `look` is where
 * something would be written.
 */
export type Use = 'read' | 'change' | 'write' | 'look'

const box = /^oci-(layout|archive):(?<path>.+?)(?<ref>@[a-z0-9]+:[0-9a-f]+|:[\w][\w.-]{0,127})?$/s

/**
 * Opens `host/name[:tag][@digest]`, `oci-layout:DIR[:tag|@digest]` or `oci-archive:FILE[:tag|@digest]`.
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
    return openBox(found[1]!, found.groups as { path: string; ref?: string }, use, onProgress)
  }
  const { locate } = await import('../../index.ts')
  const options = { ...(await repositoryOptions(session)), onProgress }
  return { ...locate(reference, options), close: async () => {} }
}

async function openBox(
  kind: string,
  { path, ref }: { readonly path: string; readonly ref?: string },
  use: Use,
  onProgress: ((event: ProgressEvent) => void) | undefined,
): Promise<Place> {
  const subject = ref?.slice(1) ?? 'latest'
  const { archive, layout } = await import('../../node/index.ts')
  const writes = use === 'write' || use === 'change'
  if (kind === 'archive' && writes) {
    throw new UsageError(
      `oci-archive:${path} is only read: write to an oci-layout:, then "save" it`,
    )
  }
  if (use === 'look' && !existsSync(path)) {
    const { memoryBox } = await import('../../archive/index.ts')
    return { repo: memoryBox().repository(), subject, close: async () => {} }
  }
  const opened =
    kind === 'archive'
      ? await archive(path)
      : // A layout that is only read has to be there.
        await layout(path, { readOnly: !writes || (use === 'change' && !existsSync(path)) })
  const repo = opened.repository(undefined, { onProgress })
  return { repo, subject, close: () => opened.close() }
}
