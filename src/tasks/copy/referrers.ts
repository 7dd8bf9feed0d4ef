/**
 * What is attached to an image: found by every way of linking, its content copied, then linked again, subjects before
 * referrers.
 *
 * @module
 */

import type { Digest } from '../../model/digest.ts'
import { addTo } from '../../platform/add-to.ts'
import type { Repository } from '../../registry/repository.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'
import { observed } from '../../registry/views.ts'
import type { Strategy } from '../../strategies/strategy.ts'
import { type DiscoverOptions, type Discovery, discover } from '../discover/discover.ts'
import type { FoundReferrer } from '../discover/found-tree.ts'
import { levelsOf } from '../lib/depth.ts'
import { type SameAs, sameAmong } from '../lib/holds.ts'
import { toError } from '../lib/to-error.ts'
import type { Contents } from './contents.ts'
import type { Job } from './job.ts'
import { linkRound } from './links.ts'
import { type Node, plain } from './node.ts'
import type { CopyOptions } from './options.ts'
import type { CopyReport } from './report.ts'
import { createWays, subjectsOf, type Ways } from './ways.ts'

/** What came of it. */
export interface CopiedReferrers extends Pick<CopyReport, 'referrers' | 'sources' | 'cut'> {
  /** Whether all sources have answered. */
  readonly complete: boolean
}

/**
 * Looks for what is attached, while the image is copied. Where the image is not there yet, all that was found has to be
 * copied, so its content is begun with.
 *
 * @param index - the index that the image is a platform of
 */
export async function findReferrers(
  { from, ledger, signal }: Job,
  contents: Contents,
  { descriptor }: StoredManifest,
  index: Digest | undefined,
  { depth, maxReferrers, platforms, referrers }: CopyOptions,
): Promise<Discovery> {
  const subject = index ?? descriptor.digest
  const options = { scope: 'all', depth: levelsOf(depth), maxReferrers, signal } as const
  const discovery = await lookFor(from, subject, options, (error) => {
    const reason = `what is attached to it could not be looked for: ${error.message}`
    ledger.losses.push({ digest: subject, reason, error })
  })
  if (platforms || (await contents.isThere(descriptor))) return discovery
  for (const found of choose(discovery.flat, referrers)) {
    if (found.via.every(({ kept }) => kept === 'entry')) continue
    // What fails here fails again where it is waited for.
    contents.prepare(plain(found)).catch(() => {})
  }
  return discovery
}

/** Copies what was found to an image that is at the destination by now. */
export async function copyReferrers(
  job: Job,
  contents: Contents,
  image: Digest,
  discovery: Discovery,
  options: CopyOptions,
): Promise<CopiedReferrers> {
  const { ledger } = job
  const inImage = new Set(ledger.manifests.keys())
  const wanted = choose(reached(inImage, discovery.flat), options.referrers)
  const there = await compare(job, image, discovery, options)
  const sameThere = sameAmong(there?.flat ?? [])
  const waysOf = createWays()
  const nodes = await Promise.all(
    wanted.map(async (found) => nodeOf(job, found, await waysOf(found), sameThere)),
  )
  await Promise.all(nodes.map((node) => takeContent(job, contents, node)))
  const all = new Map(nodes.map((node) => [node.found.digest, node]))
  for (const round of inOrder(nodes)) {
    await linkRound(job, contents, round, all, options.strategy)
  }
  nameLost(job, nodes, inImage)
  const cut = discovery.cut ?? there?.cut
  return {
    complete: discovery.complete && (there?.complete ?? true),
    sources: [...discovery.sources, ...(there?.sources ?? [])],
    ...(cut && { cut }),
    referrers: nodes.flatMap(({ found, status, as }) =>
      status ? [{ ...found, status, ...(as.length > 0 && { as }) }] : [],
    ),
  }
}

/** Those that the caller wants, with what leads to them. */
function choose(
  flat: readonly FoundReferrer[],
  wanted: CopyOptions['referrers'],
): readonly FoundReferrer[] {
  if (typeof wanted !== 'function') return flat
  const all = new Map(flat.map((one) => [one.digest, one]))
  const chosen = new Set<FoundReferrer>()
  const rest = flat.filter((one) => wanted(one))
  for (let next = rest.pop(); next; next = rest.pop()) {
    if (chosen.has(next)) continue
    chosen.add(next)
    rest.push(...next.subjects.flatMap((subject) => all.get(subject) ?? []))
  }
  return flat.filter((one) => chosen.has(one))
}

/** What is attached to something that is copied, at any level: not to platforms that are left out. */
function reached(
  inImage: ReadonlySet<Digest>,
  flat: readonly FoundReferrer[],
): readonly FoundReferrer[] {
  const bySubject = new Map<Digest, FoundReferrer[]>()
  for (const found of flat) {
    for (const subject of found.subjects) addTo(bySubject, subject, found)
  }
  const met = new Set(inImage)
  // An entry of the image's index may be about something that is not in it.
  const rest = [...met]
  const kept = new Set(flat.filter(({ digest }) => inImage.has(digest)))
  for (let subject = rest.pop(); subject; subject = rest.pop()) {
    for (const found of bySubject.get(subject) ?? []) {
      kept.add(found)
      if (met.has(found.digest)) continue
      met.add(found.digest)
      rest.push(found.digest)
    }
  }
  return flat.filter((found) => kept.has(found))
}

