// Fulcio, Rekor and a timestamp authority on one port of this machine, by Sigstore's own mock. A process of its own:
// the mock changes Node's HTTP client.
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

interface Handler {
  readonly path: string
  fn(body: string): Promise<{
    readonly statusCode: number
    readonly response: string | Uint8Array
    readonly contentType?: string
  }>
}

const [module = ''] = process.argv.slice(2)
const mock = await import(module)
const keys = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })

const handlers: Handler[] = []
const server = createServer(async (request, response) => {
  const handler = handlers.find(({ path }) => path === request.url)
  if (!handler) return void response.writeHead(404).end()
  const { statusCode, response: body, contentType } = await handler.fn(await text(request))
  response.writeHead(statusCode, { 'content-type': contentType ?? 'text/plain' }).end(body)
})
server.listen(0, '127.0.0.1', async () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const authority = await mock.initializeCA(keys, await mock.initializeCTLog(keys))
  handlers.push(
    mock.fulcioHandler(authority),
    mock.rekorHandler(await mock.initializeTLog(url, keys)),
    mock.tsaHandler(await mock.initializeTSA(keys)),
  )
  process.send?.(url)
})
process.once('disconnect', () => process.exit())
