/**
 * The upload sessions of a registry: how many there may be, and how long one is kept that nobody uses.
 *
 * @module
 */
import { createDigester, type Digester } from '../../model/digest.ts'
import type { Algorithm } from '../../platform/hasher.ts'
import type { BlobWriter, RepositoryStorage } from '../storage/storage.ts'
import { Refusal } from '../wire/answers.ts'
import { randomId } from '../wire/names.ts'

/** A blob that is being uploaded. */
export interface Upload {
  readonly id: string
  /** Repository it was opened in; unknown in all others. */
  readonly name: string
  readonly writer: BlobWriter
  readonly algorithm: Algorithm
  readonly digester: Digester
  /** When it was last used, in milliseconds. */
  touched: number
  /** Bytes of the first chunk; 0 before it. */
  firstChunk: number
  /** Whether a chunk came that may only be the last. */
  short: boolean
  /** Whether its blob was committed or dropped; a request that is still writing then stops. */
  ended: boolean
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
  find(id: string, name: string): Upload | undefined
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
  /** Drops all of them. */
  clear(): Promise<void>
}

/** Starts without sessions. */
export function createUploadSessions({ uploads, uploadIdle }: SessionLimits): UploadSessions {
  // In the order in which they were last used.
  const sessions = new Map<string, Upload>()
  /** Those that are being opened count too. */
  let opening = 0

  async function start(
    repository: RepositoryStorage,
    name: string,
    algorithm: Algorithm,
  ): Promise<Upload> {
    const digester = await createDigester(algorithm)
    return {
      id: randomId(),
      name,
      algorithm,
      digester,
      writer: await repository.writeBlob(),
      touched: Date.now(),
      firstChunk: 0,
      short: false,
      ended: false,
    }
  }
  function end(upload: Upload): void {
    upload.ended = true
    sessions.delete(upload.id)
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
      await drop(upload)
    }
  }
  return {
    start,
    drop,
    find(id, name) {
      const upload = sessions.get(id)
      return upload?.name === name ? upload : undefined
    },
    async open(repository, name, algorithm) {
      await dropIdle()
      if (sessions.size + opening >= uploads) {
        throw new Refusal(
          429,
          'TOOMANYREQUESTS',
          `${uploads} uploads are open, the most there may be`,
        )
      }
      opening += 1
      try {
        const upload = await start(repository, name, algorithm)
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
