// Serves embedded registries on free loopback ports: their origins are not the page's. Runs in Node,
// once, before the browser starts.
import type { TestProject } from 'vitest/node'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import type { Fetch } from '../../src/index.ts'
import { serve } from '../../src/node/index.ts'

const withoutApi = { referrersApi: false, singlePost: false, conditional: false }

type Name =
  | 'withApi'
  | 'withoutApi'
  | 'withoutCors'
  | 'basicAuth'
  | 'hiddenHeaders'
  | 'hiddenHeadersWithoutApi'
  | 'hiddenLinks'
  | 'shownLinks'
  | 'hiddenHeadersWithSessions'
  | 'hiddenApi'
  | 'withoutChunks'

/** Two items a page. */
const paged = embeddedRegistry({ pageSize: 2 })

const registries: Readonly<Record<Name, Fetch>> = {
  withApi: embeddedRegistry().fetch,
  withoutApi: embeddedRegistry(withoutApi).fetch,
  withoutCors: embeddedRegistry({ cors: false }).fetch,
  basicAuth: requireLogin(embeddedRegistry().fetch),
  /** A page sees none of the headers that CORS hides unless they are exposed. */
  hiddenHeaders: hideHeaders(embeddedRegistry().fetch),
  hiddenHeadersWithoutApi: hideHeaders(
    embeddedRegistry({ referrersApi: false, conditional: false }).fetch,
  ),
  /** The same one, of which a page sees no header, and all of them. */
  hiddenLinks: hideHeaders(paged.fetch),
  shownLinks: paged.fetch,
  hiddenHeadersWithSessions: hideHeaders(embeddedRegistry(withoutApi).fetch),
  /** A page may ask for anything but the referrers API, which is not there. */
  hiddenApi: hideApi(embeddedRegistry(withoutApi).fetch),
  /** Large blobs go to it in one request. */
  withoutChunks: refuseChunks(embeddedRegistry().fetch),
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** `127.0.0.1:<port>` of each registry. */
    hosts: Readonly<Record<Name, string>>
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running = await Promise.all(
    Object.entries(registries).map(async ([name, fetch]) => ({
      name,
      server: await serve({ fetch }),
    })),
  )
  const hosts = Object.fromEntries(running.map(({ name, server }) => [name, server.host]))
  project.provide('hosts', hosts as Record<Name, string>)
  return async () => {
    await Promise.all(running.map(({ server }) => server.close()))
  }
}

function hideHeaders(fetch: Fetch): Fetch {
  return async (request) => {
    const response = await fetch(request)
    response.headers.delete('access-control-expose-headers')
    return response
  }
}

function hideApi(fetch: Fetch): Fetch {
  return async (request) => {
    const response = await fetch(request)
    if (new URL(request.url).pathname.includes('/referrers/')) {
      response.headers.delete('access-control-allow-origin')
    }
    return response
  }
}

function refuseChunks(fetch: Fetch): Fetch {
  return async (request) => {
    if (request.method !== 'PATCH') return fetch(request)
    const headers = { 'Access-Control-Allow-Origin': '*' }
    return new Response(null, { status: 405, headers })
  }
}

function requireLogin(fetch: Fetch): Fetch {
  const expected = `Basic ${Buffer.from('alice:wonder:länd').toString('base64')}`
  return async (request) => {
    const isAllowed = request.headers.get('authorization') === expected
    if (isAllowed || request.method === 'OPTIONS') return fetch(request)
    return new Response(null, {
      status: 401,
      headers: {
        'Access-Control-Allow-Origin': '*',
        'Access-Control-Expose-Headers': 'WWW-Authenticate',
        'WWW-Authenticate': 'Basic realm="test"',
      },
    })
  }
}
