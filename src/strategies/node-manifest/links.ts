/**
 * Pushing nodes, listing and deleting them. Loaded when that is done.
 *
 * @module
 */
import { RegistryError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import { parseDescriptorList } from '../../model/descriptor-list.ts'
import type { Digest } from '../../model/digest.ts'
import { NODE_MANIFEST } from '../../model/media-types.ts'
import { NODE_DESCRIPTION, parseNodeDescription } from '../../model/node-description.ts'
import { type NodeManifest, parseNodeManifest } from '../../model/node-manifest.ts'
import { findManifest, type PutManifestResult, putManifest } from '../../registry/manifests.ts'
import { hasNodes, noNodes, readNodeReferrers } from '../../registry/nodes.ts'
import { type Repository, warn } from '../../registry/repository.ts'
import { type OwnWord, type PointsAt, passes } from '../lib/referrer.ts'
import { deleteReferrer, findReferrer } from '../lib/withdrawal.ts'
import type { DiscoverOptions, PublishOptions, Referrer, Via, Withdrawn } from '../strategy.ts'

const NAME = 'node-manifest'
const VIA: Via = { strategy: NAME, source: 'nodes-api' }

/**
 * Pushes a node, below `/v3`: where that is taken nodes are listed too. A registry that takes anything
 * below `/v2` would take it for nothing.
 *
 * @throws `UnsupportedError` where there are no nodes
 */
export async function publishNode(
  repo: Repository,
  subject: Descriptor,
  node: NodeManifest,
  degrade: boolean,
  options: PublishOptions,
): Promise<Referrer> {
  const { capabilities } = repo
  let cause: unknown
  if (capabilities.nodesApi !== 'unsupported') {
    try {
      const { descriptor } = await put(repo, node, options)
      capabilities.nodesApi = 'supported'
      return { ...descriptor, ...wordOf(node), subject, via: [VIA], confirmed: true }
    } catch (error) {
      if (!isRefused(error)) throw error
      cause = error
    }
  }
  const refusal = noNodes(repo, cause)
  if (!degrade) throw refusal
  const { pushObjects } = await import('./objects.ts')
  return pushObjects(repo, subject, node, refusal, options)
}

/** Pages of the nodes that refer to a subject. */
export async function* listNodes(
  repo: Repository,
  subject: Digest,
  options: DiscoverOptions,
): AsyncGenerator<readonly Referrer[]> {
  if (repo.capabilities.nodesApi === 'unsupported') throw noNodes(repo)
  for await (const bytes of readNodeReferrers(repo, subject, options)) {
    const { entries } = parseDescriptorList(bytes)
    const nodes = entries.filter(({ mediaType }) => mediaType === NODE_MANIFEST)
    const found = await Promise.all(nodes.map((node) => toReferrer(repo, subject, node, options)))
    yield found.filter(
      (referrer) => referrer !== undefined && passes(referrer, options),
    ) as Referrer[]
  }
}

/** Deletes a node. */
export async function withdrawNode(
  repo: Repository,
  subject: Digest,
  digest: Digest,
  options: PublishOptions,
): Promise<Withdrawn> {
  const stored = await findReferrer(repo, subject, digest, pointsAt, options)
  // Who has nodes lists them as long as they are there.
  const isListed = async () => true
  const deleted =
    stored !== undefined && (await deleteReferrer(repo, NAME, digest, isListed, options))
  return { digest, deleted, confirmed: true }
}

const pointsAt: PointsAt = (manifest, subject) =>
  manifest.mediaType === NODE_MANIFEST && manifest.reference?.digest === subject

async function put(
  repo: Repository,
  node: NodeManifest,
  { tags = [], signal }: PublishOptions,
): Promise<PutManifestResult> {
  let api: 'v2' | 'v3' = 'v3'
  let result: PutManifestResult | undefined
  for (const tag of tags.length > 0 ? tags : [undefined]) {
    try {
      result = await putManifest(repo, tag, node, { api, signal })
    } catch (error) {
      // The proposal's text has no writing below /v3: then its probe tells whether there are nodes.
      const missing = error instanceof RegistryError && [404, 405].includes(error.status)
      if (!missing || api === 'v2' || !(await hasNodes(repo, { signal }))) throw error
      api = 'v2'
      result = await putManifest(repo, tag, node, { api, signal })
    }
  }
  return result!
}

/** Whether a registry knows no nodes. */
function isRefused(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return false
  const { status, errors } = error
  const unknown = errors.every(({ code }) => /^(MANIFEST_INVALID|UNSUPPORTED)$/.test(code))
  return [404, 405, 415, 501].includes(status) || (status === 400 && unknown)
}

/** A listed node as a referrer; read where the list says too little. */
async function toReferrer(
  repo: Repository,
  subject: Digest,
  { mediaType, digest, size, annotations: listed }: Descriptor,
  options: DiscoverOptions,
): Promise<Referrer | undefined> {
  const { verify, artifactType, annotations, signal } = options
  const referrer = {
    ...{ mediaType, digest, size, subject: { digest: subject } },
    via: [VIA],
    confirmed: true,
  }
  const description = listed?.[NODE_DESCRIPTION]
  const said = saidBy(description)
  const unread =
    (artifactType !== undefined && !said.artifactType) ||
    (annotations !== undefined && description === undefined)
  if (!verify && !unread) return { ...referrer, ...said }
  const stored = await findManifest(repo, digest, { accept: [NODE_MANIFEST], signal })
  const node = stored && parseNodeManifest(stored.bytes)
  if (node?.reference?.digest === subject) return { ...referrer, ...wordOf(node) }
  const problem = stored ? 'does not refer to it' : 'is gone'
  warn(repo, `${digest} is listed as a node of ${subject}, but ${problem}`)
  return undefined
}

/** What a node says of itself; its first object's type is its own where it says none. */
function wordOf({ description, objects }: NodeManifest): OwnWord {
  const first = objects[0]?.mediaType
  return { ...(first && { artifactType: first }), ...saidBy(description) }
}

/** What a description says; its text for people stays at its annotation. */
function saidBy(description: string | undefined): OwnWord {
  const { text, artifactType, annotations } = parseNodeDescription(description)
  const all = text
    ? Object.assign(Object.create(null), annotations, { [NODE_DESCRIPTION]: text })
    : annotations
  return { ...(artifactType && { artifactType }), ...(all && { annotations: all }) }
}
