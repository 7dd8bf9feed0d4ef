// Writers of one referrers tag: merged in a process, never lost between processes.
import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import {
  attach,
  detach,
  type Fetch,
  hasReferrer,
  referrers,
  referrersTag,
  repository,
} from '../../../src/index.ts'
import { getManifest } from '../../../src/registry/index.ts'
import { all, pushImage } from '../../_image.ts'

const note = (text: string) => ({
  artifactType: 'application/vnd.example.note',
  annotations: { text },
})

/** A registry without the API, and any number of processes that know nothing of each other. */
async function setUp(options: { conditional: boolean; delay?: number }) {
  const registry = embeddedRegistry({ referrersApi: false, conditional: options.conditional })
  const process = (spy?: (request: Request) => void) => {
    const fetch: Fetch = async (request) => {
      spy?.(request)
      if (options.delay) {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * options.delay!))
      }
      return registry.fetch(request)
    }
    return repository('registry.test/team/app', { fetch })
  }
  const subject = await pushImage(repository('registry.test/team/app', { fetch: registry.fetch }))
  return { process, subject }
}

const isTag = ({ url }: Request) => url.includes('/manifests/sha256-')

describe('a registry that answers 500 while it rewrites the tag', () => {
  /** Reads of the tag that an attach takes, where the first of them are answered 500. */
  async function readsWith(failures: number): Promise<number> {
    const registry = embeddedRegistry({ referrersApi: false })
    const straight = repository('registry.test/team/app', { fetch: registry.fetch })
    const subject = await pushImage(straight)
    let reads = 0
    const fetch: Fetch = async (request) =>
      request.method === 'GET' && isTag(request) && ++reads <= failures
        ? new Response('', { status: 500 })
        : registry.fetch(request)
    const app = repository('registry.test/team/app', {
      fetch,
      retries: 0,
      capabilities: { referrersApi: 'unsupported' },
    })
    await attach(app, subject, note('one'), { settle: 0 })
    expect(await all(referrers(straight, subject))).toHaveLength(1)
    return reads
  }

  test('is read again', async () => {
    // One ahead of the write, which is dropped; one that fails; the one it builds on; the one back.
    expect(await readsWith(2)).toBe(4)
  })

  test('is not read for ever', async () => {
    await expect(readsWith(Number.POSITIVE_INFINITY)).rejects.toMatchObject({ status: 500 })
  })
})

describe('in one process', () => {
  test('20 attaches at once share one or two writes of the tag', async () => {
    const { process, subject } = await setUp({ conditional: false })
    let writes = 0
    const app = process((request) => {
      if (request.method === 'PUT' && isTag(request)) writes++
    })
    const attached = await Promise.all(
      Array.from({ length: 20 }, (_, i) => attach(app, subject, note(`${i}`))),
    )
    expect(attached.every(({ confirmed }) => confirmed)).toBe(true)
    expect(await all(referrers(app, subject))).toHaveLength(20)
    expect(writes).toBeLessThanOrEqual(2)
  })

  test('repositories made one by one are merged too when fetch and credentials are the same', async () => {
    const { subject } = await setUp({ conditional: false })
    let writes = 0
    const registry = embeddedRegistry({ referrersApi: false })
    const fetch: Fetch = (request) => {
      if (request.method === 'PUT' && isTag(request)) writes++
      return registry.fetch(request)
    }
    const open = () => repository('registry.test/team/app', { fetch })
    await Promise.all(Array.from({ length: 8 }, (_, i) => attach(open(), subject, note(`${i}`))))
    expect(await all(referrers(open(), subject))).toHaveLength(8)
    expect(writes).toBeLessThanOrEqual(2)
  })

  test('one caller who gives up does not stop the others', async () => {
    const { process, subject } = await setUp({ conditional: false })
    const app = process()
    const reason = new Error('enough')
    const stop = new AbortController()
    const given = attach(app, subject, note('given up'), { signal: stop.signal })
    const kept = attach(app, subject, note('kept'))
    setTimeout(() => stop.abort(reason), 150)
    await expect(given).rejects.toBe(reason)
    expect(await kept).toMatchObject({ confirmed: true })
  })

  test('attaching and detaching at once leaves what was attached and nothing else', async () => {
    const { process, subject } = await setUp({ conditional: false })
    const app = process()
    const old = await Promise.all([0, 1, 2].map((i) => attach(app, subject, note(`old ${i}`))))
    const [fresh] = await Promise.all([
      attach(app, subject, note('new')),
      ...old.map(({ digest }) => detach(app, subject, digest)),
    ])
    const left = await all(referrers(app, subject))
    expect(left.map(({ digest }) => digest)).toEqual([fresh.digest])
  })
})

