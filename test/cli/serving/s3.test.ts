// `ocilink serve --s3`: processes without a state of their own, on one bucket.
import { expect, test, vi } from 'vitest'
import { digestOf, pushImage } from '../../embedded/_registry.ts'
import { BUCKET, testStore } from '../../s3/_store.ts'
import { startIn } from '../_program.ts'
import { keys, listening, sendTo, served } from './_bucket.ts'

test('lets several processes serve one bucket, below a prefix', async () => {
  const store = testStore()
  const { address } = await listening(store)
  const [one, two] = await Promise.all([served(`${address}/team/`), served(`${address}/team`)])
  await pushImage(sendTo(one.url), 'app', 'v1')
  expect((await fetch(`${two.url}/v2/app/manifests/v1`)).status).toBe(200)
  expect(store.keys().every((key) => key.startsWith('team/'))).toBe(true)
  one.child.kill('SIGTERM')
  expect((await one.ended).code).toBe(0)
})

test('sends clients to the store for blobs, where it is told to', async () => {
  const store = testStore()
  const { address } = await listening(store)
  const { url } = await served(address, '--redirect')
  await pushImage(sendTo(url), 'app', 'v1')
  const blob = `${url}/v2/app/blobs/${digestOf('{}')}`
  const answer = await fetch(blob, { redirect: 'manual' })
  expect(answer.status).toBe(307)
  expect(answer.headers.get('location')).toMatch(`${address}/app/_blobs/`)
  expect(await (await fetch(blob)).text()).toBe('{}')
})

test('is not ready while the store cannot be reached, and tells who runs it why', async () => {
  const { address, close } = await listening(testStore())
  const { url, output } = await served(address)
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
  await close()
  await vi.waitFor(
    async () => {
      const answer = await fetch(`${url}/readyz`)
      expect(`${answer.status} ${await answer.text()}`).toBe('503 the content cannot be reached\n')
    },
    { timeout: 10_000 },
  )
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  expect((await fetch(`${url}/v2/app/manifests/v1`)).status).toBe(503)
  expect(output.stderr).toMatch(/^GET http:.*\/app\/_tags\/v1 failed: .*ECONNREFUSED/m)
}, 60_000)

test('says why it is not ready, once', async () => {
  const { address } = await listening(testStore())
  const { url, output } = await served(address.replace(BUCKET, 'nowhere'))
  for (const _ of [1, 2, 3]) expect((await fetch(`${url}/readyz`)).status).toBe(503)
  expect(output.stderr).toMatch(/^not ready: GET http:.*\/nowhere answered 404: NoSuchBucket .*\n$/)
})

test.each([
  [['--s3', 'bucket'], {}, '--s3 must be an address with a bucket'],
  [['--s3', 'http://127.0.0.1:1'], {}, '--s3 must be an address with a bucket'],
  [['--s3', 'ftp://127.0.0.1:1/bucket'], {}, '"endpoint" must be an address that begins with http'],
  [['--s3', 'http://key:secret@127.0.0.1:1/bucket'], {}, '--s3 takes no keys'],
  [['--s3', 'http://127.0.0.1:1/UPPER'], {}, '"bucket" must be the name of a bucket'],
  [['--s3', 'http://127.0.0.1:1/bucket', '--dir', 'd'], {}, '--dir and --s3 exclude each other'],
  [['--redirect'], {}, '--redirect is for a bucket'],
  [['--workers', '2'], {}, '--workers is for a bucket'],
  [['--workers', '2', '--dir', 'd'], {}, '--workers is for a bucket'],
  [['--s3', 'http://127.0.0.1:1/bucket', '--workers', '0'], {}, 'from 1 to 64'],
  [['--s3', 'http://127.0.0.1:1/bucket', '--workers', '2'], { AWS_ACCESS_KEY_ID: '' }, 'AWS_'],
  [['--s3', 'http://127.0.0.1:1/bucket'], { AWS_ACCESS_KEY_ID: '' }, 'AWS_ACCESS_KEY_ID'],
  [['--s3', 'http://127.0.0.1:1/bucket'], { AWS_SECRET_ACCESS_KEY: '' }, 'AWS_SECRET_ACCESS_KEY'],
])('refuses %j with %j before it listens', async (args, env, said) => {
  const ended = await startIn({ ...process.env, ...keys, ...env }, 'serve', ...args).ended
  expect(ended).toMatchObject({ code: 3, stdout: '' })
  expect(ended.stderr).toContain(said)
  expect(ended.stderr).not.toContain('secret@')
})
