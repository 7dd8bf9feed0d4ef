/**
 * What the parts of one copy share, and how they fail.
 *
 * @module
 */
import type { LimitFunction } from 'p-limit'
import { CopyError, isOcilinkError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import type { Repository } from '../../registry/repository.ts'
import { toError } from '../lib/to-error.ts'
import type { Ledger } from './ledger.ts'

/** One call of copy(). */
export interface Job {
  readonly from: Repository
  readonly to: Repository
  /** How near the two are: only within one registry blobs can be mounted. */
  readonly distance: 'same repository' | 'same registry' | 'other registry'
  /** Whether the registry was seen to mount, or to refuse. */
  readonly mounts: { work: boolean; refused: boolean }
  /** Whether the destination was seen to take no chunks. */
  readonly chunks: { refused: boolean }
  readonly dryRun: boolean
  readonly ledger: Ledger
  /** Content that is in memory whole. */
  readonly small: LimitFunction
  /** Content of which a part is in memory. */
  readonly large: LimitFunction
  /** Entries of indexes that are left out on purpose. */
  readonly leftOut: (entry: Descriptor) => boolean
  /** Milliseconds before a link that others may overwrite is read back. */
  readonly settle: number | undefined
  readonly signal: AbortSignal
}

/** Which side failed, and with what. */
export interface Failure extends Pick<CopyError, 'side'> {
  readonly descriptor: Descriptor | undefined
  /** What can be done where the registry has refused. */
  readonly hint?: string | undefined
}

/**
 * Runs a part of the copy, and says of what it throws which side it was and what could not be copied.
 *
 * @throws {@link CopyError}; the signal's reason
 */
export async function during<T>(
  { signal }: Pick<Job, 'signal'>,
  failure: Failure,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run()
  } catch (cause) {
    signal.throwIfAborted()
    throw copyError(failure, cause)
  }
}

/** The error for a part that has failed; one that was named before is kept. */
export function copyError({ side, descriptor, hint }: Failure, cause: unknown): CopyError {
  if (cause instanceof CopyError) return cause
  const what = descriptor ? `${descriptor.digest} (${descriptor.mediaType})` : 'it'
  const why = toError(cause).message
  const message = `Copying failed at the ${side}: ${what} could not be ${side === 'source' ? 'read' : 'written'}: ${why}${hintOf(cause, descriptor, hint)}`
  return new CopyError(message, { side, descriptor }, { cause })
}

/** What can be done, where an answer of a registry is the cause. */
function hintOf(cause: unknown, descriptor: Descriptor | undefined, hint?: string): string {
  if (hint) return isOcilinkError(cause, 'REGISTRY_RESPONSE', 'NOT_FOUND') ? `. ${hint}` : ''
  if (!descriptor?.platform || !isOcilinkError(cause, 'NOT_FOUND')) return ''
  return '. Where only some platforms of an index are there, name them with "platforms"'
}

/** Whether content is missing, by the answer of its registry. */
export function isNotFound(error: unknown): boolean {
  const cause = error instanceof CopyError ? error.cause : error
  return isOcilinkError(cause, 'NOT_FOUND')
}

/** Parts that run once each, however often they are wanted. */
export interface Parts<T> {
  (descriptor: Descriptor): Promise<T>
  /** Waits until none is under way, whatever came of them. */
  ended(): Promise<void>
}

/** Runs each part once. */
export function onceEach<T>(run: (descriptor: Descriptor) => Promise<T>): Parts<T> {
  const running = new Map<Digest, Promise<T>>()
  const part = (descriptor: Descriptor): Promise<T> => {
    const known = running.get(descriptor.digest)
    if (known) return known
    const next = run(descriptor)
    running.set(descriptor.digest, next)
    return next
  }
  const ended = async () => void (await Promise.allSettled(running.values()))
  return Object.assign(part, { ended })
}