describe.each([
  ['a registry that honours conditions', true],
  ['a registry that honours none', false],
])('between processes, on %s', (_, conditional) => {
  test('nobody loses a link: 6 processes with 3 attaches each', async () => {
    const { process, subject } = await setUp({ conditional, delay: 30 })
    const results = await Promise.all(
      Array.from({ length: 6 }, async (_, p) => {
        const app = process()
        const own = []
        for (let i = 0; i < 3; i++) own.push(await attach(app, subject, note(`${p}/${i}`)))
        return own
      }),
    )
    const attached = results.flat()
    expect(attached.every(({ confirmed }) => confirmed)).toBe(true)
    const listed = await all(referrers(process(), subject))
    expect(new Set(listed.map(({ digest }) => digest))).toEqual(
      new Set(attached.map(({ digest }) => digest)),
    )
    expect(listed).toHaveLength(18)
  }, 30_000)

  test('what another process detached is not brought back', async () => {
    const { process, subject } = await setUp({ conditional })
    const [one, other] = [process(), process()]
    const { digest } = await attach(one, subject, note('first'))
    await detach(other, subject, digest)
    const second = await attach(one, subject, note('second'))
    expect((await all(referrers(other, subject))).map((r) => r.digest)).toEqual([second.digest])
  })

  test('what another process overwrote is brought back with the next write', async () => {
    const { process, subject } = await setUp({ conditional })
    const one = process()
    const first = await attach(one, subject, note('first'))
    // A tool that read before and writes now, as if the first were not there.
    const { putManifest } = await import('../../../src/registry/index.ts')
    await putManifest(process(), referrersTag(subject.digest), {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [],
    })
    expect(await hasReferrer(one, subject)).toBe(false)
    const second = await attach(one, subject, note('second'))
    const listed = (await all(referrers(process(), subject))).map(({ digest }) => digest)
    expect(listed.sort()).toEqual([first.digest, second.digest].sort())
  })
})

describe('a read that was started for an attach that failed', () => {
  async function failed() {
    const registry = embeddedRegistry({ referrersApi: false, conditional: false })
    const open = (fetch: Fetch) =>
      repository('registry.test/team/app', {
        fetch,
        capabilities: { referrersApi: 'unsupported', subjectHeader: 'unsupported' },
      })
    let reads = 0
    const app = open(async (request) => {
      if (request.method === 'GET' && isTag(request)) reads++
      if (request.method !== 'POST') return registry.fetch(request)
      // Uploads fail when the tag was read.
      await expect.poll(() => reads).toBe(1)
      return new Response('', { status: 400 })
    })
    const other = open((request) => registry.fetch(request))
    const subject = await pushImage(other)
    await expect(attach(app, subject, note('x'), { settle: 0 })).rejects.toThrow()
    return { app, other, subject }
  }

  test.each([
    ['at once', 0],
    ['later', 400],
  ])('tells a detach nothing %s', async (_, pause) => {
    const { app, other, subject } = await failed()
    const { digest } = await attach(other, subject, note('of another'), { settle: 0 })
    await new Promise((resolve) => setTimeout(resolve, pause))
    await detach(app, subject, digest, { settle: 0 })
    const { bytes } = await getManifest(other, referrersTag(subject.digest))
    expect(JSON.parse(new TextDecoder().decode(bytes))).toMatchObject({ manifests: [] })
  })

  test('tells nothing later to who puts in what was at the tag then', async () => {
    const { app, other, subject } = await failed()
    const entry = await attach(other, subject, note('gone'), { settle: 0 })
    const { changeEntry, readTagAhead } = await import(
      '../../../src/strategies/kept/change-entry.ts'
    )
    readTagAhead(app, subject.digest)
    await new Promise((resolve) => setTimeout(resolve, 400))
    await changeEntry(other, subject.digest, entry, false, { settle: 0 })
    await changeEntry(app, subject.digest, entry, true, { settle: 0 })
    const { bytes } = await getManifest(other, referrersTag(subject.digest))
    const { digest } = entry
    expect(JSON.parse(new TextDecoder().decode(bytes))).toMatchObject({ manifests: [{ digest }] })
  })
})

test('a read that was started for an attach that is aborted ends with it', async () => {
  const registry = embeddedRegistry({ referrersApi: false })
  const straight = repository('registry.test/team/app', { fetch: registry.fetch })
  const subject = await pushImage(straight)
  const open: AbortSignal[] = []
  for (const capabilities of [{}, { referrersApi: 'unsupported' as const }]) {
    const app = repository('registry.test/team/app', {
      capabilities,
      fetch(request) {
        if (request.method !== 'GET') return registry.fetch(request)
        open.push(request.signal)
        return new Promise((_, reject) => {
          request.signal.addEventListener('abort', () => reject(request.signal.reason))
        })
      },
    })
    const stop = new AbortController()
    const attached = attach(app, subject, note('x'), { settle: 0, signal: stop.signal })
    await expect.poll(() => open.length).toBe(1)
    stop.abort(new Error('enough'))
    await expect(attached).rejects.toThrow('enough')
    expect(open.pop()!.aborted).toBe(true)
  }
})

test('a tag that others overwrite for ever is a conflict, not a success', async () => {
  const registry = embeddedRegistry({ referrersApi: false, conditional: false })
  const straight = repository('registry.test/team/app', { fetch: registry.fetch })
  const subject = await pushImage(straight)
  const { putManifest } = await import('../../../src/registry/index.ts')
  const app = repository('registry.test/team/app', {
    fetch: async (request) => {
      const response = await registry.fetch(request)
      if (request.method === 'PUT' && isTag(request)) {
        await putManifest(straight, referrersTag(subject.digest), {
          schemaVersion: 2,
          mediaType: 'application/vnd.oci.image.index.v1+json',
          manifests: [],
        })
      }
      return response
    },
  })
  await expect(attach(app, subject, note('x'), { settle: 0 })).rejects.toMatchObject({
    code: 'CONFLICT',
    attempts: 20,
  })
}, 20_000)
