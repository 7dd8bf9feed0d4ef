/**
 * What to do about an error, for people.
 *
 * @module
 */

const hints: Readonly<Record<string, string>> = {
  // The library's codes.
  AUTH_DENIED:
    'Log in as another user: "ocilink login <registry>", or --user with --password-stdin',
  RATE_LIMITED: 'Try again later; some registries allow more to who is logged in',
  TIMEOUT: 'Give it more time with --timeout <seconds>, or see with --debug what it waits for',
  UNSUPPORTED:
    'See what the registry can do: "ocilink detect <reference>"; link by another way: --as',
  CONFLICT: 'Run it again; what was done is kept',
  // Node's and OpenSSL's, of connections.
  ENOTFOUND: 'Is the host spelled right? By a proxy it is reached with --proxy',
  ECONNREFUSED: 'Does it listen there? By a proxy it is reached with --proxy',
  ERR_PROXY_TUNNEL: 'The proxy refused: see --proxy, HTTPS_PROXY and NO_PROXY',
  ERR_SSL_WRONG_VERSION_NUMBER: 'It may speak http: --plain-http',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'It may speak http: --plain-http',
  EPROTO: 'It may speak http: --plain-http',
  ...Object.fromEntries(
    [
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_GET_ISSUER_CERT',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'CERT_UNTRUSTED',
    ].map((code) => [code, 'Trust its CA with --ca <file>, or any certificate with --insecure']),
  ),
}

/** The hint for an error, or for what caused it. */
export function hintFor(error: unknown): string | undefined {
  // Bounded: a cause may lead back.
  for (let cause = error, depth = 0; depth < 8 && cause; depth++) {
    const { code, cause: next } = Object(cause)
    if (typeof code === 'string' && Object.hasOwn(hints, code)) return hints[code]
    cause = next
  }
  return undefined
}
