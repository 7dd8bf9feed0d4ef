// @sigstore/cli as it is on npm attaches by ocilink, where npm's `overrides` put it in the place of @sigstore/oci.
import { chmod, readFile, realpath, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { repository, statements } from '../../src/index.ts'
import { serve } from '../../src/node/index.ts'
import {
  dockerRegistry,
  dockerRegistryBasicAuth,
  olareg,
  olaregBasicAuth,
  olaregTokenAuth,
} from '../live/_registries.ts'
import {
  attach,
  attest,
  BUNDLE,
  moduleOf,
  type Running,
  type Sigstore,
  start,
  startSigstore,
  type Which,
} from './_sigstore.ts'
import { attaches, listed, processes, storm } from './_storm.ts'

const login = { username: 'alice', password: 'wonder:länd' }
const anybody = { username: 'anybody', password: 'anything' }

let sigstore: Sigstore
beforeAll(async () => {
  sigstore = await startSigstore()
})
afterAll(() => sigstore?.stop())

const registries = [
  { registry: dockerRegistry, credentials: anybody },
  { registry: dockerRegistryBasicAuth, credentials: login },
  { registry: olareg, credentials: anybody },
  { registry: olaregBasicAuth, credentials: login },
  { registry: olaregTokenAuth, credentials: login },
]

describe.each(registries)('on $registry.name', ({ registry, credentials }) => {
  let at: Running
  beforeAll(async () => {
    at = await start(registry)
  })
  afterAll(() => at?.stop())
  const anonymous = credentials === anybody
  /** Where there is no login to look up, `sigstore attach` wants one all the same. */
  const given = anonymous ? ['-u', anybody.username, '-p', anybody.password] : []

  test('with ours the CLI attests an image by its tag, and ocilink, oras and regctl find it', async () => {
    const { home, host, clients } = at
    const subject = await clients.pushImage('team/app', 'v1')
    await attest(sigstore, 'ours', home, subject)
    const digest = await attach(sigstore, 'ours', home, ...given, `${host}/team/app:v1`)

    const found = []
    const app = repository(`${host}/team/app`, { credentials })
    for await (const statement of statements(app, subject)) found.push(statement)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({
      wrapper: 'bundle',
      predicateType: 'https://example.com/tested/v1',
      subjectMatches: true,
      referrer: { digest, artifactType: BUNDLE },
    })
    expect(await found[0]?.blob.text()).toBe(await readFile(join(home, 'bundle.json'), 'utf8'))
    const entry = { digest, artifactType: BUNDLE }
    expect(await clients.orasDiscover(`${host}/team/app:v1`)).toMatchObject([entry])
    expect(await clients.regctlList(`${host}/team/app:v1`)).toMatchObject([entry])
  })

  test(`unchanged it ${anonymous ? 'fails' : 'attests one too'}`, async () => {
    const { home, host, clients } = at
    const subject = await clients.pushImage('team/unchanged', 'v1')
    await attest(sigstore, 'its own', home, subject)
    const image = `${host}/team/unchanged@${subject}`
    const attached = attach(sigstore, 'its own', home, ...given, image)
    // It logs in before anything else, and nobody asks it to.
    if (anonymous) return expect(attached).rejects.toThrow('Error uploading artifact')
    const entry = { digest: await attached, artifactType: BUNDLE }
    expect(await clients.regctlList(image)).toMatchObject([entry])
  })
})

describe(`${processes} processes attach ${attaches} bundles each, all at once, on docker-registry`, () => {
  const all = processes * attaches
  const program = join(import.meta.dirname, '_attach-bundles.ts')
  let at: Running
  beforeAll(async () => {
    at = await start(dockerRegistryBasicAuth)
  })
  afterAll(() => at?.stop())

  async function attachAll(which: Which, name: string) {
    const image = `${at.host}/${name}@${await at.clients.pushImage(name, 'v1')}`
    const module = pathToFileURL(moduleOf(sigstore, which)).href
    const outcomes = await storm(program, { module, image }, { HOME: at.home })
    return { outcomes, found: await listed(image, login) }
  }

  test(`by ours: all ${all} are listed`, async () => {
    const { outcomes, found } = await attachAll('ours', 'team/ours')
    expect(outcomes.map(({ error }) => error).filter(Boolean)).toEqual([])
    expect(found).toHaveLength(all)
    expect(found).toEqual(outcomes.map(({ digest }) => digest).sort())
  })

  test('by its own: fewer are', async () => {
    const { outcomes, found } = await attachAll('its own', 'team/theirs')
    const said = outcomes.filter(({ error }) => !error).length
    const counts = `${said} of ${all} said to be attached, ${found.length} listed`
    console.log(`@sigstore/oci's own on docker-registry: ${counts}`)
    expect(found.length).toBeGreaterThan(0)
    // All of them read one tag and write it again.
    expect(found.length).toBeLessThan(all)
  })
})

test('one CLI is both: what it requires is ours in one place, and its own in the other', async () => {
  const lock = JSON.parse(await readFile(join(sigstore.place, 'package-lock.json'), 'utf8'))
  const { integrity } = lock.packages['node_modules/@sigstore/cli']
  expect(integrity).toMatch(/^sha512-/)
  expect(lock.packages['node_modules/unchanged-cli'].integrity).toBe(integrity)
  const ours = await realpath(join(sigstore.place, 'adapter/index.ts'))
  expect(moduleOf(sigstore, 'ours')).toBe(ours)
  expect(moduleOf(sigstore, 'its own')).toContain('node_modules/@sigstore/oci/dist/index.js')
})

test('with ours the CLI sends every request to the registry by ocilink, else none', async () => {
  const agents: string[] = []
  const users = [{ name: login.username, password: login.password }]
  const registry = embeddedRegistry({ auth: { scheme: 'basic', users } })
  const startServer = async () => {
    const fetch = (request: Request) => {
      agents.push(request.headers.get('user-agent') ?? '')
      return registry.fetch(request)
    }
    const server = await serve({ fetch })
    return { host: server.host, login, stop: () => server.close() }
  }
  const at = await start({ start: startServer })
  try {
    const subject = await at.clients.pushImage('team/app', 'v1')
    const sent = async (which: Which) => {
      await attest(sigstore, which, at.home, subject)
      agents.length = 0
      await attach(sigstore, which, at.home, `${at.host}/team/app:v1`)
      return new Set(agents)
    }
    expect(await sent('ours')).toEqual(new Set(['ocilink']))
    expect(await sent('its own')).not.toContain('ocilink')
  } finally {
    await at.stop()
  }
})

test('with ours the CLI finds a login that a credential helper keeps, else not', async () => {
  const at = await start(olaregBasicAuth)
  try {
    const subject = await at.clients.pushImage('team/app', 'v1')
    const answer = JSON.stringify({ Username: login.username, Secret: login.password })
    const helper = join(at.home, 'docker-credential-of-test')
    await writeFile(helper, `#!/bin/sh\nread server\necho '${answer}'\n`)
    await chmod(helper, 0o755)
    const config = { credHelpers: { [at.host]: 'of-test' } }
    await writeFile(join(at.home, '.docker/config.json'), JSON.stringify(config))

    await attest(sigstore, 'ours', at.home, subject)
    const image = `${at.host}/team/app:v1`
    expect(await attach(sigstore, 'ours', at.home, image)).toMatch(/^sha256:/)
    await expect(attach(sigstore, 'its own', at.home, image)).rejects.toThrow(
      'Error getting registry credentials',
    )
  } finally {
    await at.stop()
  }
})
