/**
 * Carrying out a plan: what has changed since it was made is left alone.
 *
 * @module
 */
import pLimit from 'p-limit'
import type { Digest } from '../../../model/digest.ts'
import { IMAGE_MANIFEST } from '../../../model/media-types.ts'
import { allEnded } from '../../../platform/all-ended.ts'
import { deleteIfAllowed } from '../../../registry/delete-allowed.ts'
import { EVERY_TYPE } from '../../../registry/every-type.ts'
import { headManifest } from '../../../registry/manifests.ts'
import type { Repository } from '../../../registry/repository.ts'
import { referrersIndexOf } from '../../../strategies/kept/change-entry.ts'
import { changeDocument } from '../../../strategies/shared-tag/writer.ts'
import type { PublishOptions } from '../../../strategies/strategy.ts'
import { reporter } from '../reporter.ts'
import { toError } from '../to-error.ts'
import { confirm, type NamedTag } from './confirm.ts'
import type { DeletedItem, DeleteProgress, DeleteStep } from './step.ts'
import { stillListed } from './still-listed.ts'

/** Options of carrying out. */
export interface CarryOutOptions extends PublishOptions {
  /** The tag by which somebody has named what is deleted, beside those of the steps. */
  readonly named?: NamedTag | undefined
  /** Where the repository has more tags, nothing is deleted again that a registry lost. */
  readonly maxTags?: number | undefined
  /** Called with each item as it ends; what it throws ends the rest. */
  readonly onProgress?: ((progress: DeleteProgress) => void) | undefined
}

/** Requests under way. */
const AT_ONCE = 32
/** With these a registry says that it deletes no tags, or no manifests: the others are not tried. */
const NEVER: readonly number[] = [405, 501]

/**
 * Does each step once all that goes before is done, and looks whether it is.
 */
export async function carryOut(
  repo: Repository,
  steps: readonly DeleteStep[],
  options: CarryOutOptions,
): Promise<readonly DeletedItem[]> {
  const { named, maxTags, onProgress, signal } = options
  const turn = pLimit(AT_ONCE)
  const running = new Map<Digest, Promise<DeletedItem>>()
  /** Some delete manifests, and no tags (distribution-spec 1.1, "Deleting Tags"). */
  const refusals = new Map<DeleteStep['action'], string>()
  const deletes = steps.filter(({ action }) => action === 'delete-manifest')
  const planned = new Set(deletes.map(({ digest }) => digest))
  const progress = reporter(onProgress)
  let done = 0

  const run = async (step: DeleteStep): Promise<DeletedItem> => {
    // Found since the plan was made, or needed since: what it points at stays with it.
    const other = step.after.find((digest) => !planned.has(digest))
    if (other) return { ...step, status: 'stays', error: `${other} is not to go, which needs it` }
    const before = await Promise.all(step.after.map((digest) => running.get(digest)))
    const stays = before.find((item) => item && item.status !== 'done' && item.status !== 'gone')
    if (stays) return { ...step, status: 'stays', error: `${stays.digest} stays, which needs it` }
    return turn(async () => {
      signal?.throwIfAborted()
      progress.throwIfFailed()
      const refusal = refusals.get(step.action)
      if (refusal !== undefined) return { ...step, status: 'refused', error: refusal }
      try {
        const became = await does[step.action](repo, step, options)
        if (became === 'moved') return { ...step, status: 'stale', error: 'the tag was moved' }
        if (typeof became === 'boolean') return { ...step, status: became ? 'done' : 'gone' }
        if (NEVER.includes(became.status)) refusals.set(step.action, became.message)
        return { ...step, status: 'refused', error: became.message }
      } catch (error) {
        signal?.throwIfAborted()
        return { ...step, status: 'failed', error: toError(error).message }
      }
    })
  }

  const items = steps.map((step) => {
    const item = run(step).then((ended) => {
      progress.report({ item: ended, items: { done: ++done, total: steps.length } })
      return ended
    })
    if (step.action === 'delete-manifest') running.set(step.digest, item)
    return item
  })
  const listed = stillListed(repo, steps, running, signal)
  // All of them end before an abort is thrown.
  const ended = await allEnded(items).finally(() => listed)
  signal?.throwIfAborted()
  await progress.end()
  return confirm(repo, ended, { listed: await listed, named, maxTags, signal })
}

type Does = (
  repo: Repository,
  step: DeleteStep,
  options: PublishOptions,
) => Promise<Awaited<ReturnType<typeof deleteIfAllowed>> | 'moved'>

const does: Readonly<Record<DeleteStep['action'], Does>> = {
  'delete-manifest': (repo, { digest }, { signal }) => deleteIfAllowed(repo, digest, signal),

  async 'delete-tag'(repo, { digest, tags }, { signal }) {
    const [tag] = tags
    const accept = EVERY_TYPE
    const now = await headManifest(repo, tag!, { intent: 'push', accept, signal })
    if (!now) return false
    // It is theirs who moved it.
    if (now.digest !== digest) return 'moved'
    return deleteIfAllowed(repo, tag!, signal)
  },

  async 'remove-entries'(repo, { entries = [], subject }, options) {
    const document = referrersIndexOf(subject!)
    const changes = entries.map((digest) =>
      changeDocument(repo, document, {
        // The digest is what entries differ by.
        entry: { digest, mediaType: IMAGE_MANIFEST, size: 0 },
        present: false,
        ...options,
      }),
    )
    const changed = await Promise.all(changes)
    const isEmpty = changed.some(({ stored }) => stored === undefined)
    // A read that finds nothing is no list without them: the plan is made of one that has them.
    const accept = EVERY_TYPE
    const { signal } = options
    const isThere = isEmpty && (await headManifest(repo, document.tag, { accept, signal }))
    if (!isThere && changed.every(({ confirmed }) => confirmed)) return true
    throw new Error(`The tag ${document.tag} still lists what is gone`)
  },
}
