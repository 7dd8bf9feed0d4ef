/**
 * Addresses that the upstream names, as the gateway's clients can use them: of uploads, next pages and token services.
 *
 * @module
 */
import type { Settings } from './options.ts'

/**
 * An address at the upstream as a path, which clients take for ours; any other as it is. Behind a proxy that speaks TLS for
 * it a registry may say http.
 *
 * @param base - what was requested, which a relative address is relative to (RFC 9110, section 10.2.2)
 */
export function ourAddress(address: string, base: URL, origin: URL): string {
  if (!URL.canParse(address, base.href)) return address
  const url = new URL(address, base)
  if (url.host !== origin.host) return URL.canParse(address) ? address : url.href
  // What begins with two slashes would name another host.
  return (url.pathname.startsWith('//') ? '/.' : '') + url.pathname + url.search
}

/**
 * A challenge whose token service is at the upstream itself is answered through the gateway too, unless the way from here
 * to there would be less safe than the client's own.
 */
export function ourRealm(challenge: string, origin: URL, own: string): string {
  return challenge.replace(/\brealm=(?:"([^"]*)"|([^\s",]+))/gi, (whole, quoted, token) => {
    const realm = quoted ?? token
    if (!URL.canParse(realm)) return whole
    const url = new URL(realm)
    const safe = url.protocol === 'http:' || origin.protocol === 'https:'
    return url.host === origin.host && safe ? `realm="${own}${url.pathname}${url.search}"` : whole
  })
}

/** The gateways on a request's way, this one last (RFC 9110, section 7.6.3). */
export function viaOf({ headers }: Request, { via }: Pick<Settings, 'via'>): string {
  const before = headers.get('via')
  return `${before === null ? '' : `${before}, `}1.1 ${via()}`
}

/** Where a client sees the gateway: a proxy that speaks TLS for it says so. */
export function ownOrigin({ url, headers }: Request): string {
  const { host, origin } = new URL(url)
  const [protocol = ''] = (headers.get('x-forwarded-proto') ?? '').split(',')
  return protocol.trim().toLowerCase() === 'https' ? `https://${host}` : origin
}
