/**
 * Goes through a repository from its tags: each manifest is read once, and dropped when what it names is known.
 *
 * @module
 */
import pLimit from 'p-limit'
import type { Digest } from '../../model/digest.ts'
import { parseDigestTag, subjectOfTag } from '../../model/digest-tags.ts'
import { delay } from '../../platform/abort.ts'
import { allTags } from '../../registry/lists/tags.ts'
import type { Repository } from '../../registry/repository.ts'
import type { Strategy } from '../../strategies/strategy.ts'
import { reporter } from '../lib/reporter.ts'
import { completeCutTags } from './cut-tags.ts'
import {
  addEdge,
  addManifest,
  type Findings,
  manifestsOf,
  noFindings,
  takeWaiting,
  want,
} from './findings.ts'
import { addListed, type Lists, openLists } from './lists.ts'
import { lookUp } from './look-up.ts'
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
    | ((progress: { readonly items: { readonly done: number; readonly total: number } }) => void)
    | undefined
  readonly signal?: AbortSignal | undefined
  readonly strategies: readonly Strategy[]
  readonly maxTags: number
}

/** Requests under way. */
const AT_ONCE = 12
/** Of so many tags and manifests one waits for timers and answers: all that are under way have waited after 192. */
const WITHOUT_PAUSE = 16

/** A survey that is under way. */
interface Run {
  readonly repo: Repository
  readonly findings: Findings
  readonly lists: Lists
  readonly signal: AbortSignal | undefined
  /** Manifests that were there. */
  visits: number
  /** Tags and manifests that were looked at. */
  looks: number
}

/**
 * What needs no request, or is answered within the process, would keep timers and the collection of garbage waiting, as
 * long as there is more of it.
 */
async function pause(run: Run): Promise<void> {
  if (++run.looks % WITHOUT_PAUSE === 0) await delay(0, run.signal)
}

/**
 * Reads the tags, then what they lead to, and goes on until nothing new is named.
 *
 * @throws why the tags cannot be listed; the signal's reason
 */
export async function survey(repo: Repository, options: SurveyOptions): Promise<Survey> {
  const { strategies, maxTags, onProgress, signal } = options
  const findings = noFindings()
  const names = await tagNames(repo, maxTags, findings.problems, signal)
  const run: Run = {
    repo,
    findings,
    lists: openLists(repo, strategies),
    signal,
    visits: 0,
    looks: 0,
  }
  let done = 0
  const progress = reporter(onProgress)
  const reported = async <T>(read: () => Promise<T>): Promise<T> => {
    progress.throwIfFailed()
    const found = await read()
    const { taken, waiting } = findings
    const total = names.length + taken.size + waiting.size
    progress.report({ items: { done: ++done, total } })
    return found
  }
  const turn = pLimit(AT_ONCE)
  const tags = await turn.map(names, (tag) => reported(() => readTag(run, tag)))
  for (let level = takeWaiting(findings); level.length > 0; level = takeWaiting(findings)) {
    // The first shows which lists the registry has: the others need not ask for those that it has not.
    const alone = run.visits === 0 ? 1 : 0
    for (const digest of level.slice(0, alone)) await reported(() => visit(run, digest))
    await turn.map(level.slice(alone), (digest) => reported(() => visit(run, digest)))
  }
  await progress.end()
  const whole = completeCutTags(findings, tags)
  const { edges, problems } = findings
  return { tags: whole, manifests: manifestsOf(findings), edges: [...edges.values()], problems }
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

/** Reads what a tag leads to, and what the tag itself links. */
async function readTag(run: Run, tag: string): Promise<GraphTag> {
  const { repo, findings, signal } = run
  await pause(run)
  const kind = parseDigestTag(tag) ? 'link' : 'named'
  const found = await lookUp(repo, tag, findings.problems, signal)
  if (typeof found === 'string') return { tag, kind }
  const { digest } = found.descriptor
  if (!findings.manifests.has(digest)) addManifest(findings, digest, found)
  want(findings, digest)
  const subject = subjectOfTag(tag)
  if (!subject) return { tag, kind, digest }
  addEdge(findings, { from: digest, to: subject, role: 'tag', tag })
  findings.sure.add(subject)
  return { tag, kind, digest, subject }
}

/** Reads a manifest that was named, and what the registry lists for it. */
async function visit(run: Run, digest: Digest): Promise<void> {
  const { repo, findings, lists, signal } = run
  const { manifests, problems } = findings
  if (!manifests.has(digest))
    addManifest(findings, digest, await lookUp(repo, digest, problems, signal))
  if (manifests.get(digest)!.status !== 'there') return
  run.visits += 1
  await pause(run)
  await addListed(findings, lists, digest, signal)
}
