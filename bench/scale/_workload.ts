// What is asked of a registry of links: how often, and of which repository.
import { randomExponential, randomLcg, randomLogNormal, randomUniform } from 'd3-random'
import type { Operation } from './_costs.ts'

/** Shares of all requests: clients that verify before they run an image read far more than they write. */
export const shares: Readonly<Record<Operation, number>> = {
  'pull a manifest by tag': 0.3,
  'pull a manifest by digest': 0.25,
  'pull a blob, redirected': 0.2,
  'list referrers': 0.2,
  'list 1000 referrers': 0.001,
  'attach: push a blob': 0.024,
  'attach: push the manifest': 0.02,
  'push an image by tag': 0.005,
}

/** What is kept when all links are there. */
export interface Kept {
  readonly links: number
  readonly repositories: number
  /** Objects of one link: its manifest, its name in the list, a blob; those of images are few beside them. */
  readonly objectsPerLink: number
  /** Bytes of one link: a small signature or attestation, and its manifest. */
  readonly bytesPerLink: number
}
export const kept: Kept = {
  links: 1e9,
  repositories: 1e6,
  objectsPerLink: 3,
  bytesPerLink: 8000,
}

/** Numbers that are the same at each run. */
export interface Chance {
  /** From 0 to 1. */
  even(): number
  /** Milliseconds until the next of so many in a second. */
  next(perSecond: number): number
  /** Milliseconds that a store takes, half of them less than `median`. */
  store(median: number): number
  /** A repository: the n-th is asked 1/n as often as the first (Zipf's law). */
  repository(): number
}

/** How far apart times of a store are: 1 in 100 takes 4 times the median. */
const SPREAD = 0.6

export function makeChance(seed: number, repositories: number): Chance {
  const source = randomLcg(seed)
  const even = randomUniform.source(source)()
  const spread = randomLogNormal.source(source)(0, SPREAD)
  const exponential = randomExponential.source(source)(1)
  const scale = Math.log(repositories + 1)
  return {
    even,
    next: (perSecond) => (exponential() * 1000) / perSecond,
    store: (median) => median * spread(),
    // The integral of 1/n, turned round.
    repository: () => Math.min(repositories, Math.floor(Math.exp(even() * scale))),
  }
}

/** Which operation a number from 0 to 1 stands for. */
export function operationAt(number: number): Operation {
  let left = number * Object.values(shares).reduce((sum, share) => sum + share, 0)
  for (const [operation, share] of Object.entries(shares)) {
    left -= share
    if (left < 0) return operation as Operation
  }
  return 'pull a manifest by tag'
}
