// A repository with an image, whose registry's answers a test can bend.
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../src/embedded/index.ts'
import {
  type Descriptor,
  type Fetch,
  type Repository,
  type RepositoryOptions,
  repository,
} from '../../src/index.ts'
import { putManifest } from '../../src/registry/index.ts'
import { pushImage } from '../_image.ts'

export interface Bent {
  /** Sees the bent answers, and repeats nothing. */
  readonly app: Repository
  /** Another process's view of the same, with what it knows from before. */
  another(more?: RepositoryOptions): Repository
  /** Sees the registry as it is. */
  readonly straight: Repository
  readonly subject: Descriptor
  readonly warnings: string[]
  /** `METHOD path?query` of all requests of {@link app}, as they come. */
  readonly lines: string[]
}

export async function setUp(
  options: EmbeddedRegistryOptions = {},
  bend?: (request: Request, answer: () => Promise<Response>) => Promise<Response> | Response,
): Promise<Bent> {
  const registry = embeddedRegistry(options)
  const warnings: string[] = []
  const lines: string[] = []
  const fetch: Fetch = async (request) => {
    const { pathname, search } = new URL(request.url)
    lines.push(`${request.method} ${pathname.replace('/v2/team/app', '')}${search}`)
    return bend ? bend(request, () => registry.fetch(request)) : registry.fetch(request)
  }
  const another = (more: RepositoryOptions = {}) =>
    repository('registry.test/team/app', {
      fetch: (request) => fetch(request),
      retries: 0,
      onWarning: ({ message }) => warnings.push(message),
      ...more,
    })
  const straight = repository('registry.test/team/app', { fetch: registry.fetch })
  const subject = await pushImage(straight)
  return { app: another(), another, straight, subject, warnings, lines }
}

/** Pushes a document as it is, and gives its descriptor. */
export async function pushDocument(
  repo: Repository,
  document: object,
  tag?: string,
): Promise<Descriptor> {
  const { mediaType } = document as { mediaType: string }
  const bytes = new TextEncoder().encode(JSON.stringify(document))
  return (await putManifest(repo, tag, bytes, { mediaType })).descriptor
}

/** Another answer to some requests. */
export const answerTo =
  (part: string, body: BodyInit | null, init: ResponseInit) =>
  (request: Request, answer: () => Promise<Response>): Promise<Response> | Response =>
    request.url.includes(part) ? new Response(body, init) : answer()

export const html: HeadersInit = { 'content-type': 'text/html' }

/** Answers of registries that have no such list, as recorded, and what they say of it. */
export const absentAnswers: readonly [
  string,
  string | null,
  ResponseInit,
  'unknown' | 'unsupported',
][] = [
  ['404 in plain text', '404 page not found', { status: 404 }, 'unsupported'],
  ['404 as HTML', '<html>', { status: 404, headers: html }, 'unsupported'],
  ['404 METHOD_UNKNOWN', '{"errors":[{"code":"METHOD_UNKNOWN"}]}', { status: 404 }, 'unsupported'],
  ['404 NAME_UNKNOWN', '{"errors":[{"code":"NAME_UNKNOWN"}]}', { status: 404 }, 'unknown'],
  ['400', '{"errors":[{"code":"NAME_INVALID"}]}', { status: 400 }, 'unknown'],
  ['405', null, { status: 405 }, 'unsupported'],
  ['406', null, { status: 406 }, 'unsupported'],
  ['501', null, { status: 501 }, 'unsupported'],
  ['200 with HTML', '<html>', { status: 200, headers: html }, 'unknown'],
]

/** Statuses that say nothing of whether there is a list, or what is in it. */
export const failures: readonly number[] = [401, 403, 408, 429, 500, 502, 503]
