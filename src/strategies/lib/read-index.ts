/**
 * An image index, of which entries that cannot be read are left out.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Entries } from '../../model/entries.ts'
import { indexEntries } from '../../model/index-entries.ts'
import { isIndexType } from '../../model/manifest.ts'
import type { Repository } from '../../registry/repository.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'
import type { FindOptions } from '../strategy.ts'
import { readableEntries, reportUnreadable } from './unreadable.ts'

/** The entries of an index, none where the whole of it cannot be read; `undefined` of another manifest. */
export function readIndex(
  repo: Repository,
  { bytes, descriptor: { digest, mediaType } }: StoredManifest,
  options: FindOptions,
): readonly Descriptor[] | undefined {
  if (!isIndexType(mediaType)) return undefined
  const where = `the index ${digest}`
  let list: Entries
  try {
    list = indexEntries(bytes, mediaType)
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    reportUnreadable(repo, `What is said to be ${where}`, error, options)
    return []
  }
  return readableEntries(repo, where, list, options)
}
