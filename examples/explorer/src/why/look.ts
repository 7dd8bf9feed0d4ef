/**
 * What one client finds by its rules.
 *
 * @module
 */
import type { FoundReferrer, SentRequest } from 'ocilink'
import type { Facts } from './facts.ts'
import { isOneOf, type Kind, kindsOf, typesOf } from './kinds.ts'
import { places } from './places.ts'
import type { Client, Rule } from './rule.ts'

/** What one rule finds. */
export interface Look {
  readonly rule: Rule
  /** All that is at its place. */
  readonly there: readonly FoundReferrer[]
  /** What it takes for one of the kind. */
  readonly hits: readonly FoundReferrer[]
  /** The rule whose find keeps the client from looking here. */
  readonly stoppedBy?: Rule
  readonly tooMany: boolean
  /** How many pages the list has of which it reads one; 0 where it reads all that there is. */
  readonly pagesOfOne: number
}

/** One kind, and what one client finds of it. */
export interface Case {
  readonly facts: Facts
  readonly client: Client
  readonly kind: Kind
  /** All of the kind, wherever it is. */
  readonly all: readonly FoundReferrer[]
  /** What may be of the kind. */
  readonly unclear: readonly FoundReferrer[]
  /** By the rules that hold without an option, in the client's order. */
  readonly looks: readonly Look[]
  /** By those that want one. */
  readonly optional: readonly Look[]
}

export function caseOf(facts: Facts, client: Client, kind: Kind): Case {
  const { referrers } = facts.discovery
  const kindOf = new Map(
    referrers.map((one) => [one, kindsOf(one, facts.predicates?.get(one.digest))] as const),
  )
  const isKind = (one: FoundReferrer) => kindOf.get(one)!.includes(kind)
  const rules = client.reads[kind]
  const looks = 'never' in rules ? [] : lookAll(facts, rules, isKind)
  return {
    facts,
    client,
    kind,
    all: referrers.filter(isKind),
    unclear: referrers.filter((one) => kindOf.get(one) === 'unclear'),
    looks: looks.filter(({ rule }) => !rule.option),
    optional: looks.filter(({ rule }) => rule.option),
  }
}

function lookAll(
  facts: Facts,
  rules: readonly Rule[],
  isKind: (one: FoundReferrer) => boolean,
): readonly Look[] {
  const stops: Rule[] = []
  const pages = pagesOf(facts)
  return rules.map((rule) => {
    const there = facts.discovery.referrers.filter((one) => isAt(facts, rule, one))
    const fits = there.filter((one) => fitsRule(facts, rule, one))
    const stoppedBy = stops.find(({ command }) => command === rule.command)
    if (rule.stops && fits.length > 0) stops.push(rule)
    return {
      rule,
      there,
      hits: rule.anyKind ? fits : fits.filter(isKind),
      pagesOfOne: rule.firstPage && pages > 1 ? pages : 0,
      tooMany: rule.atMost !== undefined && there.length > rule.atMost,
      ...(stoppedBy && { stoppedBy }),
    }
  })
}

/** How many pages the registry's list was read in, by whichever source read all of it. */
function pagesOf({ subject, discovery }: Facts): number {
  const isPage = ({ path, status }: SentRequest) =>
    path.endsWith(`/referrers/${subject}`) && status === 200
  return Math.max(0, ...discovery.sources.map(({ requests }) => requests.filter(isPage).length))
}

/** Whether a referrer is where a rule looks: what is attached to the subject, and of an index what is in it. */
function isAt(facts: Facts, rule: Rule, one: FoundReferrer): boolean {
  const isOwn = rule.place === 'image-index' || one.subjects.includes(facts.subject)
  return isOwn && isLookedFor(facts, rule, one)
}

/** Whether it is linked as a rule looks for it, whatever it is attached to. */
export function isLookedFor({ capabilities }: Facts, { place }: Rule, one: FoundReferrer): boolean {
  const { sources, withoutApi = sources } = places[place]
  const looked = capabilities.referrersApi === 'supported' ? sources : withoutApi
  return one.via.some(({ source }) => looked.includes(source))
}

/** Whether it is of a type that a rule takes. */
export function fitsRule(
  { listedTypes }: Facts,
  { types, listed, images }: Rule,
  one: FoundReferrer,
): boolean {
  if (images && !IMAGES.includes(one.mediaType)) return false
  if (!types) return true
  // A registry's list has what discover() has; the index at the tag has what some client wrote.
  if (listed && listedTypes?.has(one.digest)) return isOneOf(listedTypes.get(one.digest), types)
  return typesOf(one).some((type) => isOneOf(type, types))
}

const IMAGES: readonly string[] = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
]
