// Functions of callers that throw while something is deleted or read: what they throw ends the call, and is thrown.
import { expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { graph, prune, type Repository, remove, repository } from '../../src/index.ts'
import { deleteManifest, pushBlob, putManifest } from '../../src/registry/index.ts'
import { pushImage } from '../_image.ts'

const IMAGE = 'application/vnd.oci.image.manifest.v1+json'

/** An image with more at cosign's tags than is deleted at once; the image of `old` is gone. */
async function setUp() {
  const registry = embeddedRegistry({ profile: 'distribution3' })
  const sent: string[] = []
  const app = repository('registry.test/team/app', {
    fetch: async (request) => {
      sent.push(request.method)
      return registry.fetch(request)
    },
  })
  const config = await pushBlob(app, '{}', { mediaType: 'application/json' })
  for (const tag of ['v1', 'old']) {
    const image = await pushImage(app, tag, tag)
    for (let i = 0; i < 50; i++) {
      const annotations = { i: `${tag} ${i}` }
      const manifest = { schemaVersion: 2, mediaType: IMAGE, config, layers: [config], annotations }
      const name = `${image.digest.replace(':', '-')}.${i.toString(16).padStart(16, '0')}.note`
      await putManifest(app, name, manifest as never)
    }
    if (tag === 'old') await deleteManifest(app, image.digest)
  }
  sent.length = 0
  return { app, sent }
}

const jobs: Readonly<
  Record<string, (app: Repository, onProgress: () => unknown) => Promise<unknown>>
> = {
  'remove()': (app, onProgress) =>
    remove(app, 'v1', { referrers: true, onProgress: onProgress as () => void }),
  'prune()': (app, onProgress) => prune(app, { onProgress: onProgress as () => void }),
  'graph()': (app, onProgress) => graph(app, { onProgress: onProgress as () => void }),
}

test.each(Object.entries(jobs))(
  '%s ends when onProgress throws, with its error',
  async (name, job) => {
    const { app, sent } = await setUp()
    const error = new Error('from the caller')
    const thrown = job(app, () => {
      throw error
    })
    await expect(thrown).rejects.toBe(error)
    const count = sent.length
    if (name !== 'graph()') {
      // Those that were under way.
      expect(sent.filter((method) => method === 'DELETE').length).toBeLessThanOrEqual(33)
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(sent.length - count, 'requests after the end').toBeLessThan(13)
  },
)

test.each(Object.entries(jobs))(
  '%s throws what an async onProgress rejects with',
  async (_, job) => {
    const { app } = await setUp()
    const error = new Error('from the caller')
    await expect(job(app, async () => Promise.reject(error))).rejects.toBe(error)
  },
)

test('a rule that throws, or is async, ends prune() before anything is deleted', async () => {
  const { app, sent } = await setUp()
  const error = new Error('from the caller')
  const fails = () => {
    throw error
  }
  await expect(prune(app, { keep: { where: fails } })).rejects.toBe(error)
  const later = (async () => fails()) as never
  await expect(prune(app, { keep: { where: later } })).rejects.toMatchObject({ path: 'keep.where' })
  expect(sent).not.toContain('DELETE')
})
