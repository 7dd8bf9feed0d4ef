// Calls whose work is loaded when they are called: what is wrong is refused, and what is aborted ends, before that; and
// options that are changed meanwhile are those of another call.
import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import {
  attach,
  convert,
  copy,
  detach,
  graph,
  prune,
  type Repository,
  remove,
  repair,
  repository,
  verifyConversion,
} from '../../src/index.ts'
import { deleteManifest, listTags } from '../../src/registry/index.ts'
import { digestTags, ociSubject } from '../../src/strategies/index.ts'
import { all, pushImage } from '../_image.ts'
import { recorded } from '../_wire.ts'

type Call = (app: Repository, options?: object) => Promise<unknown>

const to = ociSubject()
const calls: Record<string, Call> = {
  graph: (app, options) => graph(app, options as never),
  prune: (app, options) => prune(app, options as never),
  remove: (app, options) => remove(app, 'v1', options as never),
  repair: (app, options) => repair(app, 'v1', options as never),
  convert: (app, options) =>
    convert(app, 'v1', (options && Object.assign(options, { to })) as never),
  verifyConversion: async (app, options) => {
    const what = { version: 1, repository: 'registry.test/team/app', dryRun: false } as const
    const seen = { imageUnchanged: true, complete: true, converted: [] }
    const certificate = { ...what, ...seen, image: { digest: `sha256:${'0'.repeat(64)}` } }
    return verifyConversion(app, certificate as never, options as never)
  },
  detach: (app, options) => detach(app, 'v1', `sha256:${'0'.repeat(64)}`, options as never),
  copy: (app, options) => copy(app, 'v1', app, options as never),
}

async function setUp() {
  const wire = recorded(embeddedRegistry().fetch)
  const app = repository('registry.test/team/app', { fetch: wire.fetch })
  const image = await pushImage(app)
  const artifactType = 'application/vnd.example.note'
  await attach(app, image, { artifactType }, { strategy: digestTags() })
  wire.reset()
  return { app, wire, image }
}

describe.each(Object.entries(calls))('%s', (_, call) => {
  test.each([[{ sginal: null }], [{ signal: null }], [{ signal: new AbortController() }]])(
    'refuses %o before any request',
    async (options) => {
      const { app, wire } = await setUp()
      const refused = async () => call(app, options)
      await expect(refused()).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      expect(wire.lines()).toEqual([])
    },
  )

  test('throws the reason of a signal that is aborted before any request', async () => {
    const { app, wire } = await setUp()
    const reason = new Error('no more')
    await expect(call(app, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(wire.lines()).toEqual([])
  })
})

const dryRuns = ['prune', 'remove', 'convert', 'copy'] as const

test.each(dryRuns)(
  '%s writes nothing where "dryRun" is changed while it is loaded',
  async (name) => {
    const { app, wire, image } = await setUp()
    if (name === 'prune') {
      await pushImage(app, 'v2', 'other')
      await deleteManifest(app, image.digest)
    }
    const tags = await all(listTags(app))
    wire.reset()
    const options = { dryRun: true, ...(name === 'copy' && { tags: ['v3'] }) }
    const running = calls[name]!(app, options)
    options.dryRun = false
    await running
    expect(wire.lines().filter((line) => !/^(GET|HEAD) /.test(line))).toEqual([])
    expect(await all(listTags(app))).toEqual(tags)
  },
)
