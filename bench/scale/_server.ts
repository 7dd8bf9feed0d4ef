// One process of a registry on a store, for measure.ts: node --conditions=source _server.ts ENDPOINT BUCKET. Says where
// it listens, and answers each message with the processor time that it has taken.
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { nodeFetch, serve } from '../../src/node/index.ts'
import { s3Storage } from '../../src/s3/index.ts'

const [endpoint = '', bucket = ''] = process.argv.slice(2)
const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' }
const storage = s3Storage({ endpoint, bucket, credentials, redirect: true, fetch: nodeFetch() })
const server = await serve(embeddedRegistry({ storage }))

process.on('message', () => process.send!(process.cpuUsage()))
process.on('disconnect', () => process.exit())
process.send!(server.url)
