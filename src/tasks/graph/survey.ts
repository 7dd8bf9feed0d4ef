/**
 * Goes through a repository from its tags: each manifest is read once, and dropped when what it names is known.
 *
 * @module
 */
import pLimit from 'p-limit'
import { UnsupportedError } from '../../errors.ts'
import type { Digest } from '../../model/digest.ts'
import { parseDigestTag, subjectOfTag } from '../../model/digest-tags.ts'
import { delay } from '../../platform/abort.ts'
import { withKnownTags } from '../../registry/known-tags.ts'
import { allTags } from '../../registry/lists/tags.ts'
import type { Repository } from '../../registry/repository.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'
import type { Strategy } from '../../strategies/strategy.ts'
import { sharingLists } from '../lib/shared-lists.ts'
import { toError } from '../lib/to-error.ts'
import { lookUp } from './look-up.ts'
import { outline } from './outline.ts'
import type { GraphEdge, GraphManifest, GraphProblem, GraphTag } from './repository-graph.ts'

/** What was seen of a repository. */
export interface Survey {
  readonly tags: readonly GraphTag[]
  readonly manifests: readonly GraphManifest[]
  readonly edges: readonly GraphEdge[]
  readonly problems: readonly GraphProblem[]
}

/** What to look for. */
export interface SurveyOptions {
  readonly onProgress?:
    | ((progress: { readonly done: number; readonly known: number }) => void)
    | undefined
  readonly signal?: AbortSignal | undefined
  readonly strategies: readonly Strategy[]
  readonly maxTags: number
}

/** Requests under way. */
const AT_ONCE = 12
/** Of so many manifests one waits for timers and answers: all that are under way have waited after 192. */
const WITHOUT_PAUSE = 16

/**
 * Reads the tags, then what they lead to, and goes on until nothing new is named.
 *
 * @throws why the tags cannot be listed; the signal's reason
 */
export async function survey(repo: Repository, options: SurveyOptions): Promise<Survey> {
  const { strategies, maxTags, onProgress, signal } = options
  const problems: GraphProblem[] = []
  const names = await tagNames(repo, maxTags, problems, signal)
  // What tags hold is read with the tags: strategies are asked for what registries list, and find no tag.
  const lists = withKnownTags(repo, new Set())
  const listing = strategies.filter(({ linkFields, choices }) => linkFields && !choices)
  const turn = pLimit(AT_ONCE)
  const manifests = new Map<Digest, GraphManifest>()
  const edges = new Map<string, GraphEdge>()
  const asked = new Set<Digest>()
  /** What is a manifest, whether it is there or not. */
  const sure = new Set<Digest>()
  /** What an artifact is attached to that is a blob: that it is no manifest does not mean that it is gone. */
  const blobs = new Set<Digest>()
  let next = new Set<Digest>()
  let done = 0
  let visits = 0
  /** Strategies whose lists the registry was seen not to have. */
  const without = new Set<Strategy>()

  const enter = (edge: GraphEdge) => {
    edges.set(`${edge.from} ${edge.to} ${edge.role} ${edge.tag ?? ''}`, edge)
    for (const digest of [edge.from, edge.to]) if (!asked.has(digest)) next.add(digest)
  }
  const report = () => onProgress?.({ done: ++done, known: names.length + asked.size + next.size })

  /** Keeps what a manifest says. */
  const keep = (digest: Digest, found: StoredManifest | GraphManifest['status']) => {
    if (typeof found === 'string') {
      const status = found === 'gone' && !sure.has(digest) ? 'unknown' : found
      manifests.set(digest, { digest, status })
      return
    }
    const { manifest, named, vague, blobs: about = [], unread } = outline(found)
    manifests.set(digest, manifest)
    for (const one of about) blobs.add(one)
    if (unread) problems.push({ at: digest, kind: 'malformed', reason: unread })
    const doubtful = new Set(vague)
    for (const edge of named) {
      enter(edge)
      if (!doubtful.has(edge.to)) sure.add(edge.to)
    }
  }

  const readTag = async (tag: string): Promise<GraphTag> => {
    const kind = parseDigestTag(tag) ? 'link' : 'named'
    const found = await lookUp(repo, tag, problems, signal)
    report()
    if (typeof found === 'string') return { tag, kind }
    const { digest } = found.descriptor
    if (!manifests.has(digest)) keep(digest, found)
    if (!asked.has(digest)) next.add(digest)
    const subject = subjectOfTag(tag)
    if (!subject) return { tag, kind, digest }
    enter({ from: digest, to: subject, role: 'tag', tag })
    sure.add(subject)
    return { tag, kind, digest, subject }
  }

  const isWithout = (strategy: Strategy) =>
    without.has(strategy) ||
    (strategy.list !== undefined && lists.capabilities[strategy.list] === 'unsupported')

  /** Reads a manifest that was named, and what the registry lists for it. */
  const visit = async (digest: Digest) => {
    if (!manifests.has(digest)) keep(digest, await lookUp(repo, digest, problems, signal))
    if (manifests.get(digest)!.status === 'there') {
      // What needs no request would keep answers and timers waiting, as long as there is more of it.
      if (++visits % WITHOUT_PAUSE === 0) await delay(0, signal)
      const shared = sharingLists(lists, new Map())
      const asking = listing.filter((strategy) => !isWithout(strategy))
      await Promise.all(asking.map((strategy) => listFor(shared, strategy, digest)))
    }
    report()
  }

  const listFor = async (view: Repository, strategy: Strategy, subject: Digest) => {
    try {
      for await (const referrer of strategy.discover(view, subject, { signal })) {
        const { digest, via } = referrer
        if (via.some(({ kept }) => kept === 'registry')) {
          enter({ from: digest, to: subject, role: 'list' })
        }
      }
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof UnsupportedError) {
        without.add(strategy)
        return
      }
      problems.push({
        at: subject,
        kind: 'unread',
        reason: `${strategy.name}: ${toError(error).message}`,
      })
    }
  }

  const tags = await turn.map(names, readTag)
  while (next.size > 0) {
    const level = [...next]
    next = new Set()
    for (const digest of level) asked.add(digest)
    await turn.map(level, visit)
  }
  for (const digest of blobs) {
    if (manifests.get(digest)?.status === 'gone')
      manifests.set(digest, { digest, status: 'unknown' })
  }
  return { tags, manifests: [...manifests.values()], edges: [...edges.values()], problems }
}

async function tagNames(
  repo: Repository,
  maxTags: number,
  problems: GraphProblem[],
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const names: string[] = []
  for await (const page of allTags(repo, signal)) {
    for (const tag of page) names.push(tag)
    if (names.length <= maxTags) continue
    problems.push({
      at: 'tags',
      kind: 'unread',
      reason: `there are more than ${maxTags}: the others were left out`,
    })
    return names.slice(0, maxTags)
  }
  return names
}
