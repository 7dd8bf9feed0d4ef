/**
 * Linking at the destination what is there already: as it was linked, else as the caller says, else it is a loss.
 *
 * @module
 */
import { isOcilinkError, UnsupportedError } from '../../errors.ts'
import type { Digest } from '../../model/digest.ts'
import { algorithmOf } from '../../model/digest.ts'
import type { Manifest } from '../../model/manifest.ts'
import { addTo } from '../../platform/add-to.ts'
import type { NewReferrer, Strategy } from '../../strategies/strategy.ts'
import { everyStrategy } from '../lib/every-strategy.ts'
import { toError } from '../lib/to-error.ts'
import type { Contents } from './contents.ts'
import type { Job } from './job.ts'
import { type Linking, linked, lost, type Node, plain, type ReadyNode } from './node.ts'
import { relink } from './relink.ts'
import { linkByTags } from './tag-links.ts'
import { covers, subjectsOf } from './ways.ts'

/**
 * Links nodes whose subjects are there, each subject in one go.
 *
 * @param all - every node of the copy
 */
export async function linkRound(
  job: Job,
  contents: Contents,
  nodes: readonly Node[],
  all: ReadonlyMap<Digest, Node>,
  fallback: Strategy | undefined,
): Promise<void> {
  const bySubject = new Map<Digest, ReadyNode[]>()
  for (const node of nodes) {
    if (!isReady(node)) continue
    for (const subject of linkableTo(node)) addTo(bySubject, subject, node)
  }
  await Promise.all(
    [...bySubject].map(async ([digest, own]) => {
      // Tags need no subject: it may be linked at the same time, also in a circle.
      const coming = all.get(digest)?.source?.descriptor
      const subject = job.ledger.manifests.get(digest) ?? coming
      if (subject) {
        await linkAll({ job, contents, subject: plain(subject), fallback }, own)
        return
      }
      const reason = `its subject ${digest} was not copied`
      for (const node of own) lost(job, node, digest, node.missing.get(digest)!, reason)
    }),
  )
}

const isReady = (node: Node): node is ReadyNode => node.source !== undefined

/** The subjects that a node is linked to: those that its manifest names; others only by tags and entries. */
function linkableTo({ missing, source }: ReadyNode): readonly Digest[] {
  const named = subjectsOf(source)
  const found = [...missing.keys()]
  const own = found.filter((subject) => named.includes(subject))
  return found.filter(
    (subject) =>
      own.length === 0 ||
      own.includes(subject) ||
      missing.get(subject)!.some(({ linkFields }) => !linkFields),
  )
}

async function linkAll(linking: Linking, nodes: readonly ReadyNode[]): Promise<void> {
  const { job, subject } = linking
  if (job.dryRun) {
    for (const node of nodes) linked(job, node)
    return
  }
  const byField = new Map<Strategy, ReadyNode[]>()
  const byTag = new Map<Strategy, ReadyNode[]>()
  for (const node of nodes) {
    const named = subjectsOf(node.source)
    for (const strategy of node.missing.get(subject.digest)!) {
      const { linkFields } = strategy
      // Found for another subject too: a field names one.
      const other =
        linkFields && named.length > 0 && !named.includes(subject.digest) && node.missing.size > 1
      if (other) continue
      addTo(linkFields ? byField : byTag, strategy, node)
    }
  }
  await Promise.all([...byField].map(([strategy, own]) => publishSome(linking, strategy, own)))
  // After the others: proposal F's index and the referrers of OCI 1.1 are at one tag.
  if (byTag.size === 0) return
  const open = await openAfterTags(linking, [...new Set([...byTag.values()].flat())])
  for (const [strategy, own] of byTag) {
    const left = own.filter((node) => open.has(node))
    await publishSome(linking, strategy, left)
  }
}

/** The nodes that are still to be linked after their tags were copied. */
async function openAfterTags(
  linking: Linking,
  nodes: readonly ReadyNode[],
): Promise<ReadonlySet<ReadyNode>> {
  const { job, subject } = linking
  try {
    return await linkByTags(linking, nodes)
  } catch (error) {
    job.signal.throwIfAborted()
    const reason = `the tags that link it could not be copied: ${toError(error).message}`
    for (const node of nodes) {
      lost(job, node, subject.digest, node.missing.get(subject.digest)!, reason, toError(error))
    }
    return new Set()
  }
}

