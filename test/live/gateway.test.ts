// The gateway before registries without the referrers API: what the official suite, oras, regctl and go-containerregistry
// find there, unmodified.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { attach, type Descriptor, referrers, repository } from '../../src/index.ts'
import { putManifest } from '../../src/registry/index.ts'
import { all } from '../_image.ts'
import { conformanceOf } from './_conformance.ts'
import {
  distribution,
  dockerRegistry,
  olaregBasicAuth,
  olaregTokenAuth,
  type RunningRegistry,
} from './_registries.ts'
import { type ServeProgram, startProgram } from './_serve.ts'
import { buildProgram, type Clients, clientsFor, run } from './_tools.ts'

const processes = 8
const attaches = 8

const gatewayBefore = (upstream: RunningRegistry, ...args: string[]) =>
  startProgram('gateway', '--upstream', upstream.host, ...args)

describe.each([dockerRegistry, distribution])('before $name', (registry) => {
  let running: RunningRegistry
  let gateways: readonly ServeProgram[]
  let clients: Clients
  beforeAll(async () => {
    running = await registry.start()
    gateways = await Promise.all([gatewayBefore(running), gatewayBefore(running)])
    clients = await clientsFor(running)
  })
  afterAll(async () => {
    await clients?.close()
    for (const gateway of gateways ?? []) {
      expect(await gateway.stop()).toBe(0)
      expect(gateway.stderr()).toBe('')
    }
    await running?.stop()
  })

  test('the official suite has no failed test of referrers, and none that passes without it', async () => {
    const direct = await conformanceOf(running.host, '1.1')
    const through = await conformanceOf(gateways[0]!.host, '1.1')
    const ofReferrers = (failed: readonly string[]) =>
      failed.filter((name) => name.includes('referrers'))
    expect(ofReferrers(direct.failed)).not.toEqual([])
    expect(ofReferrers(through.failed)).toEqual([])
    expect(through.failed.filter((name) => !direct.failed.includes(name))).toEqual([])
    expect(through.tests).toBeGreaterThanOrEqual(direct.tests)
  }, 180_000)

  test.each([
    ['one gateway', 1],
    ['two gateways', 2],
  ])(
    '8 processes of oras attach 8 times each through %s: all 64 are listed',
    async (_, count) => {
      const name = `team/storm-${count}`
      const subject = await clients.pushImage(name, 'v1')
      const attachAll = async (own: number) => {
        const { host } = gateways[own % count]!
        for (let i = 0; i < attaches; i++) {
          const type = ['--artifact-type', 'application/vnd.example.storm']
          const annotation = ['--annotation', `number=${own}.${i}`]
          await clients.oras('attach', ...type, ...annotation, `${host}/${name}@${subject}`)
        }
      }
      await Promise.all(Array.from({ length: processes }, (_, own) => attachAll(own)))
      const found = await all(referrers(repository(`${running.host}/${name}`), subject))
      expect(found).toHaveLength(processes * attaches)
      const byOras = await clients.orasDiscover(`${gateways[0]!.host}/${name}@${subject}`)
      expect(byOras).toHaveLength(processes * attaches)
      expect(new Set(byOras.map(({ annotations }) => annotations.number)).size).toBe(64)
    },
    180_000,
  )

  test('regctl puts an artifact through it, finds it, and deletes it', async () => {
    const name = 'team/regctl'
    const subject = await clients.pushImage(name, 'v1')
    const { host } = gateways[0]!
    const own = await clientsFor({ host })
    onTestFinished(() => own.close())
    const type = 'application/vnd.example.regctl'
    const image = `${host}/${name}@${subject}`
    const put = ['artifact', 'put', '--subject', image, '--artifact-type', type]
    await own.regctl([...put, '--file-media-type', 'text/plain'], 'hello')
    const [found] = await own.regctlList(image)
    expect(found).toMatchObject({ artifactType: type })
    const direct = repository(`${running.host}/${name}`)
    expect((await all(referrers(direct, subject))).map(({ digest }) => digest)).toEqual([
      found!.digest,
    ])
    await own.regctl(['manifest', 'delete', `${host}/${name}@${found!.digest}`])
    expect(await all(referrers(direct, subject))).toEqual([])
  })

  test("go-containerregistry finds the type that a policy wants, where the plain registry's list has the empty one", async () => {
    const name = 'team/policy'
    const digest = await clients.pushImage(name, 'v1')
    const app = repository(`${running.host}/${name}`)
    const type = 'application/vnd.dev.sigstore.bundle.v0.3+json'
    const made: Descriptor[] = []
    for (let n = 0; n < 3; n++) {
      const bundle = { artifactType: type, annotations: { n: `${n}` } }
      made.push(await attach(app, digest, bundle, { settle: 0 }))
    }
    // As some tools leave it.
    const artifactType = 'application/vnd.oci.empty.v1+json'
    const manifests = made.map(({ mediaType, digest, size }) => ({
      mediaType,
      digest,
      size,
      artifactType,
    }))
    const mediaType = 'application/vnd.oci.image.index.v1+json'
    const index = { schemaVersion: 2, mediaType, manifests } as const
    await putManifest(app, digest.replace(':', '-'), index)
    const program = await buildProgram('ggcr')
    const count = async (host: string) => run(program, [`${host}/${name}@${digest}`, type])
    expect(await count(running.host)).toBe('0\n')
    expect(await count(gateways[0]!.host)).toBe('3\n')
  }, 120_000)
})

test.each([olaregBasicAuth, olaregTokenAuth])(
  'clients log in to $name through it',
  async (registry) => {
    const running = await registry.start()
    onTestFinished(() => running.stop())
    const { login } = running
    const gateway = await gatewayBefore(running)
    onTestFinished(async () => void (await gateway.stop()))
    const { host } = gateway
    const clients = await clientsFor({ host, login })
    onTestFinished(() => clients.close())
    const subject = await clients.pushImage('team/app', 'v1')
    const image = `${host}/team/app@${subject}`
    await clients.oras(
      'attach',
      '--artifact-type',
      'application/vnd.example.a',
      '--annotation',
      'a=b',
      image,
    )
    expect(await clients.orasDiscover(image)).toHaveLength(1)
    const stranger = await clientsFor({ host })
    onTestFinished(() => stranger.close())
    await expect(stranger.orasDiscover(image)).rejects.toThrow(/401|unauthorized|credential/i)
  },
)
