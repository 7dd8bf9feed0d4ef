/**
 * Uploads that a registry refuses in one way and takes in another (distribution-spec 1.1, "Pushing blobs": a registry
 * may do without the single POST and without mounts, and should then open an upload; many refuse instead).
 *
 * @module
 */
import { answerBehind, BUSY } from '../wire/failures.ts'

/** How often an upload is begun again whose session was lost. */
export const MAX_RESTARTS = 2

/** A login that is missing, and what may pass by itself: another way of pushing meets the same. */
const others: readonly number[] = [401, ...BUSY]

/**
 * Whether a registry refused this way of pushing. Recorded are 400, 403, 404, 405, 411, 413, 415, 416, 422, 500 and 501,
 * which may also mean something else: then the plain way is refused as well, and its error is the one to throw.
 */
export function isRefused(error: unknown): boolean {
  const { status = 0 } = answerBehind(error) ?? {}
  return status >= 400 && !others.includes(status)
}

/**
 * Whether the session of an upload is gone, as when another host behind the same address answers, or one that was
 * started anew.
 *
 * @param offset - bytes that the session had taken: without any, a 404 may mean that it takes no such request
 */
export function isSessionLost(error: unknown, offset: number): boolean {
  const answer = answerBehind(error)
  if (!answer) return false
  const { method, status, errors } = answer
  if (method === 'POST') return false
  const says = (codes: RegExp) => errors.some(({ code }) => codes.test(code))
  if (says(/^BLOB_UPLOAD_(UNKNOWN|INVALID)$/)) return true
  return offset > 0 && [404, 410].includes(status) && !says(/^NAME_UNKNOWN$/)
}
