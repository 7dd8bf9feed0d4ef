// A store of several processes, one of which is killed while three of ours write, and then one of ours.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { descriptor, digestOf, IMAGE, image, pushBlob } from '../embedded/_registry.ts'
import { startProcess } from './_processes.ts'
import { names, startStore } from './_stores.ts'

const subject = descriptor(image(), IMAGE)

test.runIf(names.includes('seaweedfs'))(
  'a server of volumes and one of ours, killed in the middle of 200 pushes, lose nothing that was acknowledged',
  async () => {
    const store = await startStore('seaweedfs-cluster')
    onTestFinished(() => store.stop())
    const options = store.options()
    const servers = await Promise.all([1, 2, 3].map(() => startProcess(options)))
    onTestFinished(async () => void (await Promise.all(servers.map((one) => one.kill()))))
    await pushBlob(servers[0]!.send, 'app', '{}')

    const acknowledged: string[] = []
    let answered = 0
    const push = async (n: number) => {
      const body = image({ subject, annotations: { n: `${n}` } })
      const headers = { 'Content-Type': IMAGE }
      // Who is killed does not answer, as a balancer would see too.
      const answer = await servers[n % 3]!.send('PUT', `/v2/app/manifests/t${n}`, {
        body,
        headers,
      }).catch(() => undefined)
      answered += 1
      if (answered === 60) store.volumes[0]!.kill('SIGKILL')
      if (answered === 120) await servers[2]!.kill()
      if (!answer) return expect(n % 3).toBe(2)
      expect([201, 500, 503]).toContain(answer.status)
      if (answer.status === 201) acknowledged.push(`t${n} ${digestOf(body)}`)
    }
    const lanes = Array.from({ length: 8 }, async (_, lane) => {
      for (let n = lane; n < 200; n += 8) await push(n)
    })
    await Promise.all(lanes)
    // Most went through: what is written is written elsewhere.
    expect(acknowledged.length).toBeGreaterThan(100)

    // Whatever was half-done is finished or undone by who lists, when the lease has ended.
    await sleep(32_000)
    const { send } = servers[1]!
    await send('GET', '/v2/app/tags/list')
    const listed = await send('GET', `/v2/app/referrers/${subject.digest}`)
    const { manifests } = (await listed.json()) as { manifests: { digest: string }[] }
    const digests = new Set(manifests.map(({ digest }) => digest))
    for (const one of acknowledged) {
      const [tag, digest] = one.split(' ') as [string, string]
      const found = await send('GET', `/v2/app/manifests/${tag}`)
      expect([found.status, found.headers.get('Docker-Content-Digest')]).toEqual([200, digest])
      expect(digests, tag).toContain(digest)
    }
    for (const digest of digests) {
      expect((await send('GET', `/v2/app/manifests/${digest}`)).status).toBe(200)
    }
  },
  240_000,
)
