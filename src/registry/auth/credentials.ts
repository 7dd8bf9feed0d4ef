/**
 * Credentials: what a caller gives for a registry, as a value or as an async source.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import { encodeBase64 } from '../../platform/base64.ts'

/** One registry's credentials. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  /** An OAuth2 refresh token, as `docker login` keeps it for some registries. */
  | { readonly identityToken: string }
  /** A bearer token, sent as it is. */
  | { readonly registryToken: string }

/**
 * Looks up credentials. Called once per registry, and only when the registry wants some; again after it failed, and
 * where credentials that were good are refused, so that it can give the next ones.
 *
 * @param registry - `host[:port]`; Docker Hub is `docker.io`
 * @param repository - name of the repository that wants some, such as `team/app`
 * @returns `undefined` for anonymous access
 */
export interface CredentialSource {
  (registry: string, repository?: string): Promise<Credentials | undefined>
  /**
   * Whether it has credentials for parts of a registry: then it is called for each repository.
   *
   * @default false
   */
  readonly perRepository?: boolean | undefined
  /**
   * Whether it may have credentials, found out without asking anybody for them; called once for each repository. Where it
   * has none, a registry that refuses a request is not asked what login it wants, and no request waits for the first
   * one's challenge.
   *
   * @default that it may
   */
  readonly mayKnow?: ((registry: string, repository?: string) => Promise<boolean>) | undefined
  /**
   * What a user can do where there are none: the end of the error's message.
   *
   * @default that the credentials know none
   */
  readonly hint?: ((registry: string) => string) | undefined
}

/** @internal What to do where there are no credentials. */
export function loginHint(
  source: Credentials | CredentialSource | undefined,
  registry: string,
): string {
  if (source === undefined) return 'pass "credentials" to repository()'
  const hint = typeof source === 'function' ? source.hint?.(registry) : undefined
  return hint ?? 'the "credentials" that were given know none for it'
}

const shapes = [['username', 'password'], ['identityToken'], ['registryToken']]

/**
 * Checks credentials. Errors name the field, and hold nothing of what is in it.
 *
 * @throws `InvalidInputError` `INVALID_INPUT`
 */
export function checkCredentials(credentials: unknown, path = 'credentials'): void {
  const given = Object(credentials) as Record<string, unknown>
  const names = given === credentials ? Object.keys(given) : []
  const extra = (shape: readonly string[]) =>
    names.some((name) => given[name] !== undefined && !shape.includes(name))
  const shape = shapes.find((fields) => fields.some((field) => names.includes(field)))
  if (!shape || extra(shape)) {
    const expected = '{ username, password }, { identityToken } or { registryToken }'
    throw new InvalidInputError('INVALID_INPUT', path, expected, hidden(credentials))
  }
  for (const field of shape) {
    if (typeof given[field] === 'string') continue
    throw new InvalidInputError(
      'INVALID_INPUT',
      `${path}.${field}`,
      'a string',
      hidden(given[field]),
    )
  }
}

function hidden(value: unknown): unknown {
  return value === undefined || value === null ? value : typeof value
}

/** `Basic` value of a user name and password, in UTF-8 (RFC 7617). */
export function basic(credentials: {
  readonly username: string
  readonly password: string
}): string {
  const bytes = new TextEncoder().encode(`${credentials.username}:${credentials.password}`)
  return `Basic ${encodeBase64(bytes)}`
}
