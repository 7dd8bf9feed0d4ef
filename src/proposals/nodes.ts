/**
 * Nodes of proposal C, as its own endpoints give them: what refers to a manifest, each part of a node,
 * and chains of nodes (PROPOSAL_C.md, "Registry HTTP API").
 *
 * @module
 */
import { ContentError, InvalidInputError, UnsupportedError } from '../errors.ts'
import { type Descriptor, parseDescriptor } from '../model/descriptor.ts'
import { parseDescriptorList } from '../model/descriptor-list.ts'
import { NODE_MANIFEST } from '../model/media-types.ts'
import { isExternal, type NodeManifest, parseNodeManifest } from '../model/node-manifest.ts'
import { parseSubject, type Subject } from '../model/subject.ts'
import { abortSignal, type Checks, checkOptions, positiveInteger } from '../platform/options.ts'
import { type Listing, listing } from '../registry/lists/listing.ts'
import { findManifest, getManifest } from '../registry/manifests.ts'
import { NO_NODES, readNode, readNodeReferrers } from '../registry/nodes.ts'
import { type Repository, warn } from '../registry/repository.ts'

/** Options of reading nodes. */
export interface NodeOptions {
  readonly signal?: AbortSignal | undefined
}

/** Options of {@link nodeReferrers}. */
export interface NodeReferrersOptions extends NodeOptions {
  /**
   * More pages than this are an error.
   * @default 1000
   */
  readonly maxPages?: number | undefined
}

/** Options of {@link nodeChain}. */
export interface NodeChainOptions extends NodeOptions {
  /**
   * A chain of more nodes than this is an error.
   * @default 100
   */
  readonly maxDepth?: number | undefined
}

const nodeOptions: Checks<NodeOptions> = { signal: abortSignal }

/** A node with its own descriptor. */
export interface ChainedNode extends Pick<NodeManifest, 'description' | 'objects' | 'reference'> {
  readonly descriptor: Descriptor
}

/**
 * Lists the nodes that refer to a manifest.
 *
 * Requests: `GET /v3/<name>/referrers/<reference>`, one per page.
 *
 * @param subject - a tag, a digest, or a descriptor, of what need not be there
 * @returns descriptors of nodes; registries may say more of them in `annotations`
 * @throws while iterating: `RegistryError` 404 when a tag is not there; `UnsupportedError`
 *   where there are no nodes
 * @example
 * ```ts
 * import { repository } from 'ocilink'
 * import { nodeReferrers } from 'ocilink/proposals'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * for await (const { digest } of nodeReferrers(app, 'v1')) console.log(digest)
 * ```
 */
export function nodeReferrers(
  repo: Repository,
  subject: Subject,
  options: NodeReferrersOptions = {},
): Listing<Descriptor> {
  checkOptions(options, { ...nodeOptions, maxPages: positiveInteger })
  const reference = tagOrDigest(repo, subject, 'subject')
  return listing(async function* () {
    options.signal?.throwIfAborted()
    for await (const answer of readNodeReferrers(repo, reference, options)) {
      const { entries, unreadable } = parseDescriptorList(bytesOf(repo, answer))
      for (const { error } of unreadable) warn(repo, `An entry is left out: ${error.message}`)
      yield entries
    }
  })
}

/**
 * Reads what a node refers to.
 *
 * Requests: `GET /v3/<name>/reference/<reference>`.
 *
 * @returns `undefined` when it refers to nothing. A descriptor with `urls` is outside of the registry:
 *   nothing here fetches it
 * @throws `RegistryError` 404 when there is no such node; `UnsupportedError` where there
 *   are no nodes
 */
export async function nodeReference(
  repo: Repository,
  node: Subject,
  options: NodeOptions = {},
): Promise<Descriptor | undefined> {
  const value = parseJson(await readPart(repo, 'reference', node, options), 'reference')
  const none = value === null || (typeof value === 'object' && Object.keys(value).length === 0)
  return none ? undefined : parseDescriptor(value, 'reference')
}

/**
 * Reads the objects of a node: manifests and blobs, in their order.
 *
 * Requests: `GET /v3/<name>/objects/<reference>`.
 *
 * @throws `RegistryError` 404 when there is no such node; `UnsupportedError` where there
 *   are no nodes
 */
