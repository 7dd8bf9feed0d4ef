// Storages in a test's store.
import type { Storage } from '../../src/embedded/index.ts'
import { type S3StorageOptions, s3Storage } from '../../src/s3/index.ts'
import { BUCKET, ENDPOINT, type Fault, type TestStore } from './_store.ts'

/** A storage as a process of its own has it: it remembers nothing of others. */
export function storageIn(
  store: TestStore,
  options: Partial<S3StorageOptions> = {},
  fault?: Fault,
): Storage {
  return s3Storage({
    endpoint: ENDPOINT,
    bucket: BUCKET,
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    fetch: store.fetch(fault),
    ...options,
  })
}
