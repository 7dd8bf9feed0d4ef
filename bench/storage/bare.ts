// The least that a program of Node does for the requests of this bench: it hashes, writes a file and moves it into place,
// or sends one. It checks nothing, lists nothing and makes nothing last. What it takes, Node takes.
//
// node bench/storage/bare.ts <directory>
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, readFileSync, statSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'

const [, , directory = '.'] = process.argv
const small = 64 * 1024
let count = 0

const fileOf = ({ url = '' }: IncomingMessage) =>
  join(directory, url.slice(url.lastIndexOf('/') + 1))

async function keep(request: IncomingMessage): Promise<string> {
  count += 1
  const temporary = join(directory, `${count}.tmp`)
  const hash = createHash('sha256')
  if (Number(request.headers['content-length']) <= small) {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const bytes = Buffer.concat(chunks)
    hash.update(bytes)
    await writeFile(temporary, bytes)
  } else {
    const out = createWriteStream(temporary)
    request.on('data', (chunk: Buffer) => hash.update(chunk)).pipe(out)
    await finished(out)
  }
  const digest = `sha256:${hash.digest('hex')}`
  await rename(temporary, join(directory, digest))
  return digest
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'POST') {
    response.writeHead(202, { Location: '/v2/bench/blobs/uploads/1', 'Content-Length': 0 }).end()
  } else if (request.method === 'PUT') {
    const digest = await keep(request)
    response.writeHead(201, { 'Docker-Content-Digest': digest, 'Content-Length': 0 }).end()
  } else {
    const { size } = statSync(fileOf(request))
    response.writeHead(200, { 'Content-Length': size })
    if (size <= small) response.end(readFileSync(fileOf(request)))
    else createReadStream(fileOf(request), { highWaterMark: 256 * 1024 }).pipe(response)
  }
}

const server = createServer((request, response) => void answer(request, response))
server.listen(0, '127.0.0.1', () => {
  console.log(`127.0.0.1:${(server.address() as AddressInfo).port}`)
})
