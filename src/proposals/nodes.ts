/**
 * Nodes of proposal C, as its own endpoints give them: what refers to a manifest, and each part of a
 * node; and chains of nodes (PROPOSAL_C.md, "Registry HTTP API"). Linking is in
 * strategies/node-manifest.ts.
 *
 * @module
 */
import { InvalidInputError, RegistryError } from '../errors.ts'
import { type Descriptor, parseDescriptor } from '../model/descriptor.ts'
import { parseDescriptorList } from '../model/descriptor-list.ts'
import { NODE_MANIFEST } from '../model/media-types.ts'
import { isExternal, type NodeManifest, parseNodeManifest } from '../model/node-manifest.ts'
import { type Listing, listing } from '../registry/lists/listing.ts'
import { findManifest, notFound } from '../registry/manifests.ts'
import { readNode, readNodeReferrers } from '../registry/nodes.ts'
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

/** A node with its own descriptor. */
export interface ChainedNode extends Pick<NodeManifest, 'description' | 'objects' | 'reference'> {
  readonly descriptor: Descriptor
}

/**
 * Lists the nodes that refer to a manifest.
 *
 * Requests: `GET /v3/<name>/referrers/<reference>`, one per page.
 *
 * @param reference - a tag, or `sha256:<64 hex>`, which need not be there
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
  reference: string,
  options: NodeReferrersOptions = {},
): Listing<Descriptor> {
  return listing(async function* () {
    options.signal?.throwIfAborted()
    for await (const bytes of readNodeReferrers(repo, reference, options)) {
      yield parseDescriptorList(bytes).entries
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
  reference: string,
  options: NodeOptions = {},
): Promise<Descriptor | undefined> {
  const value = parseJson(await readNode(repo, 'reference', reference, options), 'reference')
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
  reference: string,
  options: NodeOptions = {},
): Promise<readonly Descriptor[]> {
  return parseDescriptorList(await readNode(repo, 'objects', reference, options)).entries
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
  reference: string,
  options: NodeOptions = {},
): Promise<string | undefined> {
  const bytes = await readNode(repo, 'description', reference, options)
  return new TextDecoder().decode(bytes) || undefined
}

/**
 * Follows a chain of nodes, each referring to an older one, as proposal C suggests for what has
 * versions: the first is the newest. Ends with the node that refers to no other node, to one outside
 * of the registry, or to one that is not there.
 *
 * Requests: `GET manifests/<reference>` for each node.
 *
 * @param reference - a tag, or `sha256:<64 hex>`, of the newest
 * @throws while iterating: `RegistryError` 404 when the first is not there, and for a chain that
 *   is too long; `InvalidInputError` when the first is no node
 */
export function nodeChain(
  repo: Repository,
  reference: string,
  options: NodeChainOptions = {},
): Listing<ChainedNode> {
  const { maxDepth = 100, signal } = options
  if (!(Number.isInteger(maxDepth) && maxDepth > 0)) {
    throw new InvalidInputError('INVALID_INPUT', 'maxDepth', 'a whole number from 1', maxDepth)
  }
  return listing(async function* () {
    signal?.throwIfAborted()
    let next = reference
    for (let depth = 1; ; depth++) {
      const stored = await findManifest(repo, next, { accept: [NODE_MANIFEST], signal })
      if (!stored && depth > 1) {
        warn(repo, `The chain of nodes from ${reference} ends with ${next}, which is not there`)
        return
      }
      if (!stored) throw notFound(repo, next)
      const { descriptor, bytes } = stored
      if (descriptor.mediaType !== NODE_MANIFEST) {
        throw new InvalidInputError('INVALID_INPUT', 'reference', 'a node', descriptor.mediaType)
      }
      const { description, objects, reference: parent } = parseNodeManifest(bytes)
      const node = { descriptor, objects }
      yield [{ ...node, ...(description && { description }), ...(parent && { reference: parent }) }]
      if (parent?.mediaType !== NODE_MANIFEST || isExternal(parent)) return
      if (depth >= maxDepth) {
        const { method, url } = notFound(repo, parent.digest)
        const hint = `The chain of nodes from ${reference} has more than ${maxDepth}`
        throw new RegistryError({ method, url, status: 200, hint })
      }
      next = parent.digest
    }
  })
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
