// cdxgen's way of attaching and fetching SBOMs: its own beside ours, and its programs with ours in the place of its own.
import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { serve } from '../../src/node/index.ts'
import { dockerRegistry, type LiveRegistry, olareg } from '../live/_registries.ts'
import { type Clients, clientsFor, run } from '../live/_tools.ts'
import { installExample } from './_install.ts'
import { attaches, listed, processes, storm } from './_storm.ts'
import { expectTypes } from './_types.ts'

const all = processes * attaches
const program = join(import.meta.dirname, '_attach-boms.ts')

let place: string
/** Modules that attach and fetch. */
let theirs: string
let ours: string
beforeAll(async () => {
  place = await installExample('cdxgen')
  const url = (path: string) => pathToFileURL(join(place, path)).href
  theirs = url('node_modules/@cyclonedx/cdxgen/lib/managers/oci.js')
  ours = url('oci.ts')
})

/** cdxgen speaks http to `localhost` alone. */
const atLocalhost = (host: string) => host.replace('127.0.0.1', 'localhost')

/** Runs one of cdxgen's programs, with ours in it or as it is; gives what it prints. */
function cdxgen(
  name: 'sign' | 'verify',
  clients: Clients,
  args: readonly string[],
  how: 'ours' | 'its own',
) {
  const path = join(place, 'node_modules/@cyclonedx/cdxgen/bin', `${name}.js`)
  const replaced = how === 'ours' ? ['--import', join(place, 'in-place.ts')] : []
  const env = { PATH: process.env.PATH, HOME: clients.directory }
  return run(process.execPath, [...replaced, path, ...args], { cwd: clients.directory, env })
}

/** Writes an SBOM and a pair of keys for it. */
async function writeSbom(directory: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = {
    private: { type: 'pkcs8', format: 'pem' },
    public: { type: 'spki', format: 'pem' },
  } as const
  await writeFile(join(directory, 'private.pem'), privateKey.export(pem.private))
  await writeFile(join(directory, 'public.pem'), publicKey.export(pem.public))
  const bom = { bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, components: [] }
  await writeFile(join(directory, 'bom.json'), JSON.stringify(bom))
}

const signing = ['-i', 'bom.json', '-k', 'private.pem', '-a', 'ES256', '--attach']
const verifying = ['--public-key', 'public.pem', '-i']

interface Running {
  readonly clients: Clients
  /** Host and port. */
  readonly real: string
  /** The same, as cdxgen speaks http to it. */
  readonly host: string
  stop(): Promise<void>
}

async function start(registry: LiveRegistry): Promise<Running> {
  const running = await registry.start()
  const clients = await clientsFor(running)
  await writeSbom(clients.directory)
  const stop = async () => {
    await clients.close()
    await running.stop()
  }
  return { clients, real: running.host, host: atLocalhost(running.host), stop }
}

describe(`${processes} processes attach ${attaches} SBOMs each, all at once, on docker-registry`, () => {
  let at: Running
  beforeAll(async () => {
    at = await start(dockerRegistry)
  })
  afterAll(() => at?.stop())

  test(`by ours: all ${all} are listed`, async () => {
    const image = `team/ours@${await at.clients.pushImage('team/ours', 'v1')}`
    const outcomes = await storm(program, { module: ours, image: `${at.host}/${image}` })
    expect(outcomes.map(({ error }) => error).filter(Boolean)).toEqual([])
    const attached = outcomes.map(({ digest }) => digest).sort()
    expect(new Set(attached).size).toBe(all)
    expect(await listed(`${at.host}/${image}`)).toEqual(attached)
    const byRegctl = await at.clients.regctlList(`${at.real}/${image}`)
    expect(byRegctl.map(({ digest }) => digest).sort()).toEqual(attached)
  })

  test('by its own: fewer are', async () => {
    const image = `${at.host}/team/theirs@${await at.clients.pushImage('team/theirs', 'v1')}`
    const outcomes = await storm(program, { module: theirs, image })
    const done = outcomes.filter(({ error }) => !error).length
    const kept = (await listed(image)).length
    console.log(
      `cdxgen's own on docker-registry: ${done} of ${all} said to be attached, ${kept} listed`,
    )
    expect(kept).toBeGreaterThan(0)
    // All of them read one tag and write it again.
    expect(kept).toBeLessThan(all)
  })
})

test("ours has the types of cdxgen's own", async () => {
  const theirs = './node_modules/@cyclonedx/cdxgen/types/lib/managers/oci.js'
  await expectTypes(place, './oci.ts', theirs)
})

describe.each([dockerRegistry, olareg])("cdxgen's programs on $name", (registry) => {
  let at: Running
  beforeAll(async () => {
    at = await start(registry)
  })
  afterAll(() => at?.stop())

  test.each([
    ['ours', 'its own'],
    ['its own', 'ours'],
    ['ours', 'ours'],
  ] as const)('what cdx-sign attaches by %s, cdx-verify finds by %s', async (signer, verifier) => {
    const name = `team/${signer}-${verifier}`.replaceAll(' ', '-')
    const digest = await at.clients.pushImage(name, 'v1')
    const image = `${at.host}/${name}:v1`
    expect(await cdxgen('sign', at.clients, [...signing, image], signer)).toContain(
      `Attached SBOM natively to ${image}`,
    )
    const types = await at.clients.orasDiscover(`${at.real}/${name}@${digest}`)
    expect(types.map(({ artifactType }) => artifactType)).toEqual([
      'application/vnd.cyclonedx+json',
    ])
    expect(await cdxgen('verify', at.clients, [...verifying, image], verifier)).toContain('✓')
  })

  test('nothing attached, and no such image: cdx-verify says which', async () => {
    await at.clients.pushImage('team/bare', 'v1')
    const bare = cdxgen('verify', at.clients, [...verifying, `${at.host}/team/bare:v1`], 'ours')
    await expect(bare).rejects.toThrow('is invalid!')
    await expect(bare).rejects.not.toThrow('Unable to pull')
    const gone = cdxgen('verify', at.clients, [...verifying, `${at.host}/team/none:v1`], 'ours')
    await expect(gone).rejects.toThrow('Unable to pull')
  })
})

test("with ours in its place cdxgen's programs send every request by ocilink, else none", async () => {
  const agents: string[] = []
  const registry = embeddedRegistry()
  const server = await serve({
    fetch(request) {
      agents.push(request.headers.get('user-agent') ?? '')
      return registry.fetch(request)
    },
  })
  const clients = await clientsFor(server)
  try {
    await clients.pushImage('team/app', 'v1')
    await writeSbom(clients.directory)
    const image = `${atLocalhost(server.host)}/team/app:v1`
    const sent = async (how: 'ours' | 'its own') => {
      agents.length = 0
      await cdxgen('sign', clients, [...signing, image], how)
      await cdxgen('verify', clients, [...verifying, image], how)
      return new Set(agents)
    }
    expect(await sent('ours')).toEqual(new Set(['ocilink']))
    expect(await sent('its own')).not.toContain('ocilink')
  } finally {
    await clients.close()
    await server.close()
  }
})
