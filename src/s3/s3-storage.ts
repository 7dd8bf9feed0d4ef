/**
 * A storage in a bucket, which any number of processes may share.
 *
 * @module
 */
import type { Storage } from '../embedded/storage/storage.ts'
import { InvalidInputError } from '../errors.ts'
import { untilAborted } from '../platform/abort.ts'
import {
  anything,
  boolean,
  type Checks,
  checkOptions,
  func,
  isObject,
  milliseconds,
  oneOf,
  positiveInteger,
  string,
  wholeNumber,
} from '../platform/options.ts'
import { createRecentMap } from '../platform/recent-map.ts'
import { createTurns } from '../platform/turns.ts'
import { listPage } from './client/list.ts'
import { createPlace } from './client/place.ts'
import { createSigner, type S3Credentials } from './client/signer.ts'
import { createStore, type Store } from './client/store.ts'
import type { Context } from './context.ts'
import { keysOf } from './keys.ts'
import { requireConditions } from './probe.ts'
import { TIDY_EVERY } from './recover.ts'
import { s3Repository } from './repository.ts'
import { EXPIRE_EVERY } from './uploads.ts'

/** Options of {@link s3Storage}. */
export interface S3StorageOptions {
  /** Address of the store, such as `https://s3.eu-central-1.amazonaws.com`. */
  readonly endpoint: string
  readonly bucket: string
  /**
   * What all keys begin with, such as `registry/`; at most 100 of `A-Z a-z 0-9 . _ - /`.
   *
   * @default ''
   */
  readonly prefix?: string | undefined
  /** @default 'us-east-1' */
  readonly region?: string | undefined
  /** Who reads and writes; a function is asked for each request, for credentials that end. */
  readonly credentials: S3Credentials | (() => Promise<S3Credentials> | S3Credentials)
  /**
   * Where the bucket is in an address: `path`, or the first part of its `host`.
   *
   * @default 'path'
   */
  readonly addressing?: 'path' | 'host' | undefined
  /**
   * Whether a GET of a blob is answered with 307 and a signed address at the store, for 20 minutes.
   *
   * @default false
   */
  readonly redirect?: boolean | undefined
  /**
   * Milliseconds that the store has for one request, and a second more for each 4 MiB that it sends or has copied.
   *
   * @default 10_000
   */
  readonly timeout?: number | undefined
  /**
   * Times that a request is repeated, where the store is busy or does not answer.
   *
   * @default 5
   */
  readonly retries?: number | undefined
  /**
   * Milliseconds after which a write of a manifest that has not ended is finished or undone by others; its
   * own process stops at half of them. The same for all processes of a bucket.
   *
   * @default 30_000
   */
  readonly lease?: number | undefined
  /**
   * Sends requests to the store.
   *
   * @default the global one
   */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined
}

const checks: Checks<S3StorageOptions> = {
  endpoint: ['an address that begins with http:// or https://', isEndpoint],
  bucket: [
    'the name of a bucket',
    (value) => /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(`${value}`),
  ],
  prefix: [
    'at most 100 of A-Z a-z 0-9 . _ - /, with no part that begins with a dot',
    (value) =>
      /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/?)*$/.test(`${value}`) && `${value}`.length <= 100,
  ],
  region: string,
  credentials: anything,
  addressing: oneOf('path', 'host'),
  redirect: boolean,
  timeout: positiveInteger,
  retries: wholeNumber,
  lease: milliseconds,
  fetch: func,
}

/** Blobs whose size is remembered. */
const MOST_SEEN = 10_000

/** Milliseconds for which a blob that was seen is taken to be there. */
const SEEN_FOR = 30_000

/** Repositories of which something is remembered. */
const MOST_REPOSITORIES = 10_000

/**
 * Keeps content in a bucket of a store with Amazon S3's API. The store must be consistent, and write on
 * conditions (`If-Match` and `If-None-Match` of PUT): that is found out before the first write.
 *
 * @throws `InvalidInputError` `INVALID_INPUT` for a wrong option
 * @see {@link https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html}
 * @example
 * ```ts
 * import { embeddedRegistry } from 'ocilink/embedded'
 * import { s3Storage } from 'ocilink/s3'
 *
 * const storage = s3Storage({
 *   endpoint: 'http://127.0.0.1:8333',
 *   bucket: 'images',
 *   credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
 * })
 * const registry = embeddedRegistry({ storage })
 * ```
 */
/* @__NO_SIDE_EFFECTS__ */
export function s3Storage(options: S3StorageOptions): Storage {
  const { store, contextOf } = openContexts(options)
  return {
    repository: (name) => s3Repository(contextOf(name)),
    async check(signal) {
      await untilAborted(listPage(store, { prefix: store.place.prefix, most: 1 }), signal)
    },
  }
}

/**
 * The store of a storage's options, and what works on a repository in it is given.
 *
 * @throws `InvalidInputError` `INVALID_INPUT` for a wrong option
 */
export function openContexts(options: S3StorageOptions): {
  readonly store: Store
  readonly contextOf: (name: string) => Context
} {
  const store = openStore(options)
  const { lease = 30_000, redirect = false } = options
  const shared = {
    store,
    lease,
    redirect,
    turns: createTurns(),
    seen: createRecentMap<string, number>({ most: MOST_SEEN, life: SEEN_FOR }),
    tidied: createRecentMap<string, true>({ most: MOST_REPOSITORIES, life: TIDY_EVERY }),
    expired: createRecentMap<string, true>({ most: MOST_REPOSITORIES, life: EXPIRE_EVERY }),
    marked: createRecentMap<string, true>({ most: MOST_REPOSITORIES }),
    ready: once(() => requireConditions(store)),
  }
  const contextOf = (name: string) => ({ ...shared, name, keys: keysOf(store.place.prefix, name) })
  return { store, contextOf }
}

function openStore(options: S3StorageOptions): Store {
  checkOptions(options, checks)
  for (const name of ['endpoint', 'bucket'] as const) {
    if (options[name] !== undefined) continue
    throw new InvalidInputError('INVALID_INPUT', name, checks[name][0], undefined)
  }
  checkCredentials(options.credentials)
  const { endpoint, bucket, prefix = '', addressing = 'path', region = 'us-east-1' } = options
  const { credentials, timeout = 10_000, retries = 5 } = options
  return createStore({
    place: createPlace({
      endpoint,
      bucket,
      prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`,
      addressing,
    }),
    sign: createSigner(region, typeof credentials === 'function' ? credentials : () => credentials),
    fetch: options.fetch ?? ((request) => fetch(request)),
    timeout,
    retries,
  })
}

function isEndpoint(value: unknown): boolean {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
  return url !== undefined && /^https?:$/.test(url.protocol) && url.search === '' && !url.username
}

/** Errors keep what was wrong, so no secret is given to one. */
function checkCredentials(credentials: unknown): void {
  if (typeof credentials === 'function') return
  for (const name of ['accessKeyId', 'secretAccessKey'] as const) {
    const value = isObject(credentials) ? credentials[name] : undefined
    if (typeof value === 'string' && value !== '') continue
    throw new InvalidInputError('INVALID_INPUT', `credentials.${name}`, 'a text', typeof value)
  }
}

/** Runs a task until it has succeeded once. */
function once(task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => {
    running ??= task().catch((error) => {
      running = undefined
      throw error
    })
    return running
  }
}
