/**
 * An image index, of which entries that cannot be read are left out.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import { parseEntries } from '../../model/entries.ts'
import { isIndexType } from '../../model/manifest.ts'
import type { Repository } from '../../registry/repository.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'
import type { FindOptions } from '../strategy.ts'
import { readableEntries } from './unreadable.ts'

/**
 * The entries of an index; `undefined` of another manifest.
 *
 * @throws {@link InvalidInputError} `INVALID_MANIFEST` where the whole of it cannot be read
 */
export function readIndex(
  repo: Repository,
  { bytes, descriptor: { digest, mediaType } }: StoredManifest,
  options: FindOptions,
): readonly Descriptor[] | undefined {
  if (!isIndexType(mediaType)) return undefined
  const list = parseEntries(bytes, mediaType)
  return list ? readableEntries(repo, `the index ${digest}`, list, options) : []
}
