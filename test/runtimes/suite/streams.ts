// Blobs made of streams, and the runtime's own way to send one.
import { attach, digestOf, type Repository, readArtifact } from 'ocilink'
import { pushBlob } from 'ocilink/registry'
import { equal, holds } from './check.ts'
import { artifactOf, bytesOf, MiB, pushImage, streamOf } from './content.ts'
import { type SuiteTest, test } from './test.ts'

/** What matrices say of streamed uploads. */
export const SENDS_STREAMS = 'sends a stream as one request body (fetch itself)'

async function comesBack(app: Repository, data: Parameters<typeof artifactOf>[0], size: number) {
  await pushImage(app)
  await attach(app, 'v1', artifactOf(data))
  const read = await readArtifact(app, 'v1', { artifactType: 'application/vnd.example.data' })
  const back = await new Response(await read.stream()).arrayBuffer()
  equal(back.byteLength, size)
  equal(await digestOf(new Uint8Array(back)), await digestOf(bytesOf(size)))
}

export const streams: readonly SuiteTest[] = [
  test('attaches a small stream', ({ repo }) =>
    comesBack(repo('withApi'), streamOf(bytesOf(100_000)), 100_000)),

  test('attaches a stream of 9 MiB', ({ repo }) =>
    comesBack(repo('withApi'), streamOf(bytesOf(9 * MiB)), 9 * MiB)),

  test('attaches an async iterable', ({ repo }) => {
    async function* pieces() {
      const bytes = bytesOf(2 * MiB)
      for (let i = 0; i < 2; i++) yield bytes.subarray(i * MiB, (i + 1) * MiB)
    }
    return comesBack(repo('withApi'), pieces(), 2 * MiB)
  }),

  test('attaches a Blob', ({ repo }) =>
    comesBack(repo('withApi'), new Blob([bytesOf(2 * MiB)]), 2 * MiB)),

  test('attaches the body of an answer', async ({ hosts, repo }) => {
    const app = repo('withApi')
    const { digest } = await pushBlob(app, bytesOf(MiB))
    const answer = await fetch(`http://${hosts.withApi}/v2/${app.name}/blobs/${digest}`)
    await comesBack(repo('withApi', {}, 'other'), answer, MiB)
  }),

  test(SENDS_STREAMS, async ({ hosts, repo }) => {
    const base = `http://${hosts.withApi}`
    const opened = await fetch(`${base}/v2/${repo('withApi').name}/blobs/uploads/`, {
      method: 'POST',
    })
    const session = new URL(opened.headers.get('location')!, base)
    const bytes = bytesOf(2 * MiB)
    session.searchParams.set('digest', await digestOf(bytes))
    const stream = { method: 'PUT', body: streamOf(bytes), duplex: 'half' } as const
    const answer = await fetch(session, stream as RequestInit)
    holds(answer.status === 201, `the blob arrived whole (${answer.status})`)
  }),
]
