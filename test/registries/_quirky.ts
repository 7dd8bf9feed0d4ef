// A registry with one habit of those in the field: an embedded one, of which a test answers some requests itself.
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../src/embedded/index.ts'
import type { Repository, RepositoryOptions } from '../../src/index.ts'
import { repository } from '../../src/index.ts'
import type { Descriptor } from '../../src/model/descriptor.ts'
import { pushImage } from '../_image.ts'

/** A request as it came in, and how it was answered. */
export interface Sent {
  readonly method: string
  readonly url: URL
  readonly authorization: string | undefined
  readonly status: number
}

/** What a habit sees of a request. */
export interface Asked {
  readonly method: string
  /** Path below `/v2/<name>/`, or the whole path of any other. */
  readonly path: string
  readonly url: URL
  readonly headers: Headers
  /** The answer of the registry below the habit. */
  readonly pass: () => Promise<Response>
}

/** Answers a request in its own way, or leaves it to the registry. */
export type Habit = (asked: Asked) => Response | Promise<Response> | undefined

export interface Quirky {
  readonly app: Repository
  /** Another object for the same repository, that has seen nothing of the registry yet. */
  readonly again: (options?: RepositoryOptions) => Repository
  readonly sent: Sent[]
  /** `METHOD path` of every request, the path as a habit sees it. */
  readonly lines: () => string[]
  readonly warnings: string[]
  /** Pushes an image at a tag, past the habit. */
  readonly push: (tag?: string, seed?: string) => Promise<Descriptor>
  /** The same repository without the habit. */
  readonly straight: Repository
}

/** Where these registries are. */
export const HOST = 'registry.test'

/** @param like - what the registry is but for its habit */
export function quirky(
  habit: Habit,
  options: RepositoryOptions = {},
  like: EmbeddedRegistryOptions = {},
  name: string = `${HOST}/team/app`,
): Quirky {
  const registry = embeddedRegistry(like)
  const sent: Sent[] = []
  const warnings: string[] = []
  const below = new URL(`http://${name}`).pathname
  const pathOf = ({ pathname }: URL) => {
    const start = `/v2${below}/`
    return pathname.startsWith(start) ? pathname.slice(start.length) : pathname
  }
  const fetch = async (request: Request) => {
    const url = new URL(request.url)
    const { method, headers } = request
    const pass = () => registry.fetch(request)
    const response = await (habit({ method, path: pathOf(url), url, headers, pass }) ?? pass())
    const authorization = headers.get('authorization') ?? undefined
    sent.push({ method, url, authorization, status: response.status })
    return response
  }
  const onWarning = ({ message }: { readonly message: string }) => void warnings.push(message)
  const again = (more: RepositoryOptions = {}) =>
    repository(name, { fetch, onWarning, ...options, ...more })
  const straight = repository(name, { fetch: registry.fetch })
  return {
    app: again(),
    again,
    sent,
    warnings,
    straight,
    lines: () => sent.map(({ method, url }) => `${method} ${pathOf(url)}`),
    push: (tag, seed) => pushImage(straight, tag, seed),
  }
}

/** The body of an error. */
export function refusal(
  status: number,
  code: string,
  message = 'no',
  headers: Record<string, string> = {},
): Response {
  return Response.json({ errors: [{ code, message }] }, { status, headers })
}

export { all } from '../_image.ts'
export { thrownBy } from '../model/_bytes.ts'
