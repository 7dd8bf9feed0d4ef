/**
 * What has changed since a plan was made.
 *
 * @module
 */
import pLimit from 'p-limit'
import { RegistryError } from '../../errors.ts'
import type { Digest } from '../../model/digest.ts'
import { subjectOfTag } from '../../model/digest-tags.ts'
import { addTo } from '../../platform/add-to.ts'
import { EVERY_TYPE } from '../../registry/every-type.ts'
import { allTags } from '../../registry/lists/tags.ts'
import { lookUpManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'
import { saysGone } from '../../registry/says-gone.ts'
import { isAttachment } from '../graph/liveness.ts'
import { lookUp } from '../graph/look-up.ts'
import { outline } from '../graph/outline.ts'
import type { Graph, GraphProblem } from '../graph/repository-graph.ts'
import type { DeleteStep } from '../lib/deletes/step.ts'
import { toError } from '../lib/to-error.ts'

/** Requests under way. */
const AT_ONCE = 12

/** Which of the manifests that have to be gone are gone still. */
export async function stillGone(
  repo: Repository,
  steps: readonly DeleteStep[],
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<Digest>> {
  const turn = pLimit(AT_ONCE)
  const gone = new Set<Digest>()
  const problems: GraphProblem[] = []
  const all = new Set(steps.flatMap(({ because }) => because))
  await turn.map([...all], async (digest) => {
    if ((await lookUp(repo, digest, problems, signal)) === 'gone') gone.add(digest)
  })
  return gone
}

/**
 * What tags lead to that were set or moved since, with what that lists, what it is attached to, and what is attached to
 * it; all that is to be deleted where one cannot be read.
 */
export async function protectedSince(
  repo: Repository,
  { tags, edges, manifests }: Graph,
  steps: readonly DeleteStep[],
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<Digest>> {
  const known = new Map(tags.map(({ tag, digest }) => [tag, digest]))
  const names: string[] = []
  for await (const page of allTags(repo, signal)) names.push(...page)
  const needed = new Set<Digest>()
  const problems: GraphProblem[] = []
  await pLimit(AT_ONCE).map(names, async (tag) => {
    if (await isAsBefore(repo, tag, known.get(tag), problems, signal)) return
    const found = await lookUp(repo, tag, problems, signal)
    if (typeof found === 'string') return
    needed.add(found.descriptor.digest)
    for (const { to } of outline(found).named) needed.add(to)
    // A new link: what it is about is needed.
    const subject = subjectOfTag(tag)
    if (subject) needed.add(subject)
  })
  if (problems.length > 0) return new Set(steps.map(keyOf))
  const gone = new Set(manifests.filter(({ status }) => status === 'gone').map(keyOf))
  const next = new Map<Digest, Digest[]>()
  for (const edge of edges) {
    addTo(next, edge.from, edge.to)
    // What is gone does not make what else was attached to it needed.
    if (isAttachment(edge) && !gone.has(edge.to)) addTo(next, edge.to, edge.from)
  }
  const open = [...needed]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const to of next.get(at) ?? []) {
      if (needed.has(to)) continue
      needed.add(to)
      open.push(to)
    }
  }
  return needed
}

/** Whether a tag leads to what it led to before, or to nothing by now; one that is new, or led nowhere, is read. */
async function isAsBefore(
  repo: Repository,
  tag: string,
  before: Digest | undefined,
  problems: GraphProblem[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (before === undefined) return false
  try {
    const now = await lookUpManifest(repo, tag, { accept: EVERY_TYPE, signal })
    if (!(now instanceof RegistryError)) return now.digest === before
    if (!saysGone(now)) problems.push({ at: tag, kind: 'unread', reason: now.message })
    return true
  } catch (error) {
    signal?.throwIfAborted()
    problems.push({ at: tag, kind: 'unread', reason: toError(error).message })
    return true
  }
}

const keyOf = ({ digest }: { readonly digest: Digest }) => digest
