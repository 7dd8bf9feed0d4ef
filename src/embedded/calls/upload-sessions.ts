/**
 * The upload sessions of a registry: how many there may be, and how long one is kept that nobody uses.
 *
 * @module
 */
import { createDigester, type Digester } from '../../model/digest.ts'
import type { Algorithm } from '../../platform/hasher.ts'
import { createRecentMap } from '../../platform/recent-map.ts'
import type { BlobWriter, RepositoryStorage } from '../storage/storage.ts'
import { Refusal } from '../wire/answers.ts'
import { randomId } from '../wire/names.ts'

/** A blob that is being uploaded. */
export interface Upload {
  readonly id: string
  /** Whether the storage keeps it too. */
  readonly stored: boolean
  /** Repository it was opened in; unknown in all others. */
  readonly name: string
  readonly writer: BlobWriter
  readonly algorithm: Algorithm
  /** Undefined where another process has hashed what came before. */
  readonly digester: Digester | undefined
  /** When it was last used, in milliseconds. */
  touched: number
  /** Bytes of the first chunk; 0 before it. */
  firstChunk: number
  /** Whether a chunk came that may only be the last. */
  short: boolean
  /** Whether its blob was committed or dropped; a request that is still writing then stops. */
  ended: boolean
  /** Whether a request writes to it now. */
  busy: boolean
}

/** Bounds of sessions. */
export interface SessionLimits {
  /** How many may be open at once. */
  readonly uploads: number
  /** Seconds after which a session that nobody uses is dropped. */
  readonly uploadIdle: number
}

/** Sessions by id. */
export interface UploadSessions {
  /** Undefined for an id that is unknown there. */
  find(id: string, name: string, repository: RepositoryStorage): Promise<Upload | undefined>
  /** The same as the storage has it now, where other processes may have gone on with it. */
  renew(id: string, name: string, repository: RepositoryStorage): Promise<Upload | undefined>
  /** The same beside the one that this process has. */
  reopen(id: string, name: string, repository: RepositoryStorage): Promise<Upload | undefined>
  /** Starts a blob that belongs to no session: one request brings all of it. */
  start(repository: RepositoryStorage, name: string, algorithm: Algorithm): Promise<Upload>
  /**
   * Opens a session, and drops those that nobody uses any more.
   *
   * @throws {@link Refusal} 429 where there are as many as there may be
   */
  open(repository: RepositoryStorage, name: string, algorithm: Algorithm): Promise<Upload>
  /** Notes that a session is being used. */
  touch(upload: Upload): void
  /** Forgets a session whose blob was committed, or is about to be. */
  end(upload: Upload): void
  /** Forgets a session and its bytes, unless it has ended. */
  drop(upload: Upload): Promise<void>
  /** Forgets a session that cannot go on here; where the storage keeps it, it goes on from what that has. */
  lose(upload: Upload): Promise<void>
  /** Drops it for all processes. */
  cancel(upload: Upload, repository: RepositoryStorage): Promise<void>
  /** Drops all of them. */
  clear(): Promise<void>
}

/** Ended uploads whose ids are remembered. */
const MOST_GONE = 10_000

/** Starts without sessions. */
export function createUploadSessions({ uploads, uploadIdle }: SessionLimits): UploadSessions {
  // In the order in which they were last used.
  const sessions = new Map<string, Upload>()
  /** Those that are being opened count too. */
  let opening = 0
  /** Of those that are stored: an id that is not known is that of an upload which has not begun. */
  const gone = createRecentMap<string, true>({ most: MOST_GONE, life: uploadIdle * 1000 })

  async function start(
    repository: RepositoryStorage,
    name: string,
    algorithm: Algorithm,
  ): Promise<Upload> {
    return make(randomId(), name, algorithm, await repository.writeBlob(), false)
  }
  async function make(
    id: string,
    name: string,
    algorithm: Algorithm,
    writer: BlobWriter,
    stored: boolean,
  ): Promise<Upload> {
    const { size } = writer
    return {
      id,
      stored,
      name,
      algorithm,
      digester: size === 0 ? await createDigester(algorithm) : undefined,
      writer,
      touched: Date.now(),
      firstChunk: size,
      short: false,
      ended: false,
      busy: false,
    }
  }
  function end(upload: Upload): void {
    upload.ended = true
    sessions.delete(upload.id)
    gone.set(upload.id, true)
  }
  function requireRoom(): void {
    if (sessions.size + opening < uploads) return
    const message = `${uploads} uploads are open, the most there may be`
    throw new Refusal(429, 'TOOMANYREQUESTS', message)
  }
  async function reopen(
    id: string,
    name: string,
    { uploads: stored }: RepositoryStorage,
  ): Promise<Upload | undefined> {
    const writer = gone.has(id) ? undefined : await stored?.resume(id, uploadIdle)
    return writer && make(id, name, 'sha256', writer, true)
  }
  async function renew(
    id: string,
    name: string,
    repository: RepositoryStorage,
  ): Promise<Upload | undefined> {
    const known = sessions.get(id)
    if (!repository.uploads || known?.busy) return known?.name === name ? known : undefined
    const upload = await reopen(id, name, repository)
    // Meanwhile a request may have ended it, or begun to write to it, or another one have read it too.
    if (known?.ended) return undefined
    const now = sessions.get(id)
    if (now && (now.busy || now !== known)) return now.name === name ? now : undefined
    if (upload && known?.name === name && known.writer.size === upload.writer.size) return known
    sessions.delete(id)
    if (!upload) return undefined
    requireRoom()
    sessions.set(id, upload)
    return upload
  }
  async function drop(upload: Upload): Promise<void> {
    if (upload.ended) return
    end(upload)
    await upload.writer.discard()
  }
  async function dropIdle(): Promise<void> {
    const oldest = Date.now() - uploadIdle * 1000
    for (const upload of sessions.values()) {
      if (upload.touched > oldest) return
      // Others may use one that is stored; when nobody does, expire() ends it.
      if (upload.stored) sessions.delete(upload.id)
      else await drop(upload)
    }
  }
  return {
    start,
    drop,
    async find(id, name, repository) {
      const upload = sessions.get(id)
      if (upload) return upload.name === name ? upload : undefined
      return renew(id, name, repository)
    },
    renew,
    reopen,
    async lose(upload) {
      if (!upload.stored) return drop(upload)
      upload.ended = true
      sessions.delete(upload.id)
    },
    async cancel(upload, { uploads: stored }) {
      await drop(upload)
      await stored?.cancel(upload.id)
    },
    async open(repository, name, algorithm) {
      await dropIdle()
      await repository.uploads?.expire(uploadIdle)
      requireRoom()
      opening += 1
      try {
        const begun = await repository.uploads?.begin()
        const upload = begun
          ? await make(begun.id, name, algorithm, begun.writer, true)
          : await start(repository, name, algorithm)
        sessions.set(upload.id, upload)
        return upload
      } finally {
        opening -= 1
      }
    },
    touch(upload) {
      upload.touched = Date.now()
      // A blob without a session has no place in their order.
      if (sessions.delete(upload.id)) sessions.set(upload.id, upload)
    },
    end,
    async clear() {
      await Promise.all([...sessions.values()].map(drop))
    },
  }
}
