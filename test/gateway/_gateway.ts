// A gateway before an embedded registry that has no referrers API, and what a client does with it.
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../src/embedded/index.ts'
import { type Gateway, type GatewayOptions, gateway } from '../../src/gateway/index.ts'
import { type Fetch, repository } from '../../src/index.ts'

export const OWN = 'http://gateway.test'

export interface SetUp {
  /** Sends a request to the gateway, by its path. */
  ask(path: string, init?: RequestInit): Promise<Response>
  /** The repository team/app, directly, as everybody else sees it. */
  readonly direct: ReturnType<typeof repository>
  /** The same through the gateway. */
  readonly through: ReturnType<typeof repository>
  /** The same through another gateway. */
  readonly beside: ReturnType<typeof repository>
  /** What the gateway sent to the upstream: `METHOD path`. */
  readonly sent: Request[]
}

export function setUp(
  options: Partial<GatewayOptions> & {
    readonly registry?: EmbeddedRegistryOptions
    readonly upstreamFetch?: (inner: Fetch) => Fetch
  } = {},
): SetUp {
  const { registry = { profile: 'distribution2' }, upstreamFetch, ...rest } = options
  const { fetch } = embeddedRegistry(registry)
  const inner = upstreamFetch?.(fetch) ?? fetch
  const sent: Request[] = []
  const make = () =>
    gateway({
      upstream: 'https://upstream.test',
      fetch: (request) => {
        sent.push(request)
        return inner(request)
      },
      ...rest,
    })
  const made = make()
  const clientOf = ({ fetch }: Gateway) =>
    repository('gateway.test/team/app', { plainHttp: true, fetch })
  return {
    ask: (path, init) => made.fetch(new Request(OWN + path, init)),
    direct: repository('upstream.test/team/app', { fetch }),
    through: clientOf(made),
    beside: clientOf(make()),
    sent,
  }
}