/**
 * Published at once. Each time a registry's list is read, so that fewer take longer where there are many; of all that
 * wait for one signal each has a listener, and what looks for one goes through all, so that more do too.
 */
const AT_ONCE = 5000

async function publishSome(
  linking: Linking,
  strategy: Strategy,
  nodes: readonly ReadyNode[],
): Promise<void> {
  for (let at = 0; at < nodes.length; at += AT_ONCE) {
    await publish(linking, strategy, nodes.slice(at, at + AT_ONCE))
  }
}

/**
 * Publishes several at once, so that a document that lists them is written once; where that fails for a reason that
 * need not be that of all, each by itself.
 */
async function publish(
  linking: Linking,
  strategy: Strategy,
  nodes: readonly ReadyNode[],
): Promise<void> {
  const { job } = linking
  if (nodes.length === 0) return
  try {
    const kept = await publishAll(linking, strategy, nodes)
    for (const node of nodes) {
      if (kept.has(node.found.digest)) linked(job, node)
      else await linkOtherwise(linking, strategy, node, notListed(linking, strategy))
    }
  } catch (error) {
    job.signal.throwIfAborted()
    if (nodes.length > 1 && isRefusal(error)) {
      await Promise.all(nodes.map((node) => publish(linking, strategy, [node])))
      return
    }
    for (const node of nodes) await linkOtherwise(linking, strategy, node, toError(error))
  }
}

/** Whether an error says something of what was sent, and not of the registry or the way to it. */
function isRefusal(error: unknown): boolean {
  const broken = ['CONNECTION', 'TIMEOUT', 'AUTH_REQUIRED', 'AUTH_DENIED', 'RATE_LIMITED'] as const
  return isOcilinkError(error) && !isOcilinkError(error, ...broken, 'UNAVAILABLE')
}

/** Publishes manifests as the bytes that they are, and says which of them the destination keeps. */
async function publishAll(
  { job, contents, subject }: Linking,
  strategy: Strategy,
  nodes: readonly ReadyNode[],
): Promise<ReadonlySet<Digest>> {
  const { to, settle, signal } = job
  const write = () => strategy.publish(to, subject, nodes.map(toNewReferrer), { settle, signal })
  await contents.writing(
    nodes.map(({ source }) => source),
    write,
  )
  const digests = new Set(nodes.map(({ found }) => found.digest))
  // Whether a registry lists what it has taken shows only in its list, where there is nothing else to keep the link.
  if (strategy.list || !strategy.linkFields) return digests
  const listed = new Set<Digest>()
  for await (const { digest } of strategy.discover(to, subject.digest, { signal })) {
    if (digests.has(digest)) listed.add(digest)
  }
  return listed
}

function toNewReferrer({ found, source }: ReadyNode): NewReferrer {
  const { manifest, bytes } = source
  const { digest, artifactType } = found
  // Written by a digest of sha256, unless another name is given for it.
  const tags = algorithmOf(digest) === 'sha256' ? undefined : [digest]
  return { manifest: manifest as Manifest, bytes, artifactType, tags }
}

function notListed({ job }: Linking, { name }: Strategy): Error {
  const message = `${job.to.registry} does not list what is linked by ${name}`
  return new UnsupportedError(message, { strategy: name, missing: [], alternatives: [] })
}

/**
 * Links what cannot be kept as it was: by a way that reads the same field and has a tag to fall back on, then by the
 * caller's.
 */
async function linkOtherwise(
  linking: Linking,
  strategy: Strategy,
  node: ReadyNode,
  error: Error,
): Promise<void> {
  const { job, subject, fallback } = linking
  const others = (await everyStrategy()).filter((other) => covers(other, strategy))
  for (const other of strategy.list ? [] : others) {
    try {
      await publishAll(linking, other, [node])
      linked(job, node)
      return
    } catch {
      job.signal.throwIfAborted()
    }
  }
  const failed = fallback ? await relink(linking, strategy, node) : undefined
  if (fallback && !failed) return
  const also = failed ? `; and not by ${fallback!.name} either: ${failed.message}` : ''
  const reason = `it could not be linked as it was: ${error.message}${also}`
  lost(job, node, subject.digest, [strategy], reason, error)
}
