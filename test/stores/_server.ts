// A process that serves a bucket: the options of its storage are JSON in its first argument.
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { serve } from '../../src/node/index.ts'
import { s3Storage } from '../../src/s3/index.ts'

const storage = s3Storage(JSON.parse(process.argv[2]!))
const { url } = await serve(embeddedRegistry({ storage }), { port: Number(process.argv[3] ?? 0) })
console.log(url)
