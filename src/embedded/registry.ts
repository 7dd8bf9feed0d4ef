/**
 * The embedded registry: OCI distribution-spec 1.1 as one function from Request to Response, for tests,
 * pages, workers and servers.
 *
 * @module
 */

import { ConnectionError, ContentError, RegistryError } from '../errors.ts'
import { pause } from '../platform/pause.ts'
import { createRecentBytes } from '../platform/recent-bytes.ts'
import { createRecentMap } from '../platform/recent-map.ts'
import { createTurns } from '../platform/turns.ts'
import { unwaited } from '../platform/unwaited.ts'
import { allowOrigin, isPreflight, preflight } from './access/cors.ts'
import { createGate, type Gate, openGate } from './access/gate.ts'
import { createRate } from './access/rate.ts'
import type { Registry } from './calls/call.ts'
import { createUploadSessions } from './calls/upload-sessions.ts'
import { observed } from './events.ts'
import { createFaults, type FaultOf, withFault } from './faults.ts'
import { checkRegistryOptions } from './option-checks.ts'
import { type EmbeddedRegistryOptions, sessionLimits, settingsOf } from './options.ts'
import { actionOf, findRoute, type Match, routes, tableOf } from './routes.ts'
import { spelled } from './spelling.ts'
import { memoryStorage } from './storage/memory-storage.ts'
import { type Answer, isServed, responseTo } from './wire/answer.ts'
import { type Reason, Refusal, refused } from './wire/answers.ts'

/** A registry that is a function. */
export interface EmbeddedRegistry {
  /**
   * Answers one request. Usable wherever a `fetch` is injected; the URL's host does not matter. Needs
   * no `this`.
   *
   * @throws the reason of the request's signal when it is aborted, as `fetch` does, and `TypeError`
   *   where a fault breaks the connection
   */
  readonly fetch: (request: Request) => Promise<Response>
  /**
   * Forgets everything that came since the registry was made: uploads, tokens, counted requests and
   * faults, and the content of its storage, unless that has no `clear`, as a directory has none.
   */
  readonly reset: () => Promise<void>
}

/**
 * Makes a registry. Content is checked as it comes in: digests, sizes, manifests and what they are
 * made of.
 *
 * @throws `InvalidInputError` `INVALID_INPUT` naming the option, such as `limits.rate.seconds`, for a wrong
 *   value or a name that is not known
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md}
 * @example
 * ```ts
 * import { embeddedRegistry } from 'ocilink/embedded'
 *
 * const registry = embeddedRegistry()
 * const answer = await registry.fetch(new Request('http://registry.local/v2/'))
 * console.log(answer.status) // 200
 * ```
 */
