/**
 * Lists the referrers of subjects through every strategy, then the referrers of those, level by level.
 *
 * @module
 */
import pLimit from 'p-limit'
import type { Digest } from '../../model/digest.ts'
import type { MediaType } from '../../model/media-types.ts'
import { isPage } from '../../platform/page.ts'
import { withListedTags } from '../../registry/known-tags.ts'
import type { Repository } from '../../registry/repository.ts'
import type { Referrer, Strategy } from '../../strategies/strategy.ts'
import type { Scoped } from '../lib/scope.ts'
import type { Pages } from '../lib/shared-lists.ts'
import { cutBy, type Limit, letOthersRun } from './limit.ts'
import { lookingUpLess, lookOnceListed, shortTagList } from './short-tag-list.ts'
import { openSource, readSource, type Source, type SourceOptions } from './source.ts'

/** Through what to list, and how many levels. */
export interface ExploreOptions extends SourceOptions {
  readonly strategies: readonly Strategy[]
  readonly depth: number
}

/** What points at one subject, as each strategy lists it. */
export interface Links {
  /** Whatever it is; at the last level only what passes the filters. */
  readonly all: readonly Referrer[]
  /** What passes the filters. */
  readonly matching: readonly Referrer[]
}

/** All that was found. */
export interface Exploration {
  readonly links: ReadonlyMap<Digest, Links>
  readonly sources: readonly Source[]
  /** Why there may be more than was followed. */
  readonly cut: Error | undefined
}

/**
 * Lists each subject once, all strategies at the same time. Filters count for what is listed, not
 * for what is followed: so before the last level both are listed, where they may differ.
 */
export async function explore(scoped: Scoped, options: ExploreOptions): Promise<Exploration> {
  const answers = await askByLevel(scoped, options)
  const links = new Map<Digest, Links>()
  for (const { subject, all, matching } of answers) {
    links.set(subject, { all, matching: inScope(scoped, subject, await matching()) })
  }
  return {
    links,
    sources: answers.flatMap(({ sources }) => sources),
    cut: scoped.cut ?? cutBy(options.limit),
  }
}

/** What all strategies list for one subject. */
interface Answer {
  readonly subject: Digest
  readonly sources: readonly Source[]
  readonly all: readonly Referrer[]
  /** May still be on its way. */
  matching(): Promise<readonly Referrer[]>
}

/** From so many ways on some of them list the tags, and others look up several of them for each subject. */
const MANY = 4
/** Subjects whose lists are read at once: as many as requests wait for answers; few enough to pause in between. */
const AT_ONCE = 12

async function askByLevel(scoped: Scoped, options: ExploreOptions): Promise<readonly Answer[]> {
  const { depth, limit } = options
  const turn = pLimit(AT_ONCE)
  const answers: Answer[] = []
  const known = new Set([...scoped.subjects, ...scoped.indexes])
  const followed = new Set<Digest>()
  const types = new Map<Digest, MediaType | undefined>()
  // One list of all tags, where it is short, in place of up to five requests for each referrer.
  const page = isPage()
  const lists = (depth > 1 || page) && options.strategies.length >= MANY
  const tags = lists ? shortTagList(options.repo, options.signal) : Promise.resolve(undefined)
  const first = lists ? withListedTags(options.repo, tags) : options.repo
  let level: readonly Digest[] = [...known]
  for (let at = 1; at <= depth && level.length > 0; at++) {
    const subjects = level
    const look = (repo: Repository, reads = options.reads) =>
      Promise.all(
        subjects.map((subject) =>
          turn(async () => {
            await letOthersRun(limit)
            const how = { ...options, repo, reads, subjectType: types.get(subject) }
            return ask(subject, scoped, how, at === depth)
          }),
        ),
      )
    const found =
      at > 1
        ? await look(await lookingUpLess(options.repo, tags, level, answers))
        : page && lists
          ? await lookOnceListed(options.repo, options.reads, await tags, level, look)
          : await look(first)
    for (const answer of found) answers.push(answer)
    const referrers = found.flatMap(({ all }) => all)
    noteTypes(referrers, types)
    level = notAskedYet(referrers, known, followed, limit)
  }
  return answers
}

/** All strategies about one subject; at the last level nothing is followed, so filters are enough. */
async function ask(
  subject: Digest,
  scoped: Scoped,
  options: ExploreOptions,
  last: boolean,
): Promise<Answer> {
  const both = !last && isSelective(options.filters)
  const pages: Pages = new Map()
  const sources = options.strategies.map((strategy) => openSource(strategy, subject, pages))
  const lists = sources.map((source) => {
    const all = readSource(source, both ? { ...options, filters: {} } : options)
    // After the other, which may find out what the registry has; what is followed does not wait.
    const matching = both ? all.then(() => readSource(source, options)) : all
    // An abort is thrown by whoever waits.
    matching.catch(() => {})
    return { all, matching }
  })
  const all = (await Promise.all(lists.map((list) => list.all))).flat()
  return {
    subject,
    sources: sources.map(({ record }) => record),
    all: inScope(scoped, subject, all),
    matching: async () => (await Promise.all(lists.map((list) => list.matching))).flat(),
  }
}

function isSelective({ artifactType, annotations }: ExploreOptions['filters']): boolean {
  return artifactType !== undefined || Object.keys(annotations ?? {}).length > 0
}

/** Of what an index says where it is no subject itself, only what is about its platforms. */
function inScope(
  { subjects, indexes }: Scoped,
  subject: Digest,
  list: readonly Referrer[],
): readonly Referrer[] {
  if (!indexes.includes(subject)) return list
  const meant = new Set(subjects)
  return list.filter((referrer) => meant.has(referrer.subject.digest))
}

/** What registries' own lists say that referrers are; nothing where they differ, or where a client wrote a list. */
function noteTypes(
  referrers: readonly Referrer[],
  types: Map<Digest, MediaType | undefined>,
): void {
  for (const { digest, mediaType, via } of referrers) {
    const own = via.every(({ kept }) => kept === 'registry')
    const said = !types.has(digest) || types.get(digest) === mediaType ? mediaType : undefined
    types.set(digest, own ? said : undefined)
  }
}

/** Whose referrers to list next: not what points at itself in a circle, or was met before. */
function notAskedYet(
  referrers: readonly Referrer[],
  known: Set<Digest>,
  followed: Set<Digest>,
  limit: Limit,
): readonly Digest[] {
  const next: Digest[] = []
  for (const { digest } of referrers) {
    if (followed.size >= limit.most && !followed.has(digest)) limit.reached = true
    followed.add(digest)
    if (known.has(digest) || limit.reached) continue
    known.add(digest)
    next.push(digest)
  }
  return next
}
