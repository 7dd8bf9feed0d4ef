// Deletes, and answers to them that are none of a registry that has deleted anything.
import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { attach, detach, repository } from '../../src/index.ts'
import { deleteManifest, findManifest } from '../../src/registry/index.ts'
import { pushImage } from '../_image.ts'

const html = { headers: { 'content-type': 'text/html' } }
const unknown = { errors: [{ code: 'MANIFEST_UNKNOWN' }] }

/** A registry whose deletes are answered by something else. */
function setUp(answer: () => Response, reaches = false) {
  const registry = embeddedRegistry({ referrersApi: false })
  const straight = repository('registry.test/team/app', { fetch: registry.fetch })
  const sent: string[] = []
  const app = repository('registry.test/team/app', {
    retries: 0,
    async fetch(request) {
      sent.push(request.method)
      if (request.method !== 'DELETE') return registry.fetch(request)
      if (reaches) await registry.fetch(request)
      return answer()
    },
  })
  return { app, straight, sent }
}

describe.each<[string, () => Response]>([
  ['a page with 200', () => new Response('<html>', html)],
  ['200', () => Response.json({})],
  ['204', () => new Response(null, { status: 204 })],
  ['404 of a proxy', () => new Response('<html>', { ...html, status: 404 })],
])('%s', (_, answer) => {
  test('is no delete of what is still there', async () => {
    const { app, straight } = setUp(answer)
    const { digest } = await pushImage(straight)
    for (const reference of ['v1', digest]) {
      const { status } = answer()
      await expect(deleteManifest(app, reference)).rejects.toMatchObject({
        ...{ name: 'RegistryError', status, message: expect.stringContaining('still there') },
      })
    }
  })

  test('is one where nothing is there', async () => {
    const { app, straight, sent } = setUp(answer, true)
    await pushImage(straight)
    expect(await deleteManifest(app, 'v1')).toBe(answer().status !== 404)
    expect(sent).toEqual(['DELETE', 'GET'])
  })

  test('makes detach() say that nothing was deleted', async () => {
    const { app, straight } = setUp(answer)
    await pushImage(straight)
    const made = await attach(straight, 'v1', { artifactType: 'text/x-note' }, { settle: 0 })
    await expect(detach(app, 'v1', made.digest, { settle: 0 })).rejects.toThrow('still there')
    expect(await findManifest(straight, made.digest)).toBeDefined()
  })
})

test('what the specification answers is not asked about', async () => {
  for (const answer of [
    () => new Response(null, { status: 202 }),
    () => Response.json(unknown, { status: 404 }),
  ]) {
    const { app, straight, sent } = setUp(answer)
    await pushImage(straight)
    expect(await deleteManifest(app, 'v1')).toBe(answer().status === 202)
    expect(sent).toEqual(['DELETE'])
  }
})
