/**
 * Which artifacts a rule means: by type, annotations, date, number, or whatever a function says.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import type { Digest } from '../../model/digest.ts'
import { addTo } from '../../platform/add-to.ts'
import {
  type Check,
  func,
  isObject,
  mapOf,
  positiveInteger,
  string,
} from '../../platform/options.ts'
import type { GraphManifest } from '../graph/repository-graph.ts'
import { createdOf } from '../lib/created.ts'

/** A rule; all that it says must hold. */
export interface KeepRule {
  /** Artifacts of this type. */
  readonly artifactType?: string
  /** Artifacts with all of these annotations. */
  readonly annotations?: Readonly<Record<string, string>>
  /** Artifacts that say that they were made at this moment or later. */
  readonly since?: Date
  /** Of those that the rest of the rule means, so many of the newest, for each subject and type. */
  readonly newest?: number
  /** Artifacts of which this is true. */
  readonly where?: (artifact: GraphManifest) => boolean
}

const checks: Readonly<Record<keyof KeepRule, Check>> = {
  artifactType: string,
  annotations: mapOf(string),
  since: ['a valid Date', (value) => value instanceof Date && Number.isFinite(value.getTime())],
  newest: positiveInteger,
  where: func,
}

/** Rules as callers give them. */
export const keepCheck: Check = [
  'a rule or a list of rules, each with artifactType, annotations, since, newest or where',
  (value) => (Array.isArray(value) ? value : [value]).every(isRule),
]

function isRule(value: unknown): boolean {
  const given = isObject(value) ? Object.entries(value) : []
  // A rule of which nothing is given would keep all, and a misspelt one would keep nothing.
  return (
    given.length > 0 &&
    given.every(
      ([name, part]) => Object.hasOwn(checks, name) && checks[name as keyof KeepRule][1](part),
    )
  )
}

/**
 * The artifacts that one of some rules means.
 *
 * @param subjectOf - what an artifact is attached to
 * @throws `InvalidInputError` where `where` gives something else than true or false
 */
export function meantBy(
  rules: readonly KeepRule[],
  artifacts: readonly GraphManifest[],
  subjectOf: (digest: Digest) => Digest | undefined,
): ReadonlySet<Digest> {
  const meant = new Set<Digest>()
  for (const rule of rules) {
    const matching = artifacts.filter((artifact) => matches(rule, artifact))
    for (const { digest } of newestOf(matching, rule.newest, subjectOf)) meant.add(digest)
  }
  return meant
}

function matches(rule: KeepRule, artifact: GraphManifest): boolean {
  const { artifactType, annotations = {}, since, where } = rule
  const own = artifact.annotations ?? {}
  if (artifactType !== undefined && artifact.artifactType !== artifactType) return false
  if (!Object.entries(annotations).every(([key, value]) => own[key] === value)) return false
  if (since && (createdOf(artifact) ?? 0) < since.getTime()) return false
  const says: unknown = where?.(artifact) ?? true
  if (typeof says === 'boolean') return says
  // One that fails later would end the process.
  if (says instanceof Promise) says.catch(() => {})
  throw new InvalidInputError(
    'INVALID_INPUT',
    'keep.where',
    'a function that gives a boolean',
    says,
  )
}

function newestOf(
  artifacts: readonly GraphManifest[],
  count: number | undefined,
  subjectOf: (digest: Digest) => Digest | undefined,
): readonly GraphManifest[] {
  if (count === undefined) return artifacts
  const groups = new Map<string, GraphManifest[]>()
  for (const artifact of artifacts) {
    addTo(groups, `${subjectOf(artifact.digest)} ${artifact.artifactType}`, artifact)
  }
  return [...groups.values()].flatMap((group) => group.toSorted(byDate).slice(0, count))
}

/** The newest first; what says no date is the oldest. */
function byDate(a: GraphManifest, b: GraphManifest): number {
  return (createdOf(b) ?? 0) - (createdOf(a) ?? 0)
}
