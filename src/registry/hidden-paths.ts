/**
 * Paths that a page cannot ask for. Some registries send CORS headers with what they answer, and none where they do not
 * know the path (distribution, `registry/handlers/app.go`): a page sees a broken network then, and no 404. Whether a
 * registry does so shows one request to a path that no registry has, and one to a path that each has.
 *
 * @module
 */
import { isOcilinkError } from '../errors.ts'
import { EMPTY } from '../model/descriptor.ts'
import { dropBody } from '../platform/body.ts'
import { isPage } from '../platform/page.ts'
import type { Capabilities } from './capabilities.ts'
import { internalsOf, type Repository } from './repository.ts'
import { send } from './send.ts'
import type { HiddenPaths } from './wire/host.ts'

/** Whether each registry hides unknown paths; as long as the page lives. */
const probes = new WeakMap<HiddenPaths, Promise<boolean>>()

/**
 * Whether a path that could not be asked for is not there, as far as a page can tell: because the registry hides unknown
 * paths. Then it is not asked for again, and `capabilities` has it as unsupported.
 *
 * Requests: where it has to be known, `GET /v2/<name>/-/<digest>`, and `GET /v2/`, once for
 * all paths and repositories.
 *
 * @param capability - what the path shows
 * @param error - what came of asking
 * @param mustKnow - whether an answer rests on it
 */
export async function isAbsent(
  repo: Repository,
  capability: keyof Capabilities,
  error: unknown,
  mustKnow: boolean,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { capabilities } = repo
  if (!isPage() || !isOcilinkError(error, 'CONNECTION')) return false
  if (capabilities[capability] === 'supported') return false
  const { hidden } = internalsOf(repo)
  const known = probes.get(hidden)
  if (!mustKnow && !known) return false
  const probing = known ?? probe(repo, signal)
  probes.set(hidden, probing)
  try {
    if (await probing) {
      hidden.set(capability, { error, until: Number.POSITIVE_INFINITY })
      capabilities[capability] = 'unsupported'
      return true
    }
  } catch (failure) {
    probes.delete(hidden)
    throw failure
  }
  // It answers for others: this one was broken off, or is kept from this page.
  probes.delete(hidden)
  hidden.delete(capability)
  return false
}

/** Passes on what came of asking for a path, where it counts as not there because the registry hides unknown paths. */
export function reportAbsent(
  repo: Repository,
  capability: keyof Capabilities,
  onHidden: ((error: Error) => void) | undefined,
): void {
  const failure = internalsOf(repo).hidden.get(capability)
  if (failure?.until === Number.POSITIVE_INFINITY) onHidden?.(failure.error)
}

async function probe(repo: Repository, signal: AbortSignal | undefined): Promise<boolean> {
  if (await canAsk(repo, `/v2/${repo.name}/-/${EMPTY.digest}`, signal)) return false
  // Else the network is broken, or this page may ask for nothing at all. What was answered before says nothing of now.
  return canAsk(repo, '/v2/', signal)
}

async function canAsk(
  repo: Repository,
  path: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const expect = [400, 401, 403, 404, 405, 500, 501]
  try {
    const request = { method: 'GET', path, actions: ['pull'], expect, mayHide: true } as const
    dropBody(await send(repo, { ...request, signal }))
    return true
  } catch (error) {
    if (isOcilinkError(error, 'CONNECTION')) return false
    throw error
  }
}