export async function nodeObjects(
  repo: Repository,
  node: Subject,
  options: NodeOptions = {},
): Promise<readonly Descriptor[]> {
  const { entries, unreadable } = parseDescriptorList(
    await readPart(repo, 'objects', node, options),
  )
  const [bad] = unreadable
  // They are in an order, which would have a gap.
  if (bad) throw bad.error
  return entries
}

/**
 * Reads the description of a node.
 *
 * Requests: `GET /v3/<name>/description/<reference>`.
 *
 * @returns `undefined` when it has none
 * @throws `RegistryError` 404 when there is no such node; `UnsupportedError` where there
 *   are no nodes
 */
export async function nodeDescription(
  repo: Repository,
  node: Subject,
  options: NodeOptions = {},
): Promise<string | undefined> {
  const bytes = await readPart(repo, 'description', node, options)
  return new TextDecoder().decode(bytes) || undefined
}

/**
 * Follows a chain of nodes, each referring to an older one, as proposal C suggests for what has
 * versions: the first is the newest. Ends with the node that refers to no other node, to one outside
 * of the registry, or to one that is not there.
 *
 * Requests: `GET manifests/<reference>` for each node.
 *
 * @param newest - a tag, a digest, or a descriptor
 * @throws while iterating: `RegistryError` 404 when the first is not there, `InvalidInputError` when it is
 *   no node; `ContentError` `TOO_LARGE`, after as many as `maxDepth` allows, where there are more
 */
export function nodeChain(
  repo: Repository,
  newest: Subject,
  options: NodeChainOptions = {},
): Listing<ChainedNode> {
  checkOptions(options, { ...nodeOptions, maxDepth: positiveInteger })
  const { maxDepth = 100, signal } = options
  const reference = tagOrDigest(repo, newest, 'newest')
  return listing(async function* () {
    signal?.throwIfAborted()
    let next = reference
    for (let depth = 1; ; depth++) {
      const read = depth === 1 ? getManifest : findManifest
      const stored = await read(repo, next, { accept: [NODE_MANIFEST], signal })
      if (!stored) {
        warn(repo, `The chain of nodes from ${reference} ends with ${next}, which is not there`)
        return
      }
      const { descriptor, bytes } = stored
      if (descriptor.mediaType !== NODE_MANIFEST) {
        throw new InvalidInputError('INVALID_INPUT', 'newest', 'a node', descriptor.mediaType)
      }
      const { description, objects, reference: parent } = parseNodeManifest(bytes)
      const node = { descriptor, objects }
      yield [{ ...node, ...(description && { description }), ...(parent && { reference: parent }) }]
      if (parent?.mediaType !== NODE_MANIFEST || isExternal(parent)) return
      if (depth >= maxDepth) {
        const what = `The chain of nodes from ${reference} is longer than "maxDepth"`
        throw new ContentError('TOO_LARGE', what, maxDepth, maxDepth + 1)
      }
      next = parent.digest
    }
  })
}

async function readPart(
  repo: Repository,
  part: 'reference' | 'objects' | 'description',
  node: Subject,
  options: NodeOptions,
): Promise<Uint8Array> {
  checkOptions(options, nodeOptions)
  return bytesOf(repo, await readNode(repo, part, tagOrDigest(repo, node, 'node'), options))
}

function bytesOf(repo: Repository, answer: Uint8Array | typeof NO_NODES): Uint8Array {
  if (answer !== NO_NODES) return answer
  const fields = { strategy: 'node-manifest', missing: ['nodesApi'], alternatives: [] }
  throw new UnsupportedError(`${repo.registry} has no node manifests`, fields)
}

/** As it stands in an address. */
function tagOrDigest(repo: Repository, subject: Subject, path: string): string {
  const named = parseSubject(repo, subject, path)
  return typeof named === 'string' ? named : named.digest
}

function parseJson(bytes: Uint8Array, path: string): unknown {
  const text = new TextDecoder().decode(bytes)
  try {
    return JSON.parse(text)
  } catch (cause) {
    const problem = text.slice(0, 60)
    throw new InvalidInputError('INVALID_MANIFEST', path, 'JSON', problem, { cause })
  }
}
