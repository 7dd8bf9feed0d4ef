// "Why does X say unsigned?": what the rules of examples/explorer say that cosign 2 and 3 see, against what they verify.
import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { factsOf } from '../../examples/explorer/src/why/facts.ts'
import type { Client } from '../../examples/explorer/src/why/rule.ts'
import { clients as allClients } from '../../examples/explorer/src/why/rules.ts'
import { whyNot } from '../../examples/explorer/src/why/why.ts'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import {
  type ArtifactInput,
  attach,
  convert,
  type Digest,
  parseDigest,
  type Repository,
  repository,
  type Strategy,
} from '../../src/index.ts'
import { serve } from '../../src/node/index.ts'
import * as factories from '../../src/strategies/index.ts'
import { pushImage } from '../_image.ts'
import { takes } from '../explorer/_linked.ts'
import { dockerRegistry, olareg, type RunningRegistry } from '../live/_registries.ts'
import { type Clients, clientsFor } from '../live/_tools.ts'
import {
  attestImage,
  bundleFor,
  type Cosign,
  cosign2Directory,
  type Key,
  signImage,
  startCosign,
} from './_cosign.ts'

const { cosignTags, digestTags, ociSubject } = factories
const strategies = Object.values(factories)
  .map((factory) => factory() as Strategy)
  .filter(({ choices, needs }) => !choices && needs.length === 0)

const spdx = 'https://spdx.dev/Document'
const slsa = 'https://slsa.dev/provenance/v1'
const spdxType = 'application/spdx+json'
const slsaPredicate = { buildDefinition: {}, runDetails: {} }

const artifactOf = (short: string) => `application/vnd.dev.cosign.artifact.${short}.v1+json`
const sbom = { mediaType: spdxType, data: '{"spdxVersion":"SPDX-2.3"}' }

/** What is attached, signed by a key of ours. */
const made: Readonly<Record<string, (key: Key, name: string, digest: string) => ArtifactInput>> = {
  'a signature of cosign 2': signImage,
  'a signature of cosign 2 for OCI 1.1': (key, name, digest) => ({
    ...signImage(key, name, digest),
    artifactType: artifactOf('sig'),
  }),
  'a signature of cosign 3': (key, _, digest) =>
    bundleFor(key, digest, 'https://sigstore.dev/cosign/sign/v1', {}),
  'an SBOM': () => ({ artifactType: spdxType, blobs: [sbom] }),
  'an SBOM of cosign 2 for OCI 1.1': () => ({ artifactType: artifactOf('sbom'), blobs: [sbom] }),
  'an SBOM, attested by cosign 2': (key, _, digest) => attestImage(key, digest, spdx, {}),
  'an SBOM, attested by cosign 3': (key, _, digest) => bundleFor(key, digest, spdx, {}),
  'provenance of cosign 2': (key, _, digest) => attestImage(key, digest, slsa, slsaPredicate),
  'provenance of cosign 3': (key, _, digest) => bundleFor(key, digest, slsa, slsaPredicate),
}

/** Options with which it looks where it looks without them too. */
const ADDS = ['--experimental-oci11']

/** A client with the rules of one command, and one option or none. */
function clientWith(id: string, command: string, option?: string): Client {
  const client = allClients.find((one) => one.id === id)!
  const reads = Object.entries(client.reads).map(([kind, rules]) => {
    const own = 'never' in rules ? [] : rules
    const adds = option !== undefined && ADDS.includes(option)
    const same = own.filter(
      (rule) => rule.command === command && (rule.option === option || (adds && !rule.option)),
    )
    return [kind, same.map(({ option: _, ...rule }) => rule)]
  })
  return { ...client, reads: Object.fromEntries(reads) }
}

/** Each command of the rules, with each option that is checked. */
const commands = ['cosign-2', 'cosign-3'].flatMap((id) => {
  const client = allClients.find((one) => one.id === id)!
  const rules = Object.values(client.reads).flatMap((own) => ('never' in own ? [] : own))
  const lines = rules
    .filter(({ checked }) => checked)
    .map(({ command, option }) => [command, option])
  return [...new Map(lines.map((line) => [line.join(' '), line])).values()].map(
    ([command, option]) => ({ id, command: command!, option }),
  )
})

const anyKey: Key = {
  secret: generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey,
  publicFile: '',
}
/** Each by each way that takes it: cosign's tags have a place for its own formats alone. */
const cases = strategies.flatMap((strategy) =>
  Object.entries(made)
    .filter(([, make]) => takes(strategy, make(anyKey, 'app', '')))
    .map(([what]) => ({ way: strategy.name, what, strategy })),
)

