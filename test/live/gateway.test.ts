// The gateway before registries without the referrers API: what the official suite, oras, regctl and go-containerregistry
// find there, unmodified.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type ClientRequest, type IncomingHttpHeaders, request } from 'node:http'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { attach, type Descriptor, referrers, repository } from '../../src/index.ts'
import { pushBlob, putManifest } from '../../src/registry/index.ts'
import { makeCertificates } from '../_certificates.ts'
import { all } from '../_image.ts'
import { conformanceOf } from './_conformance.ts'
import {
  distribution,
  distributionWithTls,
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
    '8 processes of oras attach 8 times each through %s, then of regctl: all 128 are listed',
    async (_, count) => {
      const name = `team/storm-${count}`
      const subject = await clients.pushImage(name, 'v1')
      // docker-registry refuses a manifest while another client writes the same blob.
      await pushBlob(repository(`${running.host}/${name}`), '{}')
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

      const putAll = async (own: number) => {
        const regctl = await clientsFor({ host: gateways[own % count]!.host })
        const image = `${gateways[own % count]!.host}/${name}@${subject}`
        for (let i = 0; i < attaches; i++) {
          const type = ['--artifact-type', 'application/vnd.example.regctl']
          const annotation = ['--annotation', `number=${own}.${i}`]
          const put = ['artifact', 'put', '--subject', image, ...type, ...annotation]
          await regctl.regctl([...put, '--file-media-type', 'text/plain'], `${own}.${i}`)
        }
        await regctl.close()
      }
      await Promise.all(Array.from({ length: processes }, (_, own) => putAll(own)))
      const both = await all(referrers(repository(`${running.host}/${name}`), subject))
      expect(both).toHaveLength(2 * processes * attaches)
      const byRegctl = await clients.regctlList(`${running.host}/${name}@${subject}`)
      const numbers = byRegctl.filter(({ artifactType }) => artifactType?.endsWith('regctl'))
      expect(new Set(numbers.map(({ annotations }) => annotations.number)).size).toBe(64)
    },
    300_000,
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

test('oras through two gateways and our own calls directly at the registry keep all links', async () => {
  const running = await dockerRegistry.start()
  onTestFinished(() => running.stop())
  const gateways = await Promise.all([gatewayBefore(running), gatewayBefore(running)])
  onTestFinished(async () => void (await Promise.all(gateways.map((one) => one.stop()))))
  const clients = await clientsFor(running)
  onTestFinished(() => clients.close())
  const subject = await clients.pushImage('team/mixed', 'v1')
  const app = repository(`${running.host}/team/mixed`)
  await pushBlob(app, '{}')
  const type = 'application/vnd.example.mixed'
  const byOras = async (own: number) => {
    const image = `${gateways[own % 2]!.host}/team/mixed@${subject}`
    for (let n = 0; n < 4; n++) {
      await clients.oras('attach', '--artifact-type', type, '--annotation', `n=${own}.${n}`, image)
    }
  }
  const directly = async (own: number) => {
    const direct = repository(`${running.host}/team/mixed`)
    for (let n = 0; n < 4; n++) {
      await attach(direct, subject, {
        artifactType: type,
        annotations: { n: `direct ${own}.${n}` },
      })
    }
  }
  const writers = [0, 1, 2, 3].flatMap((own) => [byOras(own), directly(own)])
  await Promise.all(writers)
  const found = await all(referrers(app, subject))
  expect(new Set(found.map(({ annotations }) => annotations?.n)).size).toBe(32)
}, 180_000)

test('what oras was told is attached is listed, though the gateway is killed again and again', async () => {
  const running = await dockerRegistry.start()
  onTestFinished(() => running.stop())
  const clients = await clientsFor(running)
  onTestFinished(() => clients.close())
  const subject = await clients.pushImage('team/killed', 'v1')
  const app = repository(`${running.host}/team/killed`)
  await pushBlob(app, '{}')
  let gateway = await gatewayBefore(running)
  onTestFinished(async () => void (await gateway.stop()))
  const port = gateway.host.split(':')[1]!
  const type = ['--artifact-type', 'application/vnd.example.killed']
  const acknowledged: string[] = []
  let killed = 0
  const attachOne = (n: number) => {
    const image = `${gateway.host}/team/killed@${subject}`
    return clients.oras('attach', ...type, '--annotation', `n=${n}`, image)
  }
  const began = performance.now()
  await attachOne(-1)
  const whole = performance.now() - began
  const count = 12
  for (let n = 0; n < count; n++) {
    const attached = attachOne(n).then(
      () => acknowledged.push(`${n}`),
      () => {
        killed += 1
      },
    )
    // From before its first request to well after its last one.
    await new Promise((resolve) => setTimeout(resolve, (whole * 2 * n) / count))
    await gateway.stop('SIGKILL')
    await attached
    gateway = await gatewayBefore(running, '--port', port)
  }
  expect([killed, acknowledged.length].every((count) => count > 0)).toBe(true)
  const image = `${gateway.host}/team/killed@${subject}`
  await clients.oras('attach', ...type, '--annotation', 'n=last', image)
  const listed = (await clients.orasDiscover(image)).map(({ annotations }) => annotations.n)
  expect(listed).toEqual(expect.arrayContaining([...acknowledged, 'last']))
  expect(new Set(listed).size).toBe(listed.length)
}, 120_000)

test('an upstream with TLS by an own CA, and one that is not trusted', async () => {
  const tls = await makeCertificates()
  onTestFinished(() => tls.remove())
  const running = await distributionWithTls(tls).start()
  onTestFinished(() => running.stop())
  const upstream = `https://localhost:${running.host.split(':')[1]}`
  const gateway = await startProgram('gateway', '--upstream', upstream, '--ca', tls.ca)
  onTestFinished(async () => void (await gateway.stop()))
  const { host } = gateway
  const clients = await clientsFor({ host })
  onTestFinished(() => clients.close())
  const subject = await clients.pushImage('team/app', 'v1')
  const image = `${host}/team/app@${subject}`
  const type = ['--artifact-type', 'application/vnd.example.a']
  await clients.oras('attach', ...type, '--annotation', 'a=b', image)
  expect(await clients.orasDiscover(image)).toHaveLength(1)

  const strict = await startProgram('gateway', '--upstream', upstream)
  onTestFinished(async () => void (await strict.stop()))
  const refused = await fetch(`${strict.url}/v2/`)
  expect(refused.status).toBe(502)
  expect((await refused.json()).errors[0].message).toMatch(/certificate/)
})

test('200 clients at once, with slow ones among them, are all served and lose nothing', async () => {
  const running = await dockerRegistry.start()
  onTestFinished(() => running.stop())
  const gateway = await gatewayBefore(running)
  onTestFinished(async () => void (await gateway.stop()))
  const app = repository(`${running.host}/team/app`)
  const { digest: empty, size } = await pushBlob(app, '{}')
  const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest: empty, size }
  const large = await pushBlob(app, new Uint8Array(64 * 1024 * 1024))
  const rss = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.child.pid}/status`, 'utf8'))![1])
  const before = rss()

  /** One request from an address of its own, as another machine's. */
  const ask = (client: number, method: string, path: string, body?: string) =>
    new Promise<{ status: number; body: string; headers: IncomingHttpHeaders }>(
      (resolve, reject) => {
        const localAddress = `127.0.${1 + Math.floor(client / 200)}.${1 + (client % 200)}`
        const headers = { 'content-type': 'application/vnd.oci.image.manifest.v1+json' }
        const options = { method, localAddress, agent: false, ...(body && { headers }) }
        const sent = request(gateway.url + path, options, (answer) => {
          let text = ''
          answer.setEncoding('utf8').on('data', (chunk) => {
            text += chunk
          })
          answer.on('error', reject)
          answer.on('end', () =>
            resolve({ status: answer.statusCode!, body: text, headers: answer.headers }),
          )
        })
        sent.on('error', reject)
        sent.end(body)
      },
    )

  // Half of them read nothing of what they asked for, the others send a byte now and then.
  const slow: ClientRequest[] = []
  const timers: NodeJS.Timeout[] = []
  onTestFinished(() => {
    for (const timer of timers) clearInterval(timer)
    for (const one of slow) one.destroy()
  })
  for (let n = 0; n < 5; n++) {
    const read = request(
      `${gateway.url}/v2/team/app/blobs/${large.digest}`,
      { agent: false },
      (answer) => answer.pause(),
    )
    const { headers } = await ask(0, 'POST', '/v2/team/app/blobs/uploads/')
    const write = request(gateway.url + headers.location!, { method: 'PATCH', agent: false })
    timers.push(setInterval(() => write.write('x'), 200))
    for (const one of [read, write]) one.on('error', () => {})
    read.end()
    slow.push(read, write)
  }

  const subjects = Array.from({ length: 20 }, (_, n) => `sha256:${`${n}`.padStart(64, '0')}`)
  const attachOne = async (client: number) => {
    const digest = subjects[client % subjects.length]!
    const subject = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 2 }
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      artifactType: 'application/vnd.example.many',
      config,
      layers: [config],
      subject,
      annotations: { client: `${client}` },
    })
    const own = `sha256:${createHash('sha256').update(manifest).digest('hex')}`
    const put = await ask(client, 'PUT', `/v2/team/app/manifests/${own}`, manifest)
    expect([put.status, put.headers['oci-subject']]).toEqual([201, digest])
    // What it has is looked at below: while others write, an entry may be out of the tag for a moment.
    const list = await ask(client, 'GET', `/v2/team/app/referrers/${digest}`)
    expect(list.status).toBe(200)
    const blob = await ask(client, 'GET', `/v2/team/app/blobs/${config.digest}`)
    expect([blob.status, blob.body]).toEqual([200, '{}'])
  }
  await Promise.all(Array.from({ length: 200 }, (_, client) => attachOne(client)))
  for (const digest of subjects) {
    expect(await all(referrers(app, digest))).toHaveLength(10)
  }
  expect(slow.every((one) => !one.destroyed)).toBe(true)
  // MiB: five blobs of 64 are read by nobody.
  expect((rss() - before) / 1024).toBeLessThan(200)
}, 180_000)
