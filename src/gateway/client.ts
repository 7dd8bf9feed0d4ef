/**
 * The upstream's repositories as one client sees them: with the credentials of its request, which are kept no longer than
 * that request.
 *
 * @module
 */
import { AuthError } from '../errors.ts'
import { digestOf } from '../model/digest.ts'
import { MANIFEST_LIMIT } from '../model/manifest.ts'
import { dropBody, readBounded } from '../platform/body.ts'
import { createRecentBytes, type RecentBytes } from '../platform/recent-bytes.ts'
import { createRecentMap, type RecentMap } from '../platform/recent-map.ts'
import { createSlots, type Slots } from '../platform/slots.ts'
import type { Capabilities } from '../registry/capabilities.ts'
import { manifestPath } from '../registry/endpoints.ts'
import { type Repository, repository } from '../registry/repository.ts'
import { ourRealm, ownOrigin, viaOf } from './addresses.ts'
import { errorAnswer } from './answers.ts'
import type { Settings } from './options.ts'

/** Repositories of which it is kept what the upstream supports. */
const KNOWN = 1000
/** Milliseconds for which it is: the upstream may be upgraded. */
const KNOWN_LIFE = 10 * 60_000

/** What all clients of a gateway share. */
export interface Shared {
  readonly settings: Settings
  /** What the upstream supports, by repository. */
  readonly known: RecentMap<string, Capabilities>
  /** Manifests by their address, which has their repository and digest. */
  readonly manifests: RecentBytes<CachedManifest>
  readonly slots: Slots
}

/** One client's view of a repository. */
export interface Client {
  readonly repo: Repository
  /** What the upstream demands, where it has refused the client's credentials, or wants some. */
  challenge(): Response | undefined
  /** Keeps what was learnt of the upstream. */
  end(): void
  /** Forgets what was known of the upstream before this request; whether there was anything. */
  forget(): boolean
  /** Reads a manifest at the upstream the next time. */
  forgetManifest(digest: string): void
}

/** What clients share, empty. */
export function createShared(settings: Settings): Shared {
  return {
    settings,
    known: createRecentMap({ most: KNOWN, life: KNOWN_LIFE }),
    manifests: createRecentBytes(settings.cacheBytes),
    slots: createSlots(settings.concurrency, settings.timeout),
  }
}

/** A repository for one request of a client. */
export function clientOf(request: Request, name: string, shared: Shared): Client {
  const { settings, known } = shared
  const { origin, timeout } = settings
  const before = known.get(name)
  const first = { ...before }
  const authorization = request.headers.get('authorization')
  let challenge: string | undefined
  let letIn = false
  const repo = repository(`${origin.host}/${name}`, {
    plainHttp: origin.protocol === 'http:',
    timeout,
    // What the gateway learnt of the upstream, from others too.
    capabilities: before,
    async fetch(wire) {
      // What others have read is for who may read here: the upstream has let this client in.
      const cached = letIn ? cachedOf(wire, shared) : undefined
      if (cached) return cached
      const mine = new URL(wire.url).origin === origin.origin
      if (mine && authorization !== null) wire.headers.set('authorization', authorization)
      wire.headers.set('via', viaOf(request, settings))
      const answer = await settings.fetch(wire)
      if (mine && answer.status === 401) {
        challenge = answer.headers.get('www-authenticate') ?? ''
        dropBody(answer)
        throw new AuthError('AUTH_REQUIRED', 'The upstream wants other credentials')
      }
      if (mine && answer.ok) letIn = true
      return keep(wire, answer, shared)
    },
  })
  return {
    repo,
    challenge() {
      if (challenge === undefined) return undefined
      const answer = errorAnswer(401, 'UNAUTHORIZED', 'authentication required')
      if (challenge) {
        const ours = ourRealm(challenge, origin, ownOrigin(request))
        answer.headers.set('WWW-Authenticate', forAll(ours, request.method))
      }
      return answer
    },
    end() {
      // To who may read nothing there a registry may say of its list too that it is not there.
      if (!letIn) return
      const now = known.get(name)
      if (!before && !now) known.set(name, repo.capabilities)
      // With the life that it has. What was known at the beginning may be known better now, or have been forgotten.
      if (now) Object.assign(now, difference(first, repo.capabilities))
    },
    forget: () => before !== undefined && known.delete(name),
    forgetManifest: (digest) => shared.manifests.forget(origin.origin + manifestPath(name, digest)),
  }
}

/** What is otherwise than it was. */
function difference(before: Partial<Capabilities>, now: Capabilities): Partial<Capabilities> {
  const names = Object.keys(now) as (keyof Capabilities)[]
  return Object.fromEntries(
    names
      .filter((name) => now[name] !== (before[name] ?? 'unknown'))
      .map((name) => [name, now[name]]),
  )
}

/** What the gateway needs to do for a client at the upstream, whose challenges name one step of it each. */
const needed: Readonly<Record<string, string>> = { PUT: 'pull,push', DELETE: 'pull,push,delete' }

/** A challenge for a token that is enough for the whole request. */
function forAll(challenge: string, method: string): string {
  const actions = needed[method]
  if (actions === undefined) return challenge
  return challenge.replace(/\bscope="(repository:[^\s"]+:)[a-z,]+"/i, `scope="$1${actions}"`)
}

/** A manifest as it was answered. */
interface CachedManifest {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly headers: readonly [string, string][]
}

const byDigest = /\/manifests\/sha256:[0-9a-f]{64}$/

function cachedOf({ method, url }: Request, { manifests }: Shared): Response | undefined {
  if (method !== 'GET' || !byDigest.test(url)) return undefined
  const found = manifests.get(url)
  return found && new Response(found.bytes, { headers: [...found.headers] })
}

/** Keeps a manifest that was read by its digest. */
async function keep(
  { method, url, signal }: Request,
  answer: Response,
  { manifests, settings }: Shared,
): Promise<Response> {
  const size = Number(answer.headers.get('content-length'))
  // What came packed has another size, without a bound.
  const plain = !answer.headers.has('content-encoding')
  const fits = plain && size > 0 && size <= Math.min(settings.cacheBytes / 4, MANIFEST_LIMIT)
  if (method !== 'GET' || answer.status !== 200 || !byDigest.test(url) || !fits) return answer
  const bytes = (await readBounded(answer, size, 'cut', signal)) as Uint8Array<ArrayBuffer>
  const headers = [...answer.headers].filter(([name]) =>
    ['content-type', 'docker-content-digest', 'content-length'].includes(name),
  ) as [string, string][]
  // Other bytes would be everybody's answer from now on.
  if (url.endsWith(await digestOf(bytes))) manifests.set(url, { bytes, headers })
  return new Response(bytes, { headers })
}
