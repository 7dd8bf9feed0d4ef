/**
 * How a command ends: codes that scripts can go by, and errors as text.
 *
 * @module
 */
import type { ErrorCode } from '../../index.ts'
import { hintFor } from './hints.ts'
import { styled } from './style.ts'

/** What the program ends with. */
export const EXIT = {
  done: 0,
  no: 1,
  unknown: 2,
  usage: 3,
  refused: 4,
  partly: 5,
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** The program was called in a wrong way. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'
  readonly code = 'USAGE'
}

/** By the codes of the library's errors: the library itself is loaded when it is needed. */
const byCode: Readonly<Partial<Record<ErrorCode, ExitCode>>> = {
  INVALID_DIGEST: EXIT.usage,
  INVALID_REFERENCE: EXIT.usage,
  INVALID_TAG: EXIT.usage,
  INVALID_INPUT: EXIT.usage,
  NOT_FOUND: EXIT.no,
  NO_MATCH: EXIT.no,
  AUTH_REQUIRED: EXIT.refused,
  AUTH_DENIED: EXIT.refused,
  REGISTRY_RESPONSE: EXIT.refused,
  UNSUPPORTED: EXIT.refused,
  CONFLICT: EXIT.partly,
  COPY_FAILED: EXIT.partly,
}

/** The system's codes for what was asked rightly, and could not be done. */
const noRoom: readonly unknown[] = [
  'ENOSPC',
  'EDQUOT',
  'EFBIG',
  'EIO',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
]

/**
 * What an error means to a script; "could not tell" where it says neither yes nor no.
 *
 * @param asked - whether a registry was asked before: what is wrong with a call is said before that, so that what is
 *   invalid is then what it answered
 */
export function exitCodeOf(error: unknown, asked: boolean = false): ExitCode {
  if (error instanceof UsageError) return EXIT.usage
  // The system's own: a file that is not there, a port that is taken; or a disk that is full.
  const { syscall, code: found } = Object(error)
  if (syscall) return noRoom.includes(found) ? EXIT.unknown : EXIT.usage
  // It refuses nothing: it is in trouble, or no registry.
  const { code, cause, descriptor, status = 400 } = Object(error)
  if (status < 400 || status >= 500) return EXIT.unknown
  // The tag that was to be copied could not be read: nothing was done.
  if (code === 'COPY_FAILED' && descriptor === undefined && cause) return exitCodeOf(cause, asked)
  // Nor is that partly done.
  if (code === 'COPY_FAILED' && String(cause?.code).startsWith('AUTH_')) return EXIT.refused
  const known = byCode[code as ErrorCode] ?? EXIT.unknown
  return known === EXIT.usage && asked ? EXIT.unknown : known
}

/** An error as text for people, with what to do next. */
export function errorText(error: unknown, asked: boolean): string {
  const text = error instanceof Error ? error.message : String(error)
  // A layout or an archive is at no address.
  const message = text.replaceAll('https://box.invalid', '')
  const hint = hintFor(error, asked)
  return `${styled('bad', 'ocilink:', process.stderr)} ${message}${hint ? `\n${hint}` : ''}\n`
}
