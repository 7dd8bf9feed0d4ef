/**
 * The explorer's page, with registries behind it: its requests get the logins of who started it, which the page never
 * sees.
 *
 * @module
 */
import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { Fetch, RepositoryOptions } from '../../index.ts'
import type { LoggedIn } from '../../registry/index.ts'

/** How to reach registries. */
export interface ExplorerOptions {
  /** Directory of the built page. */
  readonly page: string
  readonly connection: RepositoryOptions
}

/** A page that is served. */
export interface Explorer {
  /** Path of the page: nobody else on this machine knows it. */
  readonly path: string
  readonly fetch: Fetch
}

/** Registries that are kept ready. */
const MAX_REGISTRIES = 100

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}

/** Nothing but the page's own files runs, and nothing but this server is asked. */
const headers: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // The address has the secret.
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** Makes the handler; the page's files are read once. */
export async function makeExplorer({ page, connection }: ExplorerOptions): Promise<Explorer> {
  const files = await readFiles(page)
  const registryOf = await makeRegistries(connection)
  const path = `/${randomBytes(16).toString('base64url')}/`
  return {
    path,
    async fetch(request) {
      const { pathname } = new URL(request.url)
      // Also what asks for a registry: the page only looks.
      const reads = request.method === 'GET' || request.method === 'HEAD'
      if (!pathname.startsWith(path) || !reads) return new Response(null, { status: 404, headers })
      const rest = pathname.slice(path.length)
      const [, registry, below] = /^registries\/([^/]+)(\/(?:v2|v3|oras)\/.*)$/.exec(rest) ?? []
      if (registry !== undefined) return registryOf(registry, below!, request)
      const file = files.get(rest || 'index.html')
      if (!file) return new Response(null, { status: 404, headers })
      const type = types[extname(rest || 'index.html')] ?? 'application/octet-stream'
      return new Response(file, { headers: { ...headers, 'content-type': type } })
    },
  }
}

/** The page's files by their paths; its own says where registries are. */
async function readFiles(page: string): Promise<ReadonlyMap<string, Uint8Array<ArrayBuffer>>> {
  const names = await readdir(page, { recursive: true, withFileTypes: true })
  const files = await Promise.all(
    names
      .filter((entry) => entry.isFile())
      .map(async ({ parentPath, name }) => {
        const path = join(parentPath, name)
        const key = path.slice(page.length + 1).replaceAll('\\', '/')
        return [key, new Uint8Array(await readFile(path))] as const
      }),
  )
  const map = new Map(files)
  const html = new TextDecoder().decode(map.get('index.html'))
  const meta = '<meta name="ocilink-registries" content="registries/" />'
  map.set('index.html', new TextEncoder().encode(html.replace('</title>', `</title>\n    ${meta}`)))
  return map
}

interface Failure {
  readonly code: string
  readonly message: string
}

type Registries = (registry: string, path: string, request: Request) => Promise<Response>

/** Passes requests on as they are: how something is linked must be seen as it is, not as a gateway lists it. */
async function makeRegistries(connection: RepositoryOptions): Promise<Registries> {
  const { loggedIn } = await import('../../registry/index.ts')
  const known = new Map<string, LoggedIn>()
  return async (encoded, path, request) => {
    try {
      const registry = decodeURIComponent(encoded)
      const found = known.get(registry) ?? loggedIn(registry, connection)
      if (known.size < MAX_REGISTRIES) known.set(registry, found)
      const url = `${found.origin}${path}${new URL(request.url).search}`
      const { method, signal } = request
      const asked = new Headers({ accept: request.headers.get('accept') ?? '*/*' })
      const range = request.headers.get('range')
      if (range !== null) asked.set('range', range)
      return passedOn(await found.fetch(new Request(url, { method, signal, headers: asked })))
    } catch (error) {
      request.signal.throwIfAborted()
      const { code, message = String(error) } = Object(error) as Partial<Failure>
      const told = encodeURIComponent(JSON.stringify({ code, message }))
      return new Response(null, { headers: { ...passive, 'x-ocilink-error': told } })
    }
  }
}

/** What others wrote, which is for the page's scripts alone: opened by itself, or as a script of the page, it is nothing. */
const passive: Readonly<Record<string, string>> = {
  ...headers,
  'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
  'content-type': 'application/octet-stream',
}

/** What a page needs of a registry's headers; all else, such as cookies and leave for other pages, stays here. */
const needed = [
  ...['content-length', 'content-range', 'accept-ranges', 'etag', 'link', 'warning'],
  ...['docker-content-digest', 'oci-filters-applied', 'oci-subject', 'retry-after'],
]

/**
 * An answer for the page. Its status is in a header: "there is none" is an answer here, and no error in the browser's
 * console. So is its type, on which a browser would act.
 */
function passedOn({ body, status, headers: given }: Response): Response {
  const all = new Headers(passive)
  // Its length is that of what was packed.
  const isUnpacked = given.has('content-encoding')
  for (const name of needed) {
    const value = given.get(name)
    if (value !== null && !(isUnpacked && name === 'content-length')) all.set(name, value)
  }
  all.set('x-ocilink-status', `${status}`)
  const type = given.get('content-type')
  if (type !== null) all.set('x-ocilink-type', type)
  return new Response(body, { status: 200, headers: all })
}
