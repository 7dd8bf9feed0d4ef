/**
 * Lists nodes (PROPOSAL_C.md, "Registry HTTP API").
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import { parseDescriptorList } from '../../model/descriptor-list.ts'
import type { Digest } from '../../model/digest.ts'
import { NODE_MANIFEST } from '../../model/media-types.ts'
import { NODE_DESCRIPTION } from '../../model/node-description.ts'
import { parseNodeManifest } from '../../model/node-manifest.ts'
import { findListed } from '../../registry/find-named.ts'
import { reportAbsent } from '../../registry/hidden-paths.ts'
import { NO_NODES, readNodeReferrers } from '../../registry/nodes.ts'
import { type Repository, warn } from '../../registry/repository.ts'
import { passes } from '../lib/summary.ts'
import { unlessUnreadable } from '../lib/unless-unreadable.ts'
import { readableEntries } from '../lib/unreadable.ts'
import type { FindOptions, Referrer } from '../strategy.ts'
import { noNodes } from './no-nodes.ts'
import { summarizeDescription, summarizeNode } from './summary.ts'
import { VIA } from './via.ts'

/** Pages of the nodes that refer to a subject. */
export async function* discoverNodes(
  repo: Repository,
  subject: Digest,
  options: FindOptions,
): AsyncGenerator<readonly Referrer[]> {
  const missing = () => {
    reportAbsent(repo, 'nodesApi', options.onHidden)
    return noNodes(repo)
  }
  if (repo.capabilities.nodesApi === 'unsupported') throw missing()
  for await (const bytes of readNodeReferrers(repo, subject, options)) {
    if (bytes === NO_NODES) throw missing()
    const entries = readableEntries(repo, 'the list of nodes', parseDescriptorList(bytes), options)
    const listed = entries.filter(({ digest }) => digest !== subject)
    const found = await Promise.all(
      listed.map((node) => {
        if (node.mediaType !== NODE_MANIFEST) return toObject(subject, node)
        const what = `${node.digest}, listed as a node of ${subject},`
        return unlessUnreadable(repo, what, options, () => toReferrer(repo, subject, node, options))
      }),
    )
    yield found.filter(
      (referrer) => referrer !== undefined && passes(referrer, options),
    ) as Referrer[]
  }
}

/** The example of the proposal's text lists the objects of nodes in place of the nodes. */
function toObject(subject: Digest, object: Descriptor): Referrer {
  const artifactType = object.artifactType ?? object.mediaType
  return { ...object, artifactType, subject: { digest: subject }, via: [VIA], confirmed: true }
}

/** A listed node as a referrer; read where the list says too little. */
async function toReferrer(
  repo: Repository,
  subject: Digest,
  { mediaType, digest, size, annotations: listed }: Descriptor,
  options: FindOptions,
): Promise<Referrer | undefined> {
  const { verify, artifactType, annotations, signal } = options
  const referrer = {
    ...{ mediaType, digest, size, subject: { digest: subject } },
    via: [VIA],
    confirmed: true,
  }
  const description = listed?.[NODE_DESCRIPTION]
  const summary = summarizeDescription(description)
  const unread =
    (artifactType !== undefined && !summary.artifactType) ||
    (annotations !== undefined && description === undefined)
  if (!verify && !unread) return { ...referrer, ...summary }
  const stored = await findListed(repo, digest, { accept: [NODE_MANIFEST], signal })
  const node = stored && parseNodeManifest(stored.bytes)
  if (node?.reference?.digest === subject) return { ...referrer, ...summarizeNode(node) }
  const problem = stored ? 'does not refer to it' : 'is gone'
  warn(repo, `${digest} is listed as a node of ${subject}, but ${problem}`)
  return undefined
}
