/**
 * What whyNot() says: one sentence each.
 *
 * @module
 */
import type { FoundReferrer } from 'ocilink'
import { isOneOf, kinds, typesOf } from './kinds.ts'
import { type Case, fitsRule, isLookedFor, type Look } from './look.ts'
import { foundAt, places } from './places.ts'
import type { Rule } from './rule.ts'

/** Where it is seen, what is taken for one though it is something else, and what is not looked at for it. */
export function seen({ facts, client, kind, all, looks }: Case, { rule, hits }: Look): string {
  const { name, one } = kinds[kind]
  const sees = `${client.name} sees ${one} ${where(facts, rule)} (${rule.command})`
  const other = hits.some((hit) => all.includes(hit))
    ? ''
    : `: what is there is something else, but its type, ${hits[0]!.artifactType}, is enough`
  const unread = looks.find(({ stoppedBy, hits }) => stoppedBy === rule && hits[0])
  const stopped = unread
    ? `; so it does not look ${where(facts, unread.rule)}, where the ${name} is`
    : ''
  return `${sees}${other}${stopped}.`
}

export function unknown({ client, kind }: Case, doubt: string): string {
  return `Whether ${client.name} sees ${kinds[kind].one} cannot be told: ${doubt.replace(/\.$/, '')}.`
}

/** Why it is not seen, and what would make it seen. */
export function notSeen(given: Case): string {
  const { facts, client, kind, all, unclear, looks } = given
  const { name, one } = kinds[kind]
  const reads = client.reads[kind]
  if ('never' in reads) return `${client.name} ${reads.never}.`
  const found = all.find((each) => helped(given, each)) ?? all[0] ?? unclear[0]
  if (!found) return `Nothing that is attached is ${one}: there is none for ${client.name} to see.`
  const hint = optionHint(given)

  const many = looks.find(({ tooMany }) => tooMany)
  if (many)
    return `${client.name} refuses an image with more than ${many.rule.atMost} referrers, and this one has ${many.there.length}${hint}.`

  const stopped = looks.find(({ stoppedBy, hits }) => stoppedBy && hits[0])
  if (stopped) {
    const { stoppedBy, rule } = stopped
    return `${client.name} finds a bundle ${inside(where(facts, stoppedBy!))} and then does not look ${where(facts, rule)}, where the ${name} is; ${stoppedBy!.make} makes one that it sees${hint}.`
  }

  const mistyped = looks.find(({ rule, there }) => isMistyped(rule, there, found))
  if (mistyped) {
    const listed = facts.listedTypes?.get(found.digest) ?? 'none'
    return `${client.name} goes by the type in the list, which is ${listed} for the ${name}; \`repair()\` writes the right one${hint}.`
  }

  const asked = looks.map(({ rule }) => where(facts, rule))
  const looked = asked.length > 0 ? `only ${listOf(asked)}` : 'nowhere by itself'
  return `${client.name} looks ${looked}; the ${name} is ${whereFound(given, found)}${advice(given, found)}${hint}.`
}

/** Whether the list has another type for it than it has itself, which would do. */
function isMistyped(rule: Rule, there: readonly FoundReferrer[], found: FoundReferrer): boolean {
  const { listed, types = [] } = rule
  return !!listed && there.includes(found) && typesOf(found).some((type) => isOneOf(type, types))
}

/** The rule by which it would be taken as it is, if only it were linked that way. */
function helped({ facts, looks }: Case, found: FoundReferrer): Rule | undefined {
  return looks
    .map(({ rule }) => rule)
    .find((rule) => places[rule.place].writable && fitsRule(facts, rule, found))
}

/** What would make it seen. */
function advice(given: Case, found: FoundReferrer): string {
  const { facts, looks } = given
  const isOwn = found.subjects.includes(facts.subject)
  const rule = helped(given, found)
  if (!rule) {
    const type = ` as ${found.artifactType ?? 'something without a type'}`
    const make = looks.map((look) => look.rule.make).find((text) => text)
    return make ? `${type}; ${make} makes one that it sees` : type
  }
  const { strategy } = places[rule.place]
  if (!isOwn && isLookedFor(facts, rule, found))
    return `; asked about ${found.subjects[0]} it sees it`
  if (strategy === 'oci-subject' && found.via.some(({ source }) => source === 'referrers-tag'))
    return ', which it does not read where there is the referrers API; `repair()` has it listed there'
  const convert = `; \`ocilink convert … --as ${strategy}\` links it there too`
  return isOwn ? convert : `${convert}, for who asks about ${found.subjects[0]}`
}

/** With which option it would be seen. */
function optionHint({ optional }: Case): string {
  const look = optional.find(({ hits, tooMany }) => hits[0] && !tooMany)
  if (!look) return ''
  const { option = '' } = look.rule
  return `; with ${option.startsWith('--') ? `\`${option}\`` : option} it sees the one that is there`
}

function whereFound({ facts }: Case, { via, subjects }: FoundReferrer): string {
  const at = [...new Set(via.map(({ source }) => foundAt[source] ?? `at ${source}`))]
  const other = subjects.includes(facts.subject)
    ? ''
    : `, attached to ${subjects[0]} and not to ${facts.subject}`
  return `${listOf(at)}${other}`
}

const where = ({ subject, capabilities }: Case['facts'], { place }: Rule): string =>
  places[place].words(subject, capabilities.referrersApi === 'supported')

function listOf(words: readonly string[]): string {
  const different = [...new Set(words)]
  return [...different.slice(0, -1).map(inside), ...different.slice(-1)].join(' and ')
}

/** As a part that is followed by more: what has a comma ends with one. */
const inside = (words: string): string => (words.includes(', ') ? `${words},` : words)
