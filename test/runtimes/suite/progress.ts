// How far an upload or a download is.
import { attach, type ProgressEvent, readArtifact } from 'ocilink'
import { equal, holds } from './check.ts'
import { artifactOf, bytesOf, MiB, pushImage } from './content.ts'
import { type SuiteTest, test } from './test.ts'

const artifactType = 'application/vnd.example.data'

export const progress: readonly SuiteTest[] = [
  test('an upload moves from 0 to its end', async ({ repo }) => {
    const events: ProgressEvent[] = []
    const app = repo('withApi', { onProgress: (event) => void events.push(event) })
    await pushImage(app)
    events.length = 0
    await attach(app, 'v1', artifactOf(bytesOf(2 * MiB)))
    const moved = events
      .filter(({ bytes }) => bytes.total === 2 * MiB)
      .map(({ bytes }) => bytes.done)
    equal([moved[0], moved.at(-1)], [0, 2 * MiB])
    equal(
      moved,
      moved.toSorted((a, b) => a - b),
    )
  }),

  test('an upload in chunks moves with each of them', async ({ repo }) => {
    const moved = new Set<number>()
    const app = repo('withApi', { onProgress: ({ bytes }) => void moved.add(bytes.done) })
    await pushImage(app)
    await attach(app, 'v1', artifactOf(bytesOf(2 * MiB)), { chunkSize: MiB / 2 })
    for (let i = 0; i <= 4; i++) holds(moved.has((i * MiB) / 2), `it was seen at ${i / 2} MiB`)
  }),

  test('a download moves to its end', async ({ repo }) => {
    const events: ProgressEvent[] = []
    const app = repo('withApi', { onProgress: (event) => void events.push(event) })
    await pushImage(app)
    await attach(app, 'v1', artifactOf(bytesOf(2 * MiB)))
    const read = await readArtifact(app, 'v1', { artifactType })
    events.length = 0
    await new Response(await read.stream()).arrayBuffer()
    const last = events.at(-1)
    equal([last?.direction, last?.bytes.done, last?.bytes.total], ['download', 2 * MiB, 2 * MiB])
  }),
]
