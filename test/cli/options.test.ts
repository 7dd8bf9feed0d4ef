// Options that change how something is asked for: seen at the registry, or in what is found.
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { attach, type Digest, repository } from '../../src/index.ts'
import { serve } from '../../src/node/index.ts'
import { putManifest } from '../../src/registry/index.ts'
import { pushImage } from '../_image.ts'
import { run } from './_here.ts'
import { IN_TOTO, type LinkedImage, type Place, PROVENANCE, SBOM, startPlace } from './_images.ts'

let place: Place
let image: LinkedImage
beforeAll(async () => {
  place = await startPlace()
  image = await place.linked('team/app')
})
afterAll(() => place?.close())

test('--timeout ends what is not answered, and says how to wait longer', async () => {
  const slow = await startPlace({ faults: [{ delay: 60_000 }] })
  onTestFinished(() => slow.close())
  const began = performance.now()
  const args = ['tags', `${slow.host}/team/app`, '--timeout', '1']
  const { code, stdout, stderr } = await run(...args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('--timeout <seconds>')
  expect(performance.now() - began).toBeLessThan(20_000)
})

test('--concurrency bounds the requests that are sent at the same time', async () => {
  const { fetch } = embeddedRegistry({ profile: 'distribution2' })
  let running = 0
  let most = 0
  const server = await serve({
    async fetch(request) {
      most = Math.max(most, ++running)
      try {
        await new Promise((resolve) => setTimeout(resolve, 20))
        return await fetch(request)
      } finally {
        running--
      }
    },
  })
  onTestFinished(() => server.close())
  await pushImage(repository(`${server.host}/team/app`))
  const seen = async (...args: string[]) => {
    most = 0
    expect((await run('tree', `${server.host}/team/app:v1`, ...args)).code).toBe(0)
    return most
  }
  expect(await seen('--concurrency', '2')).toBe(2)
  expect(await seen('--concurrency', '1')).toBe(1)
  expect(await seen()).toBeGreaterThan(2)
})

test('--platform is that of an index, in tree, read and copy', async () => {
  const { repo } = image
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  const platforms = ['amd64', 'arm64'] as const
  const images: { digest: Digest; made: string; architecture: string }[] = []
  const manifests = []
  for (const architecture of platforms) {
    const one = await pushImage(repo, architecture, architecture)
    const data = `for ${architecture}`
    const blobs = [{ data, mediaType: 'text/plain' }] as const
    const made = await attach(repo, one.digest, { artifactType: SBOM, blobs }, { settle: 0 })
    images.push({ digest: one.digest, made: made.digest, architecture })
    manifests.push({ ...one, platform: { os: 'linux', architecture } })
  }
  await putManifest(repo, 'multi', { schemaVersion: 2, mediaType, manifests })
  const reference = `${place.host}/team/app:multi`
  for (const { digest, made, architecture } of images) {
    const platform = ['--platform', `linux/${architecture}`]
    const { stdout } = await run('tree', reference, ...platform, '--format', 'table')
    expect(stdout.match(/sha256:[0-9a-f]{64}/g)).toEqual([made])
    const read = await run('read', reference, '-t', SBOM, ...platform)
    expect(read.stdout).toBe(`for ${architecture}`)
    const target = `${place.host}/team/${architecture}`
    const copied = await run('copy', reference, `${target}:v1`, ...platform, '--json')
    expect(copied.code, copied.stderr).toBe(0)
    for (const one of images) {
      expect((await run('has', `${target}@${one.digest}`)).code).toBe(one.digest === digest ? 0 : 1)
    }
  }
})

test('discover goes by --type and --depth, and read by --predicate', async () => {
  const { reference, stated, byList, repo } = image
  const { digest: below } = await attach(repo, byList, { artifactType: 'a/b' }, { settle: 0 })
  const found = async (...args: string[]) =>
    JSON.parse((await run('discover', reference, ...args, '--json')).stdout).referrers.map(
      (one: { digest: string }) => one.digest,
    )
  expect(await found('--type', IN_TOTO)).toEqual([stated])
  expect(await found()).not.toContain(below)
  expect(await found('--depth', '2')).toContain(below)
  const { stdout } = await run('read', reference, '--predicate', PROVENANCE)
  expect(JSON.parse(stdout)).toEqual(image.statement)
  expect((await run('read', reference, '--predicate', 'https://other.example')).code).toBe(1)
})
