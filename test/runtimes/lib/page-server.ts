// Serves one page with the files of its bundle, and takes its report.
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** What the module does not catch is reported too: a page has no exit status. */
export const head = `<!doctype html>
<meta charset="utf-8">
<title>a page</title>
<script>
  const fail = (event) => {
    const { message, reason, error } = event
    const body = String((error ?? reason)?.stack ?? reason ?? message ?? event.target?.src)
    fetch('/failure', { method: 'POST', body })
  }
  addEventListener('error', fail, true)
  addEventListener('unhandledrejection', fail)
</script>
`

/** For a page that has no other: the module, and nothing to be seen. */
const html = `${head}<body></body><script type="module" src="/main.js"></script>`

/** What a browser has to know of a file. */
const types: Readonly<Record<string, string>> = { js: 'text/javascript', html: 'text/html' }

export interface PageServer {
  readonly url: string
  /** The report; rejects with what the page failed with, or after `limit` milliseconds. */
  report(limit: number): Promise<string>
  close(): void
}

export async function servePage(
  files: ReadonlyMap<string, string>,
  input: unknown,
): Promise<PageServer> {
  let succeed: (report: string) => void
  let fail: (error: Error) => void
  const report = new Promise<string>((resolve, reject) => {
    succeed = resolve
    fail = reject
  })
  report.catch(() => {})
  const take = async (request: IncomingMessage) => {
    const body = await text(request)
    if (request.url === '/report') succeed(body)
    else fail(new Error(`the page failed: ${body}`))
    return ''
  }
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url!, 'http://page')
    const name = pathname === '/' ? 'index.html' : pathname.slice(1)
    const file = files.get(name) ?? (pathname === '/' ? html : undefined)
    if (request.method === 'POST') response.end(await take(request))
    else if (file !== undefined) {
      response.setHeader('Content-Type', types[name.split('.').at(-1)!] ?? 'text/plain').end(file)
    } else if (pathname === '/input') response.end(JSON.stringify(input))
    else response.writeHead(404).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    async report(limit) {
      const late = new Error(`the page reported nothing within ${limit} ms`)
      const timer = setTimeout(() => fail(late), limit)
      return report.finally(() => clearTimeout(timer))
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
