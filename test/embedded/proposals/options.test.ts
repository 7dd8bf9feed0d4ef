// Which registries have the proposals: the embedded one, and no other unless it says so.
import { describe, expect, test } from 'vitest'
import { memoryStorage, type ProfileName, profiles } from '../../../src/embedded/index.ts'
import { descriptor, errorOf, IMAGE, image, pushImage, type Send, start } from '../_registry.ts'
import { artifact, digests, NODE, node, ORAS, push, pushed, read } from './_proposals.ts'

const subject = descriptor(image(), IMAGE)
const { digest } = subject

const lists = {
  a: `/v2/app/_oci/artifacts/referrers?digest=${digest}`,
  oras: `/v2/app/_oras/artifacts/referrers?digest=${digest}`,
  b: `/v2/app/manifests/${digest}/references`,
  c: `/v3/app/referrers/${digest}`,
}

async function statuses(send: Send): Promise<number[]> {
  const answers = Object.values(lists).map((path) => send('GET', path))
  return (await Promise.all(answers)).map(({ status }) => status)
}

describe('the proposals', () => {
  test('are all there by default', async () => {
    expect(await statuses(start())).toEqual([200, 200, 200, 200])
  })

  test.each([
    [{ artifactApi: false }, [404, 404, 200, 200]],
    [{ referencesApi: false }, [200, 200, 404, 200]],
    [{ nodeApi: false }, [200, 200, 200, 404]],
  ])('can be switched off one by one: %o', async (options, expected) => {
    expect(await statuses(start(options))).toEqual(expected)
  })

  test.each(Object.keys(profiles) as ProfileName[])(
    'are not in the profile %s',
    async (profile) => {
      const [a, oras, b, c] = await statuses(start({ profile }))
      expect([a, b, c]).not.toContain(200)
      const spoken = profiles[profile].settings.artifacts?.lists ?? []
      expect(oras === 200).toBe(spoken.includes('oras'))
    },
  )

  test('can be added to a profile', async () => {
    const options = { artifactApi: true, referencesApi: true, nodeApi: true } as const
    expect(await statuses(start({ profile: 'olareg', ...options }))).toEqual([200, 200, 200, 200])
  })

  test('find what was pushed while their lists were off', async () => {
    const storage = memoryStorage()
    const before = start({ storage, referencesApi: false })
    await pushImage(before, 'app', 'v1')
    const one = await pushed(before, image({ reference: subject }))
    await pushed(before, image({ reference: 'anything' }))
    expect(await digests(start({ storage }), lists.b)).toEqual([one.digest])
  })

  test('keep what was pushed while their manifests were taken', async () => {
    const storage = memoryStorage()
    const full = start({ storage })
    await pushImage(full, 'app', 'v1')
    const about = await pushed(full, artifact({ subject }), { reference: 'a1' })
    await pushed(full, node({ reference: subject }), { reference: 'n1' })
    const bare = start({ storage, artifactApi: false, nodeApi: false })
    expect(await errorOf(await push(bare, artifact({ subject })))).toBe('400 MANIFEST_INVALID')
    expect((await bare('GET', '/v2/app/manifests/n1')).headers.get('Content-Type')).toBe(NODE)
    expect(await digests(bare, `/v2/app/referrers/${digest}`)).toEqual([about.digest])
    expect((await bare('DELETE', `/v2/app/manifests/${about.digest}`)).status).toBe(202)
    expect(await digests(start({ storage }), lists.a)).toEqual([])
  })

  test('ask for the rights that OCI 1.1’s paths ask for', async () => {
    const permissions = [{ repository: 'app', actions: ['pull'] }] as const
    const users = [{ name: 'reader', password: 'secret', permissions }]
    const send = start({ auth: { scheme: 'basic', users } })
    const headers = { Authorization: `Basic ${btoa('reader:secret')}` }
    for (const path of [...Object.values(lists), '/v3/']) {
      const anonymous = await send('GET', path)
      expect(anonymous.status).toBe(401)
      expect(anonymous.headers.get('WWW-Authenticate')).toMatch(/^Basic/)
      expect((await send('GET', path, { headers })).status).toBe(200)
    }
    const put = await send('PUT', '/v3/app/manifests/n1', {
      body: node(),
      headers: { ...headers, 'Content-Type': NODE },
    })
    expect(put.status).toBe(403)
  })

  test('are read only where the registry is', async () => {
    const storage = memoryStorage()
    await pushImage(start({ storage }), 'app', 'v1')
    const send = start({ storage, readOnly: true })
    expect((await push(send, node(), { api: 'v3' })).status).toBe(405)
    expect((await send('DELETE', '/v3/app/manifests/v1')).status).toBe(405)
    expect(await read(send, lists.c)).toEqual({ referrers: [] })
  })

  test('take the first generation’s manifest in its profile', async () => {
    const storage = memoryStorage()
    await pushImage(start({ storage }), 'app', 'v1')
    const send = start({ storage, profile: 'orasFirst' })
    const one = await pushed(send, artifact({ mediaType: ORAS, subject }))
    expect(await digests(send, lists.oras)).toEqual([one.digest])
  })
})
