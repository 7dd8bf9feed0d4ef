/**
 * A gateway: a fetch handler that stands before a registry without the referrers API and gives it to every client.
 *
 * @module
 */
import { failureAnswer } from './answers.ts'
import { type Client, clientOf, createShared, type Shared } from './client.ts'
import { allowedOrigin, isPreflight, preflightAnswer, withCors } from './cors.ts'
import { deleteManifest, putManifest } from './manifests.ts'
import { type GatewayOptions, readOptions } from './options.ts'
import { listReferrers } from './referrers.ts'
import { routeOf } from './routes.ts'
import { listTags } from './tags.ts'
import { pass } from './upstream.ts'

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
      return withCors(await answer(request, shared), origin)
    },
  }
}

async function answer(request: Request, shared: Shared): Promise<Response> {
  const { settings } = shared
  const route = routeOf(new URL(request.url).pathname)
  let client: Client | undefined
  try {
    if (route.is === 'referrers') {
      client = clientOf(request, route.name, shared)
      return await listReferrers({ request, digest: route.digest, repo: client.repo, settings })
    }
    if (route.is === 'tags') return await listTags(request, settings)
    const writes = request.method === 'PUT' || request.method === 'DELETE'
    if (route.is !== 'manifest' || !writes) return await pass(request, settings)
    client = clientOf(request, route.name, shared)
    return request.method === 'PUT'
      ? await putManifest(request, route.reference, client, settings)
      : await deleteManifest(request, route.reference, client, settings)
  } catch (error) {
    request.signal.throwIfAborted()
    return client?.challenge() ?? failureAnswer(error)
  } finally {
    client?.end()
  }
}
