/**
 * What to do about an error, for people.
 *
 * @module
 */

/** What to do, and the page of the docs, which the package has in `docs/`. */
type Hint = readonly [text: string, page: string]

const speaksHttp: Hint = ['It may speak http: --plain-http', 'program.md#references']
const trust: Hint = [
  'Trust its CA with --ca <file>, or any certificate with --insecure',
  'runtimes.md#an-own-ca',
]
const reach = 'runtimes.md#a-proxy'

const named: Hint = [
  'A reference is host/name:tag, host/name@digest, oci-layout:DIR:tag or oci-archive:FILE:tag',
  'program.md#references',
]
const look: Hint = [
  'Is the name spelled right? "ocilink tags <reference>" has the tags of a repository',
  'program.md#references',
]

const hints: Readonly<Record<string, Hint>> = {
  // The library's codes.
  AUTH_DENIED: [
    'Log in as another user: "ocilink login <registry>", or --user with --password-stdin',
    'program.md#references',
  ],
  INVALID_REFERENCE: named,
  INVALID_TAG: named,
  INVALID_DIGEST: named,
  NOT_FOUND: look,
  NO_MATCH: ['See what is attached with "ocilink tree <reference>"', 'read.md'],
  RATE_LIMITED: [
    'Try again later; some registries allow more to who is logged in',
    'registries.md#limits',
  ],
  TIMEOUT: [
    'Give it more time with --timeout <seconds>, or see with --debug what it waits for',
    'program.md#habits',
  ],
  UNSUPPORTED: [
    'See what the registry can do with "ocilink detect <reference>", and link by another way with --as',
    'registries.md',
  ],
  CONFLICT: [
    'Where others write to that tag, run it again: what was done is kept. Else link by another way with --as',
    'how-attach-works.md',
  ],
  // Node's and OpenSSL's, of connections.
  ENOTFOUND: ['Is the host spelled right? By a proxy it is reached with --proxy', reach],
  EAI_AGAIN: ['Names cannot be looked up now. By a proxy it is reached with --proxy', reach],
  ECONNREFUSED: ['Does it listen there? By a proxy it is reached with --proxy', reach],
  ERR_PROXY_TUNNEL: ['The proxy refused: see --proxy, HTTPS_PROXY and NO_PROXY', reach],
  ERR_SSL_WRONG_VERSION_NUMBER: speaksHttp,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: speaksHttp,
  EPROTO: speaksHttp,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: trust,
  UNABLE_TO_GET_ISSUER_CERT: trust,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: trust,
  SELF_SIGNED_CERT_IN_CHAIN: trust,
  DEPTH_ZERO_SELF_SIGNED_CERT: trust,
  CERT_UNTRUSTED: trust,
  CERT_HAS_EXPIRED: trust,
  ERR_TLS_CERT_ALTNAME_INVALID: trust,
  // The system's, of a server.
  EADDRINUSE: ['Listen on another --port; without one it is a port that is free', 'program.md'],
}

/** Every page that a hint names. */
export const hintPages: readonly string[] = Object.values(hints).map(([, page]) => page)

/**
 * The hint for an error, or for what caused it.
 *
 * @param asked - whether a registry was asked before: what is invalid is then what it answered
 */
export function hintFor(error: unknown, asked: boolean = false): string | undefined {
  // Bounded: a cause may lead back.
  for (let cause = error, depth = 0; depth < 8 && cause; depth++) {
    const { code, cause: next } = Object(cause)
    if (typeof code === 'string' && Object.hasOwn(hints, code)) {
      if (asked && code.startsWith('INVALID_')) return undefined
      const [text, page] = hints[code]!
      return `${text} (docs/${page})`
    }
    cause = next
  }
  return undefined
}
