// The registries that the suite works on, each on a port of its own. Pages come from another one, so that all of them
// have CORS headers.
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../../src/embedded/index.ts'
import { serve } from '../../../src/node/index.ts'
import { dockerRegistryWith } from '../../live/_registries.ts'
import { testStore } from '../../s3/_store.ts'
import type { Hosts } from '../suite/test.ts'
import { freePort } from './run.ts'
import { bucketHeaders, corsHeaders } from './runtimes-page.ts'

const users = [{ name: 'alice', password: 'wonder:länd' }]

const embedded: Readonly<
  Record<Exclude<keyof Hosts, 'dockerRegistry' | 'store' | 'nobody'>, EmbeddedRegistryOptions>
> = {
  withApi: {},
  withoutApi: { referrersApi: false, singlePost: false, conditional: false },
  slow: { faults: [{ path: /\/referrers\//, delay: 60_000 }] },
  basic: { auth: { scheme: 'basic', users } },
  token: { auth: { scheme: 'bearer', users } },
  withoutChunks: { faults: [{ method: 'PATCH', answer: { status: 405, headers: {} } }] },
}

/** Starts all of them. */
export async function startRegistries(): Promise<{ hosts: Hosts; stop(): Promise<void> }> {
  const real = await dockerRegistryWith(corsHeaders()).start()
  const hosts: Record<string, string> = {
    dockerRegistry: real.host,
    nobody: `127.0.0.1:${await freePort()}`,
  }
  const servers = await Promise.all(
    Object.entries(embedded).map(async ([name, options]) => {
      const server = await serve(embeddedRegistry(options), { closeTimeout: 100 })
      hosts[name] = server.host
      return server
    }),
  )
  const store = await serve({ fetch: withCors(testStore().fetch()) }, { closeTimeout: 100 })
  servers.push(store)
  hosts.store = store.host
  return {
    hosts: hosts as unknown as Hosts,
    async stop() {
      await Promise.all([...servers.map((server) => server.close()), real.stop()])
    },
  }
}

/** A store's bucket that pages may use, as docs/runtimes.md says. */
function withCors(fetch: (request: Request) => Promise<Response>) {
  const { allowed, exposed } = bucketHeaders()
  return async (request: Request): Promise<Response> => {
    const asked = request.headers.get('Access-Control-Request-Headers')?.split(',') ?? []
    const isPreflight = request.method === 'OPTIONS'
    const answer = isPreflight ? new Response(null, { status: 204 }) : await fetch(request)
    const { headers } = answer
    headers.set('Access-Control-Allow-Origin', '*')
    headers.set('Access-Control-Allow-Methods', 'GET, HEAD, PUT, POST, DELETE')
    headers.set(
      'Access-Control-Allow-Headers',
      asked.filter((one) => allowed.test(one.trim())).join(),
    )
    headers.set('Access-Control-Expose-Headers', exposed)
    return answer
  }
}