/** What is attached at the destination already, where the image was there. */
async function compare(
  job: Job,
  image: Digest,
  discovery: Discovery,
  { depth, maxReferrers }: CopyOptions,
): Promise<Discovery | undefined> {
  if (job.distance === 'same repository') return { ...discovery, sources: [] }
  if (job.ledger.manifests.get(image)?.status !== 'present') return undefined
  const { to, signal } = job
  const view = observed(to, () => {}, new Map())
  const options = { scope: 'all', depth: levelsOf(depth), maxReferrers, signal } as const
  // Where it cannot be seen, all is linked again.
  return lookFor(view, image, options, () => {})
}

/** What is attached; nothing where not even the image can be read. */
async function lookFor(
  repo: Repository,
  image: Digest,
  options: DiscoverOptions,
  onFailure: (error: Error) => void,
): Promise<Discovery> {
  try {
    return await discover(repo, image, options)
  } catch (error) {
    options.signal?.throwIfAborted()
    const cut = toError(error)
    onFailure(cut)
    return { referrers: [], flat: [], complete: false, sources: [], cut }
  }
}

/** What has to be done for a referrer: the links that the destination does not have. */
function nodeOf(
  { ledger }: Job,
  found: FoundReferrer,
  { byField, byTag, inIndex }: Ways,
  sameThere: SameAs,
): Node {
  const inImage = ledger.manifests.get(found.digest)
  // An entry of an index that was copied came with it, and where the index was not, the other links are enough.
  const own = [...byField, ...byTag]
  const ways = inImage || own.length > 0 ? own : inIndex
  let isThere = false
  const missing = new Map<Digest, readonly Strategy[]>()
  for (const subject of found.subjects) {
    const linked = sameThere(found, subject)
    isThere ||= linked.length > 0
    const names = new Set(linked.flatMap(({ via }) => via.map(({ strategy }) => strategy)))
    const left = ways.filter(({ name }) => !names.has(name))
    if (left.length > 0) missing.set(subject, left)
  }
  if (isThere && !inImage) {
    ledger.manifests.set(found.digest, { ...plain(found), status: 'present' })
  }
  const known = isThere || (inImage && inIndex.length > 0)
  return { found, missing, status: known ? (inImage?.status ?? 'present') : undefined, as: [] }
}

/** Copies what a referrer lists; one that fails is a loss, and keeps no other from being copied. */
async function takeContent(job: Job, contents: Contents, node: Node): Promise<void> {
  const { found, missing } = node
  const { ledger, signal } = job
  if (missing.size === 0) return
  const item = ledger.open(found)
  try {
    node.source = await contents.prepare(plain(found))
    item.done()
  } catch (error) {
    signal.throwIfAborted()
    const reason = `it could not be copied: ${toError(error).message}`
    ledger.losses.push({ digest: found.digest, reason, error: toError(error) })
  }
}

/** Names what is linked to nothing, or only to what is not there itself. */
function nameLost({ ledger }: Job, nodes: readonly Node[], inImage: ReadonlySet<Digest>): void {
  const there = nodes.filter(({ status }) => status).map(({ found }) => found)
  const found = new Set(reached(inImage, there))
  const named = new Set(ledger.losses.map(({ digest }) => digest))
  for (const node of nodes) {
    const { digest } = node.found
    if (found.has(node.found) || named.has(digest)) continue
    const reason = node.status ? 'its subject was not copied' : 'it could not be linked as it was'
    ledger.losses.push({ digest, reason })
  }
}

/** The nodes in rounds: each after what its manifest says that it is attached to. */
function* inOrder(nodes: readonly Node[]): Generator<readonly Node[]> {
  const waiting = new Map<Digest, number>()
  const after = new Map<Digest, Node[]>()
  const known = new Set(nodes.map(({ found }) => found.digest))
  let ready: Node[] = []
  for (const node of nodes) {
    const own = node.source ? new Set(subjectsOf(node.source)) : new Set<Digest>()
    const before = [...own].filter((subject) => known.has(subject))
    waiting.set(node.found.digest, before.length)
    for (const subject of before) addTo(after, subject, node)
    if (before.length === 0) ready.push(node)
  }
  while (ready.length > 0) {
    yield ready
    const next: Node[] = []
    for (const { found } of ready) {
      for (const node of after.get(found.digest) ?? []) {
        const left = waiting.get(node.found.digest)! - 1
        waiting.set(node.found.digest, left)
        if (left === 0) next.push(node)
      }
    }
    ready = next
  }
}
