/**
 * What one call may cost, whatever a registry answers: each answer is bounded by itself, and here all of them together.
 *
 * @module
 */
import { ContentError } from '../errors.ts'

/** What is counted. */
type Cost = 'bytes' | 'items' | 'manifests' | 'detours'

/** Most that one call takes. */
export const CALL_LIMITS: Readonly<Record<Cost, number>> = {
  /** Bytes of lists and manifests, after decompression: 100 000 referrers with their annotations have 70 MB. */
  bytes: 128 * 1024 * 1024,
  /** Entries of lists: the digest or tag of each is kept until the call ends. */
  items: 250_000,
  /** Manifests, where a list says too little of its entries. */
  manifests: 10_000,
  /** Redirects to other origins, which have no part in this call. */
  detours: 500,
}

/** What a call has spent. */
export interface Budget extends Record<Cost, number> {
  /** Why the call ends: every later request of it fails. */
  failure?: ContentError | undefined
}

/** A budget of which nothing is spent. */
export function freshBudget(): Budget {
  return { bytes: 0, items: 0, manifests: 0, detours: 0 }
}

const named: Readonly<Record<Cost, string>> = {
  bytes: 'lists and manifests read by one call, in bytes',
  items: 'items listed for one call',
  manifests: 'manifests read by one call',
  detours: 'redirects of one call to other hosts',
}

/**
 * Counts what a call takes, where it has a budget.
 *
 * @throws `ContentError` `TOO_LARGE` once one of them is spent
 */
export function spend(budget: Budget | undefined, what: Cost, amount = 1): void {
  if (!budget) return
  budget[what] += amount
  const most = CALL_LIMITS[what]
  if (budget[what] > most)
    budget.failure ??= new ContentError('TOO_LARGE', named[what], most, budget[what])
  if (budget.failure) throw budget.failure
}
