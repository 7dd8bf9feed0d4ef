// prune() and remove() cut off at every request: a run after that ends as one that nobody disturbed.
import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import {
  attach,
  type Descriptor,
  type Digest,
  prune,
  type Repository,
  remove,
  repository,
} from '../../src/index.ts'
import { deleteManifest, findManifest, listTags, putManifest } from '../../src/registry/index.ts'
import { cosignTags, digestTags, ociSubject } from '../../src/strategies/index.ts'
import { all, pushImage } from '../_image.ts'

const ways = [ociSubject(), digestTags(), cosignTags({ suffix: 'sig' })]

async function setUp(referrersApi: boolean) {
  const registry = embeddedRegistry({ referrersApi, referencesApi: false })
  const straight = repository('registry.test/team/app', { fetch: registry.fetch })
  const known: Digest[] = []
  const push = async (tag: string, strategies = ways) => {
    const image = await pushImage(straight, tag, tag)
    known.push(image.digest)
    for (const [i, strategy] of strategies.entries()) {
      const annotations = { tag, i: `${i}` }
      const artifact = { artifactType: 'application/vnd.example.note', annotations }
      known.push((await attach(straight, image, artifact, { strategy, settle: 0 })).digest)
    }
    return image
  }
  /** A process that is killed: after some requests nothing gets through, and the last one gets no answer. */
  const dying = (requests: number): Repository => {
    let sent = 0
    return repository('registry.test/team/app', {
      retries: 0,
      async fetch(request) {
        if (++sent > requests) throw new TypeError('fetch failed')
        const response = await registry.fetch(request)
        if (sent === requests) throw new TypeError('fetch failed')
        return response
      },
    })
  }
  const state = async () => {
    const found = await Promise.all(known.map((digest) => findManifest(straight, digest)))
    const tags = await all(listTags(straight)).catch(() => [])
    return { there: found.map((one) => one !== undefined), tags: tags.sort() }
  }
  return { straight, push, dying, state, known }
}

type Setting = Awaited<ReturnType<typeof setUp>>

/** Runs a job undisturbed, then cut off at each request and run again. */
async function cutEverywhere(
  make: () => Promise<Setting>,
  job: (repo: Repository) => Promise<unknown>,
) {
  const whole = await make()
  const before = await whole.state()
  await job(whole.straight)
  const after = await whole.state()
  expect(after).not.toEqual(before)
  let cuts = 0
  for (let at = 1; at < 200; at++) {
    const { dying, straight, state } = await make()
    const first = await job(dying(at)).then(
      (done) => done as { readonly complete: boolean },
      () => ({ complete: false }),
    )
    const now = await state()
    // What is left alone is left alone at every moment.
    for (const [i, stays] of after.there.entries())
      if (stays) expect(now.there[i], `${at}`).toBe(true)
    await job(straight).catch((error: unknown) =>
      expect(error).toMatchObject({ code: 'NOT_FOUND' }),
    )
    expect(await state(), `cut at ${at}`).toEqual(after)
    if (first.complete) break
    cuts = at
  }
  expect(cuts).toBeGreaterThan(5)
}

describe.each([true, false])('with the referrers API: %j', (api) => {
  test('remove() goes on where it was broken off', async () => {
    const make = async () => {
      const setting = await setUp(api)
      await setting.push('v1')
      await setting.push('v2')
      return setting
    }
    await cutEverywhere(make, (repo) => remove(repo, 'v1', { referrers: true, settle: 0 }))
  })

  test('remove() of an index goes on with its plan', async () => {
    const make = async () => {
      const setting = await setUp(api)
      const images: Descriptor[] = []
      for (const tag of ['a', 'b']) images.push(await setting.push(tag, [ociSubject()]))
      const mediaType = 'application/vnd.oci.image.index.v1+json'
      const index = { schemaVersion: 2, mediaType, manifests: images } as const
      const { descriptor } = await putManifest(setting.straight, 'v1', index)
      setting.known.push(descriptor.digest)
      for (const tag of ['a', 'b']) await deleteManifest(setting.straight, tag)
      return setting
    }
    const plans = new Map<unknown, Awaited<ReturnType<typeof remove>>>()
    let current: unknown
    const withPlan = async () => {
      const setting = await make()
      current = setting
      const plan = await remove(setting.straight, 'v1', { referrers: true, dryRun: true })
      plans.set(setting, JSON.parse(JSON.stringify(plan)))
      return setting
    }
    await cutEverywhere(withPlan, (repo) =>
      remove(repo, 'v1', { referrers: true, settle: 0, plan: plans.get(current) }),
    )
  })

  test('prune() goes on where it was broken off', async () => {
    const make = async () => {
      const setting = await setUp(api)
      const gone = await setting.push('old')
      await setting.push('v1')
      await deleteManifest(setting.straight, gone.digest)
      return setting
    }
    await cutEverywhere(make, (repo) => prune(repo, { settle: 0 }))
  })
})
