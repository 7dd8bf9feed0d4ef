/**
 * References: `host[:port]/name[:tag][@digest]`, with Docker Hub's defaults (distribution-spec 1.1,
 * "Pulling manifests", for name and tag).
 *
 * @module
 */
import { InvalidInputError } from '../errors.ts'
import { type Digest, isDigest, parseDigest } from './digest.ts'

/** The parts of a reference. */
export interface Reference {
  /** `host[:port]`; Docker Hub is `docker.io`. */
  readonly registry: string
  /** Repository name, such as `team/app`. */
  readonly name: string
  readonly tag?: string
  readonly digest?: Digest
}

const namePattern =
  /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/
const tagPattern = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/
const hostPattern =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?$/

/**
 * Takes a reference apart. A first part without a dot, colon or `localhost` is no host: such names
 * live on Docker Hub, and names without a slash there under `library/`.
 *
 * @param path - name of the field, for the error
 * @throws {@link InvalidInputError} `INVALID_REFERENCE`, `INVALID_TAG` or `INVALID_DIGEST`, naming
 *   the part
 * @example
 * ```ts
 * import { parseReference } from 'ocilink'
 *
 * parseReference('localhost:5000/team/app:v1') // { registry: 'localhost:5000', name: 'team/app', tag: 'v1' }
 * parseReference('alpine') // { registry: 'docker.io', name: 'library/alpine' }
 * ```
 */
export function parseReference(text: string, path = 'reference'): Reference {
  if (typeof text !== 'string')
    throw new TypeError(`"${path}" must be a string, got ${typeof text}`)
  refuseScheme(text, path)
  const [beforeDigest, ...digests] = text.split('@')
  // A password may stand there: it is not shown.
  if (digests.length > 1)
    invalid(path, 'host/name[:tag][@digest]', text.slice(text.lastIndexOf('@') + 1))
  if (digests[0]?.includes('/'))
    invalid(path, 'host/name[:tag][@digest], without a user', digests[0])
  const digest = digests[0] === undefined ? undefined : parseDigest(digests[0], `${path}.digest`)

  const slash = beforeDigest!.indexOf('/')
  const first = slash < 0 ? '' : beforeDigest!.slice(0, slash)
  const hasHost = first === 'localhost' || /[.:[]/.test(first)
  let registry = hasHost ? first : 'docker.io'
  let rest = hasHost ? beforeDigest!.slice(slash + 1) : beforeDigest!

  const colon = rest.indexOf(':')
  const tag = colon < 0 ? undefined : parseTag(rest.slice(colon + 1), `${path}.tag`)
  if (colon >= 0) rest = rest.slice(0, colon)

  if (/^(index\.|registry-1\.)?docker\.io$/i.test(registry)) {
    registry = 'docker.io'
    if (!rest.includes('/')) rest = `library/${rest}`
  }
  // The pattern lets through what is no address: 256.1.1.1, [:::], port 65536.
  if (!hostPattern.test(registry) || !URL.canParse(`http://${registry}`))
    invalid(`${path}.registry`, 'host or host:port', registry)
  if (!namePattern.test(rest) || registry.length + 1 + rest.length > 255) {
    invalid(
      `${path}.name`,
      'lower-case parts of a-z, 0-9 and single separators, joined by "/"',
      rest,
    )
  }
  return { registry, name: rest, ...(tag && { tag }), ...(digest && { digest }) }
}

/** A reference's text, the reverse of {@link parseReference}. */
export function formatReference(reference: Reference): string {
  const tag = reference.tag ? `:${reference.tag}` : ''
  const digest = reference.digest ? `@${reference.digest}` : ''
  return `${reference.registry}/${reference.name}${tag}${digest}`
}

/**
 * Checks a tag: 1 to 128 characters of `A-Z a-z 0-9 . _ -`, not starting with `.` or `-`.
 *
 * @throws {@link InvalidInputError} `INVALID_TAG`
 */
export function parseTag(text: string, path = 'tag'): string {
  if (typeof text === 'string' && tagPattern.test(text)) return text
  const shape = '1 to 128 characters of [A-Za-z0-9._-], starting with a letter, digit or "_"'
  throw new InvalidInputError('INVALID_TAG', path, shape, text)
}

/** Checks a tag or a digest, as manifest endpoints take them; whatever holds a `:` is a digest. */
export function parseTagOrDigest(text: string, path: string): string | Digest {
  if (isDigest(text)) return text
  const code = String(text).includes(':') ? 'INVALID_DIGEST' : 'INVALID_TAG'
  if (/[/@]|^\[object/.test(text)) {
    const expected = 'a tag or a digest alone; locate() takes references apart'
    throw new InvalidInputError(code, path, expected, text)
  }
  return code === 'INVALID_DIGEST' ? parseDigest(text, path) : parseTag(text, path)
}

/** Refuses an address with a scheme, and says what to pass instead: no user, password or query. */
function refuseScheme(text: string, path: string): void {
  const [, scheme, meant] = /^([a-z][a-z0-9+.-]*:\/\/)(?:[^/@]*@)?([^?#]*)/i.exec(text) ?? []
  if (!scheme) return
  const http = /^http:/i.test(scheme) ? ', with plainHttp: true for http' : ''
  const message = `"${path}" must not begin with "${scheme}": pass "${meant!.slice(0, 160)}"${http}`
  throw new InvalidInputError('INVALID_REFERENCE', path, 'without a scheme', meant, { message })
}

function invalid(path: string, expected: string, input: string): never {
  throw new InvalidInputError('INVALID_REFERENCE', path, expected, input)
}
