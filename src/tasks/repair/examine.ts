/**
 * What is wrong with the lists of one subject. Reads only.
 *
 * @module
 */
import pLimit from 'p-limit'
import { ConflictError, RegistryError } from '../../errors.ts'
import { parseAnyManifest } from '../../model/any-manifest.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { artifactTypeOf } from '../../model/manifest.ts'
import { subjectsOf } from '../../model/successors.ts'
import { acceptOf } from '../../registry/accept.ts'
import type { findManifest } from '../../registry/manifests.ts'
import { sharedRead } from '../../registry/read-manifest.ts'
import { type Repository, viewOf } from '../../registry/repository.ts'
import { saysGone } from '../../registry/says-gone.ts'
import { isPassing } from '../../registry/wire/failures.ts'
import { referrersIndexOf } from '../../strategies/kept/change-entry.ts'
import { referrersApi } from '../../strategies/kept/list-api.ts'
import { readListed } from '../../strategies/kept/listed.ts'
import { readDocument } from '../../strategies/shared-tag/document.ts'
import { toError } from '../lib/to-error.ts'
import type { LeftEntry, PlannedRepair } from './repairs.ts'

/** What was found. */
export interface Examined {
  readonly items: readonly PlannedRepair[]
  readonly left: readonly LeftEntry[]
  /** What the referrers tag has, where entries of it may be changed. */
  readonly entries: readonly Descriptor[]
}

/** Manifests that are read at once. */
const AT_ONCE = 12

/**
 * Compares what is at the referrers tag with the manifests, and with the registry's list.
 *
 * @throws what the tag, the list, or a manifest could not be read for
 */
export async function examine(
  repo: Repository,
  subject: Digest,
  signal: AbortSignal | undefined,
): Promise<Examined> {
  const [state, listed] = await Promise.all([
    readDocument(repo, referrersIndexOf(subject), { intent: 'push', signal }, findTag),
    readListed(repo, subject, referrersApi, signal),
  ])
  if (listed.error) throw listed.error
  const hasList = repo.capabilities.referrersApi === 'supported'
  const items: PlannedRepair[] = []
  const left: LeftEntry[] = (state.unreadable ?? []).map(({ error }) => ({
    subject,
    reason: `it is no descriptor: ${error.message}`,
  }))
  if (state.foreign !== undefined) {
    const reason = `the tag holds ${state.foreign}`
    return { items, left: [{ subject, reason }, ...left], entries: [] }
  }
  const all = await pLimit(AT_ONCE).map(state.entries, (entry) =>
    compare(repo, subject, entry, signal),
  )
  for (const [i, entry] of state.entries.entries()) {
    const { digest } = entry
    const seen = all[i]
    if (typeof seen === 'string') {
      left.push({ subject, digest, reason: seen })
      continue
    }
    if (seen instanceof Error) {
      const reason = `its manifest cannot be read: ${seen.message}`
      left.push({ subject, digest, reason, unread: true })
      continue
    }
    if (seen === undefined) {
      const reason = 'its manifest is gone'
      items.push({ action: 'remove-entry', subject, digest, reason, entry })
      continue
    }
    const { right, fields } = seen
    if (fields.length > 0) {
      const reason = `the manifest says something else: ${fields.join(', ')}`
      items.push({ action: 'correct-entry', subject, digest, fields, reason, entry: right })
    }
    if (hasList && !listed.digests.has(digest)) {
      const reason = 'the registry does not list what the tag has'
      items.push({ action: 'list-again', subject, digest, reason, entry: right })
    }
  }
  return { items, left, entries: state.entries }
}

/** What is at a tag; that nothing is, only the registry itself can say. */
const findTag: typeof findManifest = async (repo, tag, options = {}) => {
  const found = await sharedRead(repo, tag, options)
  if (!(found instanceof RegistryError)) return found
  if (saysGone(found)) return undefined
  throw new ConflictError(`The tag ${tag} cannot be read: ${found.message}`, tag, 1, {
    cause: found,
  })
}

/**
 * The entry as its manifest has it. What is gone is read twice: docker-registry 2.8 loses sight of things for a
 * moment.
 *
 * @returns `undefined` where the manifest is gone; why the entry is left as it is, or could not be read
 */
async function compare(
  repo: Repository,
  subject: Digest,
  entry: Descriptor,
  signal: AbortSignal | undefined,
): Promise<
  { readonly right: Descriptor; readonly fields: readonly string[] } | string | Error | undefined
> {
  try {
    const ask = { accept: acceptOf(entry), intent: 'push', signal } as const
    const first = await sharedRead(repo, entry.digest, ask)
    const isGone = first instanceof RegistryError && saysGone(first)
    const again = viewOf(repo, { reads: undefined })
    const stored = isGone ? await sharedRead(again, entry.digest, ask) : first
    if (stored instanceof RegistryError) return saysGone(stored) ? undefined : stored
    const { mediaType, digest, size } = stored.descriptor
    const manifest = parseAnyManifest(stored.bytes, mediaType)
    if (!subjectsOf(manifest).includes(subject)) return 'its manifest is attached to something else'
    const { annotations } = manifest as Pick<Descriptor, 'annotations'>
    const artifactType = artifactTypeOf(manifest)
    const { artifactType: _, annotations: __, ...rest } = entry
    const right: Descriptor = {
      ...rest,
      ...{ mediaType, digest, size },
      ...(artifactType !== undefined && { artifactType }),
      ...(annotations && { annotations }),
    }
    const names = ['mediaType', 'size', 'artifactType', 'annotations'] as const
    return { right, fields: names.filter((name) => text(entry[name]) !== text(right[name])) }
  } catch (error) {
    signal?.throwIfAborted()
    if (isPassing(error)) throw error
    return toError(error)
  }
}

/** A field as text; annotations in the order of their keys, and none like an empty map. */
function text(value: Descriptor['annotations'] | string | number): string {
  return typeof value === 'object'
    ? JSON.stringify(Object.entries(value).sort())
    : `${value ?? '[]'}`
}
