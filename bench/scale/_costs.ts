// What each operation costs: measured by measure.ts, which writes measured.json.
import { readFileSync } from 'node:fs'

/** Requests to the store that are under way at the same time; the next round waits for all of them. */
export interface Round {
  readonly read?: number
  readonly list?: number
  readonly write?: number
  readonly delete?: number
}

/** One request of a client. */
export interface Cost {
  /** Milliseconds of one processor. */
  readonly processor: number
  readonly rounds: readonly Round[]
}

export const operations = [
  'pull a manifest by tag',
  'pull a manifest by digest',
  'pull a blob, redirected',
  'list referrers',
  'list 1000 referrers',
  'attach: push a blob',
  'attach: push the manifest',
  'push an image by tag',
] as const
export type Operation = (typeof operations)[number]

export type Costs = Readonly<Record<Operation, Cost>>

/** Where measure.ts writes. */
export const measured: URL = new URL('measured.json', import.meta.url)

export function readCosts(): Costs {
  return JSON.parse(readFileSync(measured, 'utf8')).costs
}
