/**
 * Pushes nodes (PROPOSAL_C.md, "Registry HTTP API").
 *
 * @module
 */
import { RegistryError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { NodeManifest } from '../../model/node-manifest.ts'
import { hasNodes } from '../../registry/nodes.ts'
import type { Repository } from '../../registry/repository.ts'
import { putReferrer, type WrittenReferrer } from '../lib/put.ts'
import { isTypeRefused } from '../lib/refusals.ts'
import type { NewReferrer, PublishOptions, Referrer } from '../strategy.ts'
import { noNodes } from './no-nodes.ts'
import { pushObjects } from './objects.ts'
import { summarizeNode } from './summary.ts'
import { VIA } from './via.ts'

/**
 * Pushes a node below `/v3`: a registry that takes it there also lists nodes. One that takes any manifest below `/v2`
 * would keep a node that it never lists.
 *
 * @throws `UnsupportedError` where there are no nodes
 */
export async function publishNode(
  repo: Repository,
  subject: Descriptor,
  node: NewReferrer<NodeManifest>,
  degrade: boolean,
  { signal }: PublishOptions,
): Promise<Referrer> {
  const { capabilities } = repo
  let cause: unknown
  if (capabilities.nodesApi !== 'unsupported') {
    try {
      const { descriptor } = await put(repo, node, signal)
      capabilities.nodesApi = 'supported'
      return {
        ...descriptor,
        ...summarizeNode(node.manifest),
        subject,
        via: [VIA],
        confirmed: true,
      }
    } catch (error) {
      if (!isTypeRefused(error, [404, 405, 501])) throw error
      cause = error
    }
  }
  capabilities.nodesApi = 'unsupported'
  const refusal = noNodes(repo, cause)
  if (!degrade) throw refusal
  return pushObjects(repo, subject, node, refusal, signal)
}

async function put(
  repo: Repository,
  node: NewReferrer<NodeManifest>,
  signal: AbortSignal | undefined,
): Promise<WrittenReferrer> {
  try {
    return await putReferrer(repo, node, { api: 'v3', signal })
  } catch (error) {
    // The proposal's text has no PUT below /v3: then its probe shows whether the registry has nodes.
    const missing = error instanceof RegistryError && [404, 405].includes(error.status)
    if (!missing || !(await hasNodes(repo, { signal }))) throw error
    return putReferrer(repo, node, { api: 'v2', signal })
  }
}
