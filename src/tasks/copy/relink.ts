/**
 * Linking the artifact of a referrer in another way, where its own cannot be kept.
 *
 * @module
 */
import type { Strategy } from '../../strategies/strategy.ts'
import { linkArtifacts } from '../lib/linking.ts'
import { toError } from '../lib/to-error.ts'
import { type Linking, linked, type ReadyNode } from './node.ts'

/**
 * Links the artifact as the caller wants; what the new way does not keep of it is a loss.
 *
 * @param own - how it was linked
 * @returns why it could not be, where it could not
 */
export async function relink(
  { job, subject, fallback }: Linking,
  own: Strategy,
  node: ReadyNode,
): Promise<Error | undefined> {
  const strategy = fallback!
  const { to, settle, signal, ledger } = job
  const { digest } = node.found
  try {
    const { manifest } = node.source
    const artifact = manifest && (await own.read(manifest))
    if (!artifact) return new Error(`a manifest of type ${node.found.mediaType} holds no artifact`)
    const push = async () => [artifact]
    const options = { settle, signal }
    const referrers = await linkArtifacts(to, subject, strategy, [artifact], push, options)
    linked(job, node, referrers)
    for (const { field, reason } of (await strategy.losses?.(artifact)) ?? []) {
      const names = [own.name]
      ledger.losses.push({ digest, subject: subject.digest, strategies: names, field, reason })
    }
    return undefined
  } catch (error) {
    signal.throwIfAborted()
    return toError(error)
  }
}
