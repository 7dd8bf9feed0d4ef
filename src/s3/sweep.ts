/**
 * What is in a bucket and no use to anybody: found, and taken away where that is wanted.
 *
 * @module
 */
import { boolean, type Checks, checkOptions, wholeNumber } from '../platform/options.ts'
import { type Listed, listAll } from './client/list.ts'
import { openContexts, type S3StorageOptions } from './s3-storage.ts'
import { sweepMultipart } from './sweep-multipart.ts'
import { sweepRepository } from './sweep-repository.ts'
import type { Swept } from './swept.ts'

/** What {@link sweepS3} is to do. */
export interface SweepOptions {
  /**
   * Whether what is found is taken away.
   *
   * @default false
   */
  readonly delete?: boolean | undefined
  /**
   * Seconds that something must not have changed for, on the store's clock.
   *
   * @default 86_400
   */
  readonly olderThan?: number | undefined
}

const checks: Checks<SweepOptions> = { delete: boolean, olderThan: wholeNumber }

/** A day: an upload, and the push of its manifest, may take hours. */
const OLDER_THAN = 86_400

/**
 * Looks through a bucket for what is no use to anybody, and takes it away with `delete: true`. All keys below
 * the prefix are listed and all manifests read, a repository at a time.
 *
 * A blob that no manifest names may be one that somebody is about to push a manifest for: who was told
 * that it is there just before it goes may leave a manifest without it. Let nobody push meanwhile, or let
 * `olderThan` be longer than blobs lie around that are pushed again.
 *
 * @param options - of the storage, the same as its processes have
 * @throws `InvalidInputError` `INVALID_INPUT` for a wrong option; `ConnectionError` and `RegistryError` of
 *   the store
 * @example
 * ```ts
 * import { sweepS3 } from 'ocilink/s3'
 *
 * const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' }
 * const storage = { endpoint: 'http://127.0.0.1:8333', bucket: 'images', credentials }
 * for await (const { what, key, size } of sweepS3(storage, { delete: false })) console.log(what, key, size)
 * ```
 */
export async function* sweepS3(
  options: S3StorageOptions,
  sweep: SweepOptions = {},
): AsyncGenerator<Swept> {
  checkOptions(sweep, checks)
  const how = { olderThan: (sweep.olderThan ?? OLDER_THAN) * 1000, remove: sweep.delete ?? false }
  const { store, contextOf } = openContexts(options)
  const { prefix } = store.place
  let name: string | undefined
  let objects: Listed[] = []
  for await (const object of listAll(store, { prefix })) {
    // Keys of one repository follow each other: they differ after its name alone.
    const next = nameIn(object.key.slice(prefix.length))
    if (next === undefined) continue
    if (name !== undefined && next !== name) {
      yield* sweepRepository(contextOf(name), objects, how)
      objects = []
    }
    name = next
    objects.push(object)
  }
  if (name !== undefined) yield* sweepRepository(contextOf(name), objects, how)
  yield* sweepMultipart(store, how, nameIn)
}

function nameIn(rest: string): string | undefined {
  const at = rest.indexOf('/_')
  return at < 0 ? undefined : rest.slice(0, at)
}
