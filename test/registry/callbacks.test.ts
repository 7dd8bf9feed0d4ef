// Functions of callers that are async and reject: they end no process, and are not silent.
import { expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { copy, type RepositoryOptions, repository, type WarningEvent } from '../../src/index.ts'
import { listTags, pushBlob, putManifest } from '../../src/registry/index.ts'
import { all, pushImage } from '../_image.ts'

const error = new Error('from the caller')
const rejects = async () => Promise.reject(error)
const throws = () => {
  throw error
}

function setUp(options: RepositoryOptions) {
  const registry = embeddedRegistry()
  const messages: string[] = []
  const onWarning = ({ message }: WarningEvent) => void messages.push(message)
  const app = repository('registry.test/team/app', {
    ...{ fetch: registry.fetch, onWarning, retries: 0, ...options },
  })
  return { registry, app, messages }
}

/** What nobody has caught by then fails the test run. */
const later = () => new Promise((resolve) => setTimeout(resolve, 5))

test.each(['onRequest', 'onProgress'] as const)(
  'of an async %s that rejects there is a warning, and the call goes on',
  async (name) => {
    const { app, messages } = setUp({ [name]: rejects })
    const { digest } = await pushBlob(app, 'hello', { mediaType: 'text/plain' })
    expect(digest).toMatch(/^sha256:/)
    await later()
    expect(new Set(messages)).toEqual(new Set([`${name} rejected: Error: from the caller`]))
  },
)

test('an async onWarning that rejects is left alone', async () => {
  const { app, registry } = setUp({})
  const warned = repository('registry.test/team/app', {
    async fetch(request) {
      const answer = await registry.fetch(request)
      answer.headers.set('warning', '299 - "old"')
      return answer
    },
    onWarning: rejects,
  })
  await pushImage(app)
  expect(await all(listTags(warned))).toEqual(['v1'])
  await later()
})

test.each(['onRequest', 'onProgress'] as const)('what %s throws ends the call', async (name) => {
  const { app } = setUp({ [name]: throws })
  await expect(pushBlob(app, 'hello', { mediaType: 'text/plain' })).rejects.toBe(error)
})

test.each([
  ['throws', throws],
  ['rejects with', rejects],
])('copy() throws what its onProgress %s', async (_, onProgress) => {
  const { app, registry } = setUp({})
  await pushImage(app)
  const to = repository('registry.test/team/other', { fetch: registry.fetch })
  const copied = copy(app, 'v1', to, { onProgress: onProgress as () => void })
  await expect(copied).rejects.toBe(error)
  await later()
})

test('an async onEvent of the embedded registry that rejects is left alone', async () => {
  const { fetch } = embeddedRegistry({ onEvent: rejects as () => void })
  const app = repository('registry.test/team/app', { fetch })
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  await putManifest(app, 'v1', { schemaVersion: 2, mediaType, manifests: [] })
  await later()
})
