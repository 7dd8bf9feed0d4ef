/**
 * Where a registry may send us: rules for token realms, redirects, upload locations and links.
 * Credentials belong to one origin (scheme, host and port).
 *
 * @module
 */

/** Hosts that are known to hold another registry's token service. */
const knownRealms: Readonly<Record<string, string>> = {
  'registry-1.docker.io': 'auth.docker.io',
  'registry.gitlab.com': 'gitlab.com',
}

/** Whether a host is `localhost`, a loopback address or one of their spellings. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, '')
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    /^127\.\d+\.\d+\.\d+$/.test(host) ||
    host === '[::1]' ||
    /^\[::ffff:7f[0-9a-f]{2}:/.test(host)
  )
}

/**
 * IPv4 addresses that no host in the internet has (IANA's special-purpose registry, multicast and what is reserved).
 * The URL parser has already turned decimal, octal and short spellings into dotted ones.
 */
const specialIpv4 =
  /^(0|10|127|169\.254|172\.(1[6-9]|2\d|3[01])|192\.(0\.[02]|88\.99|168)|198\.(1[89]|51\.100)|203\.0\.113|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])|2(2[4-9]|[345]\d))\./

/**
 * Within IPv6's global unicast, 2000::/3: 2001::/23 for protocols (Teredo embeds IPv4 addresses), 6to4 that does so too,
 * and two blocks for documentation.
 */
const specialIpv6 = /^\[(2001:(0?[01]?[0-9a-f]{1,2}:|:|db8:)|2002:|3fff:)/

/** Whether a host is an address literal (or name) of this machine, or one that no host in the internet has. */
function isPrivate(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, '')
  // The URL parser has already turned decimal, octal and short IPv4 spellings into dotted ones.
  return (
    isLoopback(host) ||
    (/^[\d.]+$/.test(host) && specialIpv4.test(host)) ||
    (host.startsWith('[') && !/^\[[23][0-9a-f]{3}:/.test(host)) ||
    specialIpv6.test(host)
  )
}

/**
 * Whether a request may go from the registry to `target` at all: never from https to http, never to
 * a private or loopback address unless the registry lives on one, never with a user name in it.
 */
export function mayVisit(registry: URL, target: URL): boolean {
  if (target.username || target.password) return false
  if (target.protocol !== 'https:' && target.protocol !== registry.protocol) return false
  return !isPrivate(target.hostname) || isPrivate(registry.hostname)
}

/** Whether credentials may go to a token realm. */
export function mayAuthenticate(registry: URL, realm: URL, trusted: readonly string[]): boolean {
  return (
    realm.origin === registry.origin ||
    knownRealms[registry.host] === realm.host ||
    trusted.includes(realm.host)
  )
}

/**
 * Resolves an address that a registry gives of itself: a `Location`, or a `Link`. Behind a TLS proxy registries name
 * themselves with http: such an address on the registry's own host is taken back to the registry's origin.
 *
 * @returns `undefined` where it is another host's, or has a user name in it
 */
export function ownAddress(registry: URL, from: string, text: string): URL | undefined {
  if (!URL.canParse(text, from)) return undefined
  const target = new URL(text, from)
  target.hash = ''
  if (target.username || target.password) return undefined
  if (target.origin === registry.origin) return target
  const plain = registry.protocol === 'https:' && target.protocol === 'http:'
  if (target.hostname !== registry.hostname || !plain) return undefined
  // Not resolved as text: a path may start with "//", which names another host.
  const own = new URL(registry)
  own.pathname = target.pathname
  own.search = target.search
  return own
}

/**
 * Resolves an upload `Location`.
 *
 * @returns `undefined` when the address must not be used
 */
export function uploadTarget(
  registry: URL,
  from: string,
  location: string,
  trusted: readonly string[],
): URL | undefined {
  const own = ownAddress(registry, from, location)
  if (own || !URL.canParse(location, from)) return own
  const target = new URL(location, from)
  target.hash = ''
  return trusted.includes(target.host) && mayVisit(registry, target) ? target : undefined
}

/** An address for messages and events: no user, query or fragment, where secrets live. */
export function redact(address: string | URL): string {
  const url = new URL(address)
  return url.origin + url.pathname
}
