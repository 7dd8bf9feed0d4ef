/**
 * What publish needs to know, found out while blobs are pushed: whether the registry has the list, and what is at the
 * referrers tag where it has none.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import type { Capabilities } from '../../registry/capabilities.ts'
import type { Repository } from '../../registry/repository.ts'
import type { KeptLinks } from './links.ts'
import { type ListApi, listReferrersApi } from './list-api.ts'

/** First questions, by list: those under way, and those that were answered. */
const questions = /* @__PURE__ */ new WeakMap<Capabilities, Map<ListApi, Promise<void>>>()

/** Starts the requests. What fails is done again by publish, which then says so. */
export async function prepareKept(
  repo: Repository,
  subject: Digest,
  { api }: KeptLinks,
  signal: AbortSignal | undefined,
): Promise<void> {
  await findOut(repo, subject, api, signal)
  if (repo.capabilities[api.capability] !== 'unsupported' || signal?.aborted) return
  const { onDemand } = await import('./on-demand.ts')
  onDemand.readTagAhead(repo, subject, signal)
}

/**
 * Waits for the question that {@link prepareKept} may have under way. Where there was none, because no list was seen
 * earlier, and the registry says of a write that it has one, it is read now: it may have been restarting then. Once,
 * since Docker Hub and ECR said so without a list.
 */
export async function whenFoundOut(
  repo: Repository,
  subject: Digest,
  api: ListApi,
  acknowledged: boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { capabilities } = repo
  const question = questions.get(capabilities)?.get(api)
  if (question || !acknowledged || capabilities[api.capability] !== 'unsupported') return question
  capabilities[api.capability] = 'unknown'
  return findOut(repo, subject, api, signal)
}

/** Reads the first page of a list where it is not known whether the registry has it; one question serves them all. */
async function findOut(
  repo: Repository,
  subject: Digest,
  api: ListApi,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { capabilities } = repo
  if (capabilities[api.capability] !== 'unknown') return
  const own = questions.get(capabilities) ?? new Map<ListApi, Promise<void>>()
  questions.set(capabilities, own)
  const ask = async () => {
    try {
      await listReferrersApi(repo, subject, { intent: 'push', signal }, api).next()
    } catch {
      // Publish reads the list again.
      own.delete(api)
    }
  }
  const question = own.get(api) ?? ask()
  own.set(api, question)
  await question
}