/* @__NO_SIDE_EFFECTS__ */
export function embeddedRegistry(options: EmbeddedRegistryOptions = {}): EmbeddedRegistry {
  checkRegistryOptions(options)
  const settings = settingsOf(options)
  const table = tableOf(routes, settings)
  const { storage = memoryStorage(), readOnly = false } = options
  const onEvent = unwaited(options.onEvent)
  const onError = unwaited(options.onError)
  const exclusive = createTurns()
  const start = () => createState(options, { settings, storage, exclusive })
  let state = start()

  async function answer(arrived: Arrived): Promise<Answer> {
    const { request, url } = arrived
    const { gate, faultOf, countRequest } = state
    if (settings.cors.preflight === 'first' && isPreflight(request, settings.cors)) {
      return preflight(settings.cors)
    }
    const fault = faultOf({ method: request.method, path: url.pathname })
    return withFault(request, fault, async () => {
      let made: Answer
      try {
        countRequest()
        made = (await gate.answerToken(request)) ?? (await admitted(state, arrived))
      } catch (error) {
        const refusal = refusalOf(error)
        if (!refusal) throw error
        if (isOfStorage(error) && refusal.status >= 500) onError?.(error)
        made = refused(refusal, settings.errors, settings.spelling.errorType)
      }
      if (settings.auth.challengeAlways && options.auth && !made.headers.has(CHALLENGE)) {
        made.headers.set(CHALLENGE, gate.challenge(request))
      }
      // With the length that it would have had.
      return request.method === 'HEAD' ? { ...made, body: null } : made
    })
  }

  /** Calls the endpoint, for those who may. */
  async function admitted(
    { gate, registry }: State,
    { request, url, found }: Arrived,
  ): Promise<Answer> {
    if (found instanceof Refusal) {
      // Preflights have no endpoint of their own; where they wait for credentials, they never come.
      if (!isPreflight(request, settings.cors) || found.status !== 405) throw found
      gate.admit(request, undefined)
      return preflight(settings.cors)
    }
    const { handler, name, id } = found
    const action = actionOf(request.method)
    const access = gate.admit(request, name === '' ? undefined : { repository: name, action })
    if (readOnly && action !== 'pull') throw refusedWrite(request.method)
    const query = url.searchParams
    const repository = storage.repository(name)
    return handler({ registry, request, query, name, repository, id, access })
  }

  return {
    async fetch(request) {
      // No answer has to be waited for here: as long as a client has requests to send, no timer would end it.
      if (!isServed(request)) await pause()
      request.signal.throwIfAborted()
      const url = new URL(request.url)
      const found = findRoute(table, request.method, url.pathname)
      const known = !(found instanceof Refusal)
      const made = await observed(request, known ? found.name : '', onEvent, async () => {
        const plain = spelled(url.origin, await answer({ request, url, found }), settings.spelling)
        request.signal.throwIfAborted()
        return allowOrigin(request, plain, settings.cors, known)
      })
      return responseTo(request, made)
    },
    async reset() {
      const { uploads } = state.registry
      state = start()
      await uploads.clear()
      await storage.clear?.()
    },
  }
}

/** A request, and where it leads. */
interface Arrived {
  readonly request: Request
  readonly url: URL
  readonly found: Match | Refusal
}

/** What a registry remembers between requests. */
interface State {
  readonly registry: Registry
  readonly gate: Gate
  readonly faultOf: FaultOf
  readonly countRequest: () => void
}

function createState(
  { auth, faults = [], limits }: EmbeddedRegistryOptions,
  lasting: Pick<Registry, 'settings' | 'storage' | 'exclusive'>,
): State {
  return {
    registry: {
      ...lasting,
      uploads: createUploadSessions(sessionLimits(limits)),
      names: createRecentMap({ most: 1000 }),
      answered: createRecentMap({ most: 1000 }),
      lists: createRecentBytes(LISTS),
      broken: createRecentMap({ most: 10_000 }),
      hidden: new Set(),
    },
    gate: auth ? createGate(auth, lasting.settings.auth) : openGate,
    faultOf: createFaults(faults),
    countRequest: createRate(limits?.rate),
  }
}

/** Bytes of the lists that were answered last. */
const LISTS = 8 * 1024 * 1024

const CHALLENGE = 'www-authenticate'

/** What is answered for an error; undefined for one that has no answer. */
function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error
  const isTooLarge = error instanceof ContentError && error.code === 'TOO_LARGE'
  if (isTooLarge) return new Refusal(413, 'SIZE_INVALID', error.message)
  if (!isOfStorage(error)) return undefined
  const isBusy =
    error instanceof ConnectionError ||
    error.code === 'UNAVAILABLE' ||
    error.code === 'RATE_LIMITED'
  return isBusy ? unavailable() : new Refusal(500, 'UNKNOWN', 'the storage answered with an error')
}

/** What a storage that is far away failed with, or what is damaged in one. */
function isOfStorage(error: unknown): error is ConnectionError | RegistryError | ContentError {
  return [ConnectionError, RegistryError, ContentError].some((kind) => error instanceof kind)
}

/** A storage that is far away, and does not answer now. Its address is nobody's business. */
function unavailable(): Refusal {
  const headers = { 'Retry-After': '1' }
  return new Refusal(503, 'UNKNOWN', 'the storage does not answer; try again', { headers })
}

function refusedWrite(method: string): Refusal {
  const reason: Reason = method === 'DELETE' ? 'read-only-delete' : 'read-only'
  return new Refusal(405, 'UNSUPPORTED', 'the registry is read-only', {
    headers: { Allow: 'GET, HEAD' },
    reason,
  })
}
