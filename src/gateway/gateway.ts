/**
 * A gateway: a fetch handler that stands before a registry without the referrers API and gives it to every client.
 *
 * @module
 */
import { isOcilinkError } from '../errors.ts'
import { parseAnyManifest } from '../model/any-manifest.ts'
import { isDigest } from '../model/digest.ts'
import { dropBody } from '../platform/body.ts'
import { getManifest } from '../registry/manifests.ts'
import { errorAnswer, failureAnswer } from './answers.ts'
import { type Client, clientOf, createShared, type Shared } from './client.ts'
import { allowedOrigin, isForeignWrite, isPreflight, preflightAnswer, withCors } from './cors.ts'
import { deleteManifest, putManifest } from './manifests.ts'
import { type GatewayOptions, readOptions, type Settings } from './options.ts'
import { extensionsAnswer, nodePart, proposalAnswer } from './proposals.ts'
import { findReferrers, listReferrers } from './referrers.ts'
import { type Route, routeOf } from './routes.ts'
import { answerBody } from './streams.ts'
import { listTags } from './tags.ts'
import { isForeign, namespaceOf, pass } from './upstream.ts'

/** A gateway that answers requests. */
export interface Gateway {
  /** Answers a request; never throws but for what the client has aborted. */
  readonly fetch: (request: Request) => Promise<Response>
}

/**
 * Makes a gateway before a registry. It holds no links and no credentials: the links are at the upstream, where any
 * number of gateways and other clients change them at the same time.
 *
 * - `GET /v2/<name>/referrers/<digest>` is answered from the upstream's list, else from the referrers tag, and with
 *   `styles: 'all'` from every other way of linking. What could not be read is a 502 with the reason, never an empty list.
 * - A manifest with a `subject` is stored as it is, entered into the referrers tag, and acknowledged with `OCI-Subject`;
 *   a deleted one is taken out.
 * - The lists of proposals A, B and C, and C's parts of a node, are answered too: the same referrers, as these have them.
 * - All else passes through as a stream, credentials included.
 *
 * @throws `InvalidInputError` `INVALID_INPUT` naming the option
 * @see distribution-spec 1.1, "Unavailable Referrers API"; distribution-spec main, "Registry Proxying"
 * @example
 * ```ts
 * import { gateway } from 'ocilink/gateway'
 * import { serve } from 'ocilink/node'
 *
 * const server = await serve(gateway({ upstream: '127.0.0.1:5000' }))
 * console.log(`oras discover ${server.host}/team/app:v1`)
 * await server.close()
 * ```
 */
export function gateway(options: GatewayOptions): Gateway {
  const settings = readOptions(options)
  const shared = createShared(settings)
  return {
    async fetch(request) {
      const origin = allowedOrigin(request, settings)
      if (isPreflight(request) && origin !== undefined) return withCors(preflightAnswer(), origin)
      if (origin === undefined && isForeignWrite(request)) {
        const message = 'web pages of this origin may not use this gateway: name it in "cors"'
        return withCors(errorAnswer(403, 'DENIED', message), origin)
      }
      return withCors(await inTurn(request, shared), origin)
    },
  }
}

/** Answers a request once it is its client's turn, which ends with the answer's body. */
async function inTurn(request: Request, shared: Shared): Promise<Response> {
  const { clientOf, timeout, origin, via } = shared.settings
  if (request.headers.get('via')?.includes(via())) {
    const message = `the upstream ${origin.host} leads back to this gateway: name the registry itself`
    return errorAnswer(508, 'UNSUPPORTED', message)
  }
  let sender: string | undefined
  try {
    sender = clientOf(request)
  } catch (error) {
    return failureAnswer(error)
  }
  const turn = sender === undefined ? () => {} : await shared.slots.take(sender, request.signal)
  if (!turn) return tooMany()
  // Nobody reads the answer to a client that has gone.
  request.signal.addEventListener('abort', turn, { once: true })
  try {
    const { body, status, statusText, headers } = await answer(request, shared)
    const namespace = namespaceOf(request, origin)
    if (namespace !== undefined) headers.set('OCI-Namespace', namespace)
    if (!body) turn()
    const watched = body && answerBody(body, origin.origin, timeout, turn)
    return new Response(watched, { status, statusText, headers })
  } catch (error) {
    turn()
    throw error
  }
}

function tooMany(): Response {
  const answer = errorAnswer(429, 'TOOMANYREQUESTS', 'too many requests of this client at once')
  answer.headers.set('Retry-After', '1')
  return answer
}

async function answer(request: Request, shared: Shared): Promise<Response> {
  // What is of another registry the upstream may have, but not under the same name.
  const route: Route = isForeign(request, shared.settings.origin)
    ? { is: 'other' }
    : routeOf(new URL(request.url))
  const client = 'name' in route ? clientOf(request, route.name, shared) : undefined
  try {
    return await answerRoute(request, route, client, shared)
  } catch (error) {
    request.signal.throwIfAborted()
    // The upstream may have had a list that it has no more.
    const mayBeGone = isOcilinkError(error, 'NOT_FOUND') && request.method === 'GET'
    if (mayBeGone && client?.forget()) return answer(request, shared)
    return client?.challenge() ?? failureAnswer(error)
  } finally {
    client?.end()
  }
}

async function answerRoute(
  request: Request,
  route: Route,
  client: Client | undefined,
  { settings }: Shared,
): Promise<Response> {
  if (route.is === 'tags') return listTags(request, settings)
  if (route.is === 'nodes') return (await ownOf(request, settings)) ?? Response.json({})
  if (route.is === 'extensions') return (await ownOf(request, settings)) ?? extensionsAnswer()
  if (!client || route.is === 'other') return pass(request, settings)
  const { repo } = client
  if (route.is === 'referrers') {
    return listReferrers({ request, digest: route.digest, repo, settings })
  }
  if (route.is === 'manifest') {
    if (request.method === 'PUT') return putManifest(request, route, client, settings)
    return request.method === 'DELETE'
      ? deleteManifest(request, route, client, settings)
      : pass(request, settings, { path: route.path })
  }
  const own = await ownOf(request, settings)
  if (own) return own
  if (!isReference(route.reference)) {
    return errorAnswer(400, 'DIGEST_INVALID', 'no digest and no tag of a manifest')
  }
  const { signal } = request
  if (route.is === 'proposal') {
    const query = { request, digest: route.reference, repo, settings }
    return proposalAnswer(route.list, (await findReferrers(query)).entries, request)
  }
  const { bytes, descriptor } = await getManifest(repo, route.reference, { signal })
  const manifest = parseAnyManifest(bytes, descriptor.mediaType)
  return nodePart(route.part, manifest, request.headers.get('accept'))
}

function isReference(text: string): boolean {
  return isDigest(text) || /^\w[\w.-]{0,127}$/.test(text)
}

/** The upstream's own answer, where it has what a proposal has; any other request is its own too. */
async function ownOf(request: Request, settings: Settings): Promise<Response | undefined> {
  const answer = await pass(request, settings)
  if (request.method !== 'GET' || ![404, 405, 501].includes(answer.status)) return answer
  dropBody(answer)
  return undefined
}
