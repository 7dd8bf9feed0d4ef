// `ocilink sweep`: what is of no use in a bucket.
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { serve } from '../../src/node/index.ts'
import { digestOf, pushBlob, pushImage } from '../embedded/_registry.ts'
import { processOn } from '../s3/_processes.ts'
import { BUCKET, type TestStore, testStore } from '../s3/_store.ts'
import { run } from './_here.ts'

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
  return () => vi.unstubAllEnvs()
})

/** A bucket with an image, and a blob that nobody needs. */
async function bucket(): Promise<{ store: TestStore; address: string; key: string }> {
  const store = testStore()
  const send = processOn(store)
  await pushImage(send, 'app', 'v1')
  await pushBlob(send, 'app', 'nobody')
  const server = await serve({ fetch: store.fetch() })
  onTestFinished(() => server.close())
  store.ahead += 2 * 86_400_000
  return { store, address: `${server.url}/${BUCKET}`, key: `app/_blobs/${digestOf('nobody')}` }
}

test('says what is of no use, and takes it away only when it is told to', async () => {
  const { store, address, key } = await bucket()
  const item = { what: 'blob', repository: 'app', key, size: 6 }
  const looked = await run('sweep', '--s3', address, '--json')
  expect(looked.stderr).toBe('')
  expect(JSON.parse(looked.stdout)).toEqual({
    dryRun: true,
    items: [{ ...item, deleted: false }],
    size: 6,
  })
  expect(store.keys()).toContain(key)
  expect((await run('sweep', '--s3', address, '--older-than', '3')).stdout).toBe(
    '0 of no use, 0 bytes\n',
  )
  const deleted = await run('sweep', '--s3', address, '--delete')
  expect(deleted).toMatchObject({
    code: 0,
    stdout: `deleted  blob  6  ${key}\n1 of no use, 6 bytes\n`,
  })
  expect(store.keys()).not.toContain(key)
})

test('wants keys from the environment, and a bucket', async () => {
  expect(await run('sweep', '--s3', 'http://127.0.0.1:1')).toMatchObject({ code: 3 })
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', '')
  const { code, stderr } = await run('sweep', '--s3', 'http://127.0.0.1:1/images')
  expect(code).toBe(3)
  expect(stderr).toContain('--s3 needs the environment variable AWS_SECRET_ACCESS_KEY')
})
