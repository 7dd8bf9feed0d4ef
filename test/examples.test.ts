// Runs the examples as they are, against the embedded registry on a port: each attaches a file in its way
// and lists it again.
import { readdirSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { embeddedRegistry } from '../src/embedded/index.ts'
import { attach, referrersTag, repository } from '../src/index.ts'
import { type RunningServer, serve } from '../src/node/index.ts'
import { deleteManifest, findManifest, putManifest } from '../src/registry/index.ts'
import * as strategies from '../src/strategies/index.ts'
import { pushImage } from './_image.ts'

let server: RunningServer
let directory: string
const argv = process.argv
beforeAll(async () => {
  server = await serve(embeddedRegistry())
  directory = await mkdtemp(join(tmpdir(), 'ocilink-examples-'))
  await writeFile(join(directory, 'sbom.json'), '{"spdxVersion":"SPDX-2.3"}')
  vi.stubEnv('DOCKER_CONFIG', directory)
})
afterAll(async () => {
  await server.close()
  await rm(directory, { recursive: true })
  vi.unstubAllEnvs()
})
afterEach(() => {
  process.argv = argv
  vi.restoreAllMocks()
})

let runs = 0

/** Runs one with arguments and gives the lines that it printed. */
async function run(name: string, ...args: readonly string[]): Promise<string[]> {
  const lines: string[] = []
  vi.spyOn(console, 'log').mockImplementation((...parts) => lines.push(parts.join(' ')))
  process.argv = ['node', `examples/${name}.ts`, ...args]
  // A module of its own each time: a program runs when it is loaded.
  await import(/* @vite-ignore */ `../examples/${name}.ts?run=${++runs}`)
  return lines
}

/** The names of the strategies, and so of their examples. */
const names = (Object.values(strategies) as (() => { name: string; readOnly?: boolean })[])
  .map((factory) => factory())
  .filter(({ readOnly }) => !readOnly)
  .map(({ name }) => (name === 'oci-subject' ? 'attach' : name))

test.each(names)('%s attaches a file and lists it', async (name) => {
  const host = new URL(server.url).host
  const app = `${host}/team/${name}`
  const { digest } = await pushImage(repository(app))
  const file = join(directory, 'sbom.json')
  const lines = await run(name, `${app}:v1`, file, 'application/spdx+json')
  expect(lines[0]).toMatch(new RegExp(`^Attached sha256:[0-9a-f]{64} to ${digest}`))
  const attached = lines[0]!.split(' ')[1]
  expect(lines.slice(1)).toEqual([
    expect.stringMatching(
      new RegExp(`^${attached}  application/spdx\\+json  \\d+ bytes  found by .`),
    ),
  ])
})

test('buildkit lists the attestations of an image index', async () => {
  const app = repository(`${new URL(server.url).host}/team/built`)
  const image = await pushImage(app)
  const attestation = await pushImage(app, 'attestation', 'statement')
  const annotations = {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': image.digest,
  }
  const entry = {
    ...attestation,
    annotations,
    platform: { os: 'unknown', architecture: 'unknown' },
  }
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  await putManifest(app, 'v1', { schemaVersion: 2, mediaType, manifests: [image, entry] })
  const lines = await run('buildkit', `${app.registry}/${app.name}:v1`)
  expect(lines).toEqual([expect.stringContaining(attestation.digest)])
})

test('discover-everything finds all that it attached', async () => {
  const lines = await run('discover-everything')
  const attached = lines.filter((line) => line.startsWith('attached '))
  expect(attached).toHaveLength(6)
  expect(lines).toContain(`\nfound ${attached.length}, complete: true`)
  // As README has it.
  expect(lines).toContain('11 requests in 2 round trips')
})

test('quickstart attaches an SBOM and finds it, and no provenance', async () => {
  const lines = (await run('quickstart')).join('\n')
  expect(lines).toMatch(/SBOM attached\? +true/)
  expect(lines).toMatch(/Provenance attached\? +false/)
})

test('read prints the SBOM of a platform, and what statements say', async () => {
  const app = repository(`${new URL(server.url).host}/team/read`)
  const image = await pushImage(app)
  const mediaType = 'application/vnd.cyclonedx+json'
  const blobs = [{ data: '{"bomFormat":"CycloneDX"}', mediaType }]
  await attach(app, image, { artifactType: mediaType, blobs })
  const subject = [{ digest: { sha256: image.digest.slice('sha256:'.length) } }]
  const statement = { _type: 'https://in-toto.io/Statement/v1', predicateType: 'p', subject }
  const type = 'application/vnd.in-toto+json'
  const data = JSON.stringify(statement)
  await attach(app, image, { artifactType: type, blobs: [{ data, mediaType: type }] })
  expect(await run('read', `${app.registry}/${app.name}:v1`, 'linux/amd64')).toEqual([
    '{"bomFormat":"CycloneDX"}',
    'p, about this image, linked by oci-subject, signature not checked',
  ])
})

test('copy takes an image with what is attached, and shows that nothing stayed behind', async () => {
  const app = repository(`${new URL(server.url).host}/team/copied`)
  const { digest } = await pushImage(app)
  const note = { artifactType: 'application/vnd.example.note', annotations: { text: 'hello' } }
  const { digest: attached } = await attach(app, 'v1', note)
  const lines = await run('copy', `${app.registry}/${app.name}:v1`, `${app.registry}/mirror/copied`)
  expect(lines).toEqual([
    expect.stringMatching(new RegExp(`^Copied ${digest} to .+ in \\d+ requests$`)),
    `copied ${attached} application/vnd.example.note`,
    'Nothing stayed behind',
  ])
})

test('convert links what cosign keeps at its tags, and says that it holds', async () => {
  const app = repository(`${new URL(server.url).host}/team/convert`)
  const image = await pushImage(app)
  const mediaType = 'application/spdx+json'
  const artifact = { artifactType: mediaType, blobs: [{ data: '{}', mediaType }] }
  await attach(app, image, artifact, { strategy: strategies.cosignTags(), settle: 0 })
  const [certificate, verdict] = await run('convert', `${app.registry}/${app.name}:v1`)
  expect(JSON.parse(certificate!)).toMatchObject({
    complete: true,
    image: { digest: image.digest },
  })
  expect(verdict).toBe('It holds.')
})

test('air-gap saves an image with what is attached, and loads it elsewhere', async () => {
  const app = repository(`${new URL(server.url).host}/team/air-gap`)
  await pushImage(app)
  const artifactType = 'application/spdx+json'
  const sbom = await attach(app, 'v1', { artifactType })
  await attach(app, sbom, { artifactType: 'application/vnd.example.signature' })
  const file = join(directory, 'app.tar')
  expect(await run('air-gap', 'save', `${app.registry}/${app.name}:v1`, file)).toEqual([
    expect.stringMatching(/^Saved 2 referrers, \d+ bytes$/),
  ])
  expect(await run('air-gap', 'load', file, `${app.registry}/team/mirror:v1`)).toEqual([
    'Loaded 2 referrers, and nothing stayed behind',
  ])
  expect(readdirSync(directory).filter((name) => name.startsWith('app.tar'))).toEqual(['app.tar'])
})

test('clean-up deletes an image with what is attached, after a plan that says so', async () => {
  const app = repository(`${new URL(server.url).host}/team/removed`)
  const { digest } = await pushImage(app)
  const sbom = await attach(app, 'v1', { artifactType: 'application/spdx+json' })
  const signed = await attach(app, sbom, { artifactType: 'application/vnd.example.signature' })
  const plan = [
    `delete-manifest ${signed.digest} because it is attached to ${sbom.digest}`,
    `delete-manifest ${sbom.digest} because it is attached to ${digest}`,
    `delete-manifest ${digest} because it is to be removed`,
  ]
  const reference = `${app.registry}/${app.name}:v1`
  expect(await run('clean-up', reference)).toEqual([...plan, 'That is all.'])
  expect(await findManifest(app, 'v1')).toBeDefined()
  const lines = await run('clean-up', reference, 'yes')
  const done = [signed.digest, sbom.digest, digest].map((one) => `done ${one} `)
  expect(lines).toEqual([...plan, ...done, 'That is all.'])
  for (const one of [signed.digest, sbom.digest, digest]) {
    expect(await findManifest(app, one)).toBeUndefined()
  }
})

test('clean-up of a repository deletes what is linked to an image that is gone', async () => {
  const app = repository(`${new URL(server.url).host}/team/pruned`)
  const lives = await pushImage(app, 'v1')
  const gone = await pushImage(app, 'old', 'old')
  const how = { strategy: strategies.digestTags() }
  const dead = await attach(app, gone, { artifactType: 'application/spdx+json' }, how)
  const kept = await attach(app, lives, { artifactType: 'application/vnd.example.note' }, how)
  await deleteManifest(app, gone.digest)
  const reason = `because what it is attached to is gone: ${gone.digest}`
  const lines = await run('clean-up', `${app.registry}/${app.name}`, 'yes')
  expect(lines).toEqual([
    expect.stringMatching(
      `^delete-manifest ${dead.digest} ${referrersTag(gone.digest)}.* ${reason}$`,
    ),
    `done ${dead.digest} `,
    'That is all.',
  ])
  expect(await findManifest(app, dead.digest)).toBeUndefined()
  expect(await findManifest(app, kept.digest)).toBeDefined()
})