describe.concurrent.each([olareg, dockerRegistry])('$name', (registry) => {
  let running: RunningRegistry
  let clients: Clients
  let programs: Readonly<Record<string, Cosign>>
  let key: Key
  let trustedRoot: string
  let images = 0
  beforeAll(async () => {
    running = await registry.start()
    clients = await clientsFor(running)
    programs = {
      'cosign-2': await startCosign(cosign2Directory),
      'cosign-3': await startCosign(),
    }
    key = await programs['cosign-3']!.makeKey()
    trustedRoot = join(programs['cosign-3']!.directory, 'root.json')
    const mediaType = 'application/vnd.dev.sigstore.trustedroot+json;version=0.1'
    await writeFile(trustedRoot, JSON.stringify({ mediaType }))
  })
  afterAll(async () => {
    for (const program of Object.values(programs ?? {})) await program.close()
    await clients?.close()
    await running?.stop()
  })

  interface Image {
    readonly app: Repository
    readonly digest: Digest
    readonly reference: string
    link(what: string, strategy: Strategy, by?: Key): Promise<unknown>
  }
  async function image(): Promise<Image> {
    images += 1
    const name = `${running.host}/team/why-${images}`
    const digest = parseDigest(await clients.pushImage(`team/why-${images}`, 'v1'))
    const app = repository(name)
    return {
      app,
      digest,
      reference: `${name}@${digest}`,
      link: (what, strategy, by = key) =>
        attach(app, digest, made[what]!(by, name, digest), { strategy, settle: 0 }),
    }
  }

  /** Whether a command finds what it verifies, or downloads. */
  async function accepts(id: string, line: string, reference: string, by = key): Promise<boolean> {
    const [, ...words] = line.split(' ')
    const verifies = words[0]!.startsWith('verify')
    const trust = verifies ? ['--key', by.publicFile, '--insecure-ignore-tlog'] : []
    // Elsewhere it comes from Sigstore.
    if (line.includes('--new-bundle-format')) trust.push('--trusted-root', trustedRoot)
    try {
      await programs[id]!.run(...words, ...trust, '--allow-http-registry', reference)
      return true
    } catch (error) {
      // Nothing else may be wrong with it.
      expect(String(error)).toMatch(
        /no signatures found|no matching|none of the attestations|no sbom|MANIFEST_UNKNOWN|no valid bundles|manifest unknown/i,
      )
      return false
    }
  }

  /** Where the rules say something else than the program. */
  async function disagreements({ app, digest, reference }: Image): Promise<readonly string[]> {
    const facts = await factsOf(app, digest)
    const wrong: string[] = []
    for (const { id, command, option } of commands) {
      const line = option ? `${command} ${option}` : command
      const really = await accepts(id, line, reference)
      const findings = whyNot(facts, [clientWith(id, command, option)])
      const said = findings.some(({ seen }) => seen === 'seen')
      if (said !== really) wrong.push(`${id}, ${line}: the rules say ${said}, it says ${really}`)
    }
    return wrong
  }

  test.each(cases)('cosign sees $what, linked by $way, where the rules say so', async (given) => {
    const target = await image()
    await target.link(given.what, given.strategy)
    expect(await disagreements(target)).toEqual([])
  })

  test.each([
    ['a signature of cosign 3', 'an SBOM, attested by cosign 2'],
    ['an SBOM, attested by cosign 3', 'a signature of cosign 2'],
    ['an SBOM, attested by cosign 3', 'provenance of cosign 2'],
  ])('%s keeps cosign 3 from %s at its tag', async (bundled, atTag) => {
    const target = await image()
    await target.link(bundled, ociSubject())
    await target.link(atTag, cosignTags())
    expect(await disagreements(target)).toEqual([])
  })

  test('an SBOM that somebody else attested hides a good signature at the tag from cosign 3', async () => {
    const target = await image()
    await target.link('a signature of cosign 2', cosignTags())
    const signedBy = (id: string) => accepts(id, 'cosign verify', target.reference)
    expect([await signedBy('cosign-2'), await signedBy('cosign-3')]).toEqual([true, true])
    const other = await programs['cosign-3']!.makeKey()
    await target.link('an SBOM, attested by cosign 3', ociSubject(), other)
    expect(await signedBy('cosign-2')).toBe(true)
    await expect(programs['cosign-3']!.verify(target.reference, key.publicFile)).rejects.toThrow()
    const [finding] = whyNot(await factsOf(target.app, target.digest), [
      clientWith('cosign-3', 'cosign verify'),
    ])
    expect(finding!.why).toContain('so it does not look at the tag')
  })

  test('what the rules advise makes a signature seen', async () => {
    const target = await image()
    await target.link('a signature of cosign 2', digestTags())
    const client = clientWith('cosign-2', 'cosign verify')
    const find = async () => whyNot(await factsOf(target.app, target.digest), [client])[0]!
    expect((await find()).why).toContain('`ocilink convert … --as cosign-tags`')
    expect(await accepts('cosign-2', 'cosign verify', target.reference)).toBe(false)
    await convert(target.app, target.digest, { to: cosignTags(), settle: 0 })
    expect((await find()).seen).toBe('seen')
    expect(await accepts('cosign-2', 'cosign verify', target.reference)).toBe(true)
  })
})

test('cosign reads the first page of a list alone, and the rules leave open what is on it', async () => {
  const registry = embeddedRegistry({ pageSize: 1 })
  const server = await serve(registry)
  onTestFinished(() => server.close())
  const cosign = await startCosign()
  onTestFinished(() => cosign.close())
  const key = await cosign.makeKey()
  const name = `${new URL(server.url).host}/team/app`
  const app = repository(name)
  const { digest } = await pushImage(app)
  const bundle = made['a signature of cosign 3']!(key, name, digest)
  const { digest: signature } = await attach(app, digest, bundle)
  const isVerified = () =>
    cosign.verify(`${name}@${digest}`, key.publicFile).then(
      () => true,
      () => false,
    )
  expect(await isVerified()).toBe(true)
  const url = `${server.url}/v2/team/app/referrers/${digest}`
  // Lists are in the order of digests: some note comes before it.
  for (let i = 0; (await (await fetch(url)).text()).includes(signature); i++) {
    await attach(app, digest, { artifactType: 'text/x-note', annotations: { text: `${i}` } })
  }
  expect(await isVerified()).toBe(false)
  const [finding] = whyNot(await factsOf(app, digest), [clientWith('cosign-3', 'cosign verify')])
  expect(finding).toMatchObject({ seen: 'unknown', why: expect.stringMatching(/\d pages alone/) })
})
