/**
 * "Why does X say unsigned?": what each client sees of an image, by its rules of discovery.
 *
 * @module
 */
import type { Facts } from './facts.ts'
import { type Kind, kinds } from './kinds.ts'
import { type Case, caseOf } from './look.ts'
import { places } from './places.ts'
import type { Client, Rule } from './rule.ts'
import { clients } from './rules.ts'
import { notSeen, seen, unknown } from './sentences.ts'

/** What one client sees of one kind. */
export interface Finding {
  readonly client: Client
  readonly kind: Kind
  /** `'unknown'` where something could not be read, or may be one of these: that is not "none". */
  readonly seen: 'seen' | 'not seen' | 'unknown'
  /** By which of its rules. */
  readonly rule?: Rule
  /** What it takes for one. */
  readonly digests: readonly string[]
  /** One sentence: where it sees it, or why it does not and what would make it seen. */
  readonly why: string
}

/** What each client sees of an image's signatures, SBOMs and provenance. Sends nothing. */
export function whyNot(facts: Facts, of: readonly Client[] = clients): readonly Finding[] {
  return of.flatMap((client) =>
    (Object.keys(kinds) as Kind[]).map((kind) => findingOf(caseOf(facts, client, kind))),
  )
}

function findingOf(given: Case): Finding {
  const { client, kind, looks } = given
  const look = looks.find(
    ({ hits, stoppedBy, tooMany, pagesOfOne }) =>
      hits[0] && !stoppedBy && !tooMany && pagesOfOne === 0,
  )
  if (look) {
    const digests = look.hits.map(({ digest }) => digest)
    return { client, kind, seen: 'seen', rule: look.rule, digests, why: seen(given, look) }
  }
  const doubt = doubtOf(given)
  if (doubt) return { client, kind, seen: 'unknown', digests: [], why: unknown(given, doubt) }
  return { client, kind, seen: 'not seen', digests: [], why: notSeen(given) }
}

/** Why something may be there all the same, in words; `undefined` where that is settled. */
function doubtOf({ facts, all, unclear, looks }: Case): string | undefined {
  const { sources } = facts.discovery
  const failed = sources.find(
    ({ status, strategy }) =>
      status === 'failed' && looks.some(({ rule }) => places[rule.place].strategy === strategy),
  )
  if (failed) return failed.error?.message ?? 'not all could be read'
  const paged = looks.find(({ hits, pagesOfOne }) => hits[0] && pagesOfOne > 0)
  if (paged) return `it reads the first of the list's ${paged.pagesOfOne} pages alone`
  const statement =
    all.length === 0 && unclear.find((one) => looks.some(({ there }) => there.includes(one)))
  return statement ? `it was not read what ${statement.digest} states` : undefined
}
