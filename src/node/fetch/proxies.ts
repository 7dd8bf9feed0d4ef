/**
 * Proxies, as environment variables name them.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'

/** Environment variables by name. */
export type ProxyEnv = Readonly<Record<string, string | undefined>>

/**
 * Reads `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, also in lower case, which goes first as in curl.
 *
 * @returns what Node's agents take; `undefined` where no proxy is named
 * @throws `InvalidInputError` `INVALID_INPUT` naming the variable, or `proxyEnv` where this runtime knows no proxies
 */
export function readProxies(env: ProxyEnv): ProxyEnv | undefined {
  const proxies = {
    HTTP_PROXY: addressIn(env, 'HTTP_PROXY'),
    HTTPS_PROXY: addressIn(env, 'HTTPS_PROXY'),
  }
  if (!proxies.HTTP_PROXY && !proxies.HTTPS_PROXY) return undefined
  // Agents that do not know the option would send requests past the proxy.
  if (!process.allowedNodeEnvironmentFlags?.has('--use-env-proxy')) {
    const message = `proxies need Node 22.21, 24.5 or later; this is ${process.version}`
    throw new InvalidInputError('INVALID_INPUT', 'proxyEnv', 'left out', undefined, { message })
  }
  return { ...proxies, NO_PROXY: env.no_proxy ?? env.NO_PROXY ?? '' }
}

function addressIn(env: ProxyEnv, name: string): string {
  const lower = name.toLowerCase()
  const text = (env[lower] ?? env[name] ?? '').trim()
  if (text === '') return ''
  // Without a scheme it is http, as for curl.
  const address = text.includes('://') ? text : `http://${text}`
  if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)) return address
  const path = env[lower] === undefined ? name : lower
  // It may hold a password.
  throw new InvalidInputError(
    'INVALID_INPUT',
    path,
    'an http or https address of a proxy',
    '[hidden]',
  )
}
