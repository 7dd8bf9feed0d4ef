// One of the processes of strategies.test.ts that attach by digest tags at the same time. It waits
// until it is told to go, and reports the digests that it attached.
import { attach, repository } from '../../src/index.ts'
import { digestTags } from '../../src/strategies/index.ts'

const [name = '', subject = '', own = ''] = process.argv.slice(2)
const app = repository(name)

process.once('message', async () => {
  const attached = await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      attach(
        app,
        subject,
        {
          artifactType: 'application/vnd.example.report',
          blobs: [{ data: `report ${i} of ${own}`, mediaType: 'text/plain' }],
        },
        { strategy: digestTags() },
      ),
    ),
  )
  process.send?.(
    attached.map(({ digest }) => digest),
    () => process.disconnect(),
  )
})
process.send?.('ready')
