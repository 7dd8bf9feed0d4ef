// "Why does X say unsigned?": what the rules of examples/explorer say that oras, regctl and notation see, against what
// they do see.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { factsOf } from '../../examples/explorer/src/why/facts.ts'
import type { Kind } from '../../examples/explorer/src/why/kinds.ts'
import type { Client, Rule } from '../../examples/explorer/src/why/rule.ts'
import { clients as allClients } from '../../examples/explorer/src/why/rules.ts'
import { whyNot } from '../../examples/explorer/src/why/why.ts'
import {
  attach,
  convert,
  type Digest,
  type Manifest,
  parseDigest,
  type Repository,
  referrersTag,
  repair,
  repository,
  type Strategy,
} from '../../src/index.ts'
import { getManifest, putManifest } from '../../src/registry/index.ts'
import * as factories from '../../src/strategies/index.ts'
import { artifacts, pushBuildkitImage, takes } from '../explorer/_linked.ts'
import { dockerRegistry, olareg, type RunningRegistry } from './_registries.ts'
import { type Clients, clientsFor } from './_tools.ts'

const strategies = Object.values(factories)
  .map((factory) => factory() as Strategy)
  .filter(({ choices, readOnly }) => !choices && !readOnly)

/** What a client lists, by the program itself: all digests that are in its output. */
interface Asked {
  readonly id: string
  readonly option?: string
  /** It looks at what it looks at without the option too. */
  readonly adds?: boolean
  ask(clients: Clients, reference: string): Promise<string>
}

const asked: readonly Asked[] = [
  {
    id: 'oras',
    ask: (clients, reference) => clients.oras('discover', '--format', 'json', reference),
  },
  {
    id: 'oras',
    option: '--distribution-spec v1.1-referrers-tag',
    ask: (clients, reference) => {
      const option = ['--distribution-spec', 'v1.1-referrers-tag']
      return clients.oras('discover', ...option, '--format', 'json', reference)
    },
  },
  {
    id: 'regctl',
    ask: (clients, reference) =>
      clients.regctl(['artifact', 'list', '--format', '{{json .Descriptors}}', reference]),
  },
  {
    id: 'regctl',
    option: '--digest-tags',
    adds: true,
    ask: (clients, reference) => {
      const option = ['--digest-tags', '--format', '{{json .Descriptors}}']
      return clients.regctl(['artifact', 'list', ...option, reference])
    },
  },
  {
    id: 'notation',
    ask: (clients, reference) =>
      clients.program('notation', 'list', '--insecure-registry', reference),
  },
]

/** A client with the rules of one option, or with those that hold without any. */
function clientWith(id: string, option?: string, adds = false): Client {
  const client = allClients.find((one) => one.id === id)!
  const reads = Object.entries(client.reads).map(([kind, rules]) => {
    if ('never' in rules) return [kind, rules]
    const own = rules.filter((rule) => rule.option === option || (adds && !rule.option))
    return [kind, own.map(({ option: _, ...rule }): Rule => rule)]
  })
  return { ...client, reads: Object.fromEntries(reads) }
}

describe.each([olareg, dockerRegistry])('$name', (registry) => {
  let running: RunningRegistry
  let clients: Clients
  let images = 0
  beforeAll(async () => {
    running = await registry.start()
    clients = await clientsFor(running)
  })
  afterAll(async () => {
    await clients?.close()
    await running?.stop()
  })

  interface Image {
    readonly name: string
    readonly app: Repository
    readonly digest: Digest
  }
  async function image(): Promise<Image> {
    images += 1
    const name = `team/why-${images}`
    const digest = parseDigest(await clients.pushImage(name, 'v1'))
    return { name, app: repository(`${running.host}/${name}`), digest }
  }

  /** What the rules say is not what the program does: each is named. */
  async function disagreements({ name, app, digest }: Image, found: string): Promise<string[]> {
    const facts = await factsOf(app, digest)
    const wrong: string[] = []
    for (const { id, option, adds, ask } of asked) {
      const output = await ask(clients, `${running.host}/${name}@${digest}`)
      const really = output.includes(found)
      const findings = whyNot(facts, [clientWith(id, option, adds)])
      const said = findings.some(({ digests }) => digests.includes(found))
      if (said !== really)
        wrong.push(`${id} ${option ?? ''}: the rules say ${said}, it says ${really}`)
    }
    return wrong
  }

  const cases = strategies.flatMap((strategy) =>
    Object.entries(artifacts)
      .filter(([, artifact]) => takes(strategy, artifact))
      .map(([what, artifact]) => ({ way: strategy.name, what, strategy, artifact })),
  )
  // Manifests of proposals, which these registries refuse.
  const refused = ['artifact-manifest', 'node-manifest']
  test.each(cases.filter(({ way }) => !refused.includes(way)))(
    'clients see $what, linked by $way, where the rules say so',
    async ({ strategy, artifact }) => {
      const target = await image()
      const { digest } = await attach(target.app, target.digest, artifact, { strategy, settle: 0 })
      expect(await disagreements(target, digest)).toEqual([])
    },
  )

  test('clients see BuildKit’s attestations where the rules say so: none does', async () => {
    const { name, app } = await image()
    const { index, attestation } = await pushBuildkitImage(app)
    expect(await disagreements({ name, app, digest: index }, attestation)).toEqual([])
  })

  test('what the rules advise makes a thing seen', async () => {
    const target = await image()
    const strategy = factories.digestTags()
    const artifact = artifacts['an SBOM, attested by cosign 3']
    await attach(target.app, target.digest, artifact, { strategy })
    const [oras] = [clientWith('oras')]
    const find = async (kind: Kind) =>
      whyNot(await factsOf(target.app, target.digest), [oras]).find((one) => one.kind === kind)!
    expect(await find('sbom')).toMatchObject({
      seen: 'not seen',
      why: expect.stringContaining('`ocilink convert … --as oci-subject`'),
    })
    await convert(target.app, target.digest, { to: factories.ociSubject(), settle: 0 })
    const { seen, digests } = await find('sbom')
    expect(seen).toBe('seen')
    expect(await clients.oras('discover', '--format', 'json', referenceTo(target))).toContain(
      digests[0],
    )
  })
  const referenceTo = ({ name, digest }: Image) => `${running.host}/${name}@${digest}`

  // Where there is no list of the registry's own.
  if (!registry.referrersApi) {
    test('who goes by the types in a list does not see what has the empty type there, until it is repaired', async () => {
      const target = await image()
      const artifact = artifacts['a signature of notation']
      const { digest } = await attach(target.app, target.digest, artifact)
      const tag = referrersTag(target.digest)
      const { bytes } = await getManifest(target.app, tag)
      const list = JSON.parse(new TextDecoder().decode(bytes))
      list.manifests[0].artifactType = 'application/vnd.oci.empty.v1+json'
      await putManifest(target.app, tag, list as Manifest)
      expect(await disagreements(target, digest)).toEqual([])
      const notation = clientWith('notation')
      const find = async () => whyNot(await factsOf(target.app, target.digest), [notation])[0]!
      expect(await find()).toMatchObject({
        seen: 'not seen',
        why: expect.stringContaining('`repair()`'),
      })
      await repair(target.app, target.digest)
      expect(await find()).toMatchObject({ seen: 'seen', digests: [digest] })
      expect(await disagreements(target, digest)).toEqual([])
    })
  }
})
