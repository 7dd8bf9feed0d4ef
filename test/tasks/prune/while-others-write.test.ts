// Others attach, to images that live and to one that has just been pushed again, while prune() runs over and over.
import { expect, test } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import { attach, prune, referrers, repository } from '../../../src/index.ts'
import { deleteManifest } from '../../../src/registry/index.ts'
import { cosignTags, digestTags, ociSubject } from '../../../src/strategies/index.ts'
import { all, pushImage } from '../../_image.ts'

const ways = [ociSubject(), digestTags(), cosignTags({ suffix: 'sig' })]

test.each([true, false])('their links stay, all of them (API: %j)', async (referrersApi) => {
  const registry = embeddedRegistry({ referrersApi })
  // Another process each, so that nothing is merged; slow enough to meet.
  const process = () =>
    repository('registry.test/team/app', {
      fetch: async (request) => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 4))
        return registry.fetch(request)
      },
      credentials: { username: `${Math.random()}`, password: 'x' },
    })
  const straight = repository('registry.test/team/app', { fetch: registry.fetch })
  const images = [await pushImage(straight, 'a', 'a'), await pushImage(straight, 'b', 'b')]
  const waste = async (i: number) => {
    const gone = await pushImage(straight, 'old', `old${i}`)
    for (const strategy of ways) {
      const artifact = { artifactType: 'application/vnd.example.note', annotations: { i: `${i}` } }
      await attach(straight, gone, artifact, { strategy, settle: 0 })
    }
    await deleteManifest(straight, gone.digest)
  }
  let writing = true
  const writers = [...Array(12).keys()].map(async (i) => {
    const strategy = ways[i % 3]!
    const artifact = {
      artifactType: 'application/vnd.example.note',
      annotations: { writer: `${i}` },
    }
    const { digest } = await attach(process(), images[i % 2]!, artifact, { strategy })
    return { digest, strategy, subject: images[i % 2]! }
  })
  const all12 = Promise.all(writers).finally(() => {
    writing = false
  })
  let pruned = 0
  for (let round = 0; writing || round < 2; round++) {
    await waste(round)
    const { items } = await prune(process())
    pruned += items.filter(({ status }) => status === 'done').length
  }
  expect(pruned).toBeGreaterThan(0)
  for (const { digest, strategy, subject } of await all12) {
    const found = await all(referrers(straight, subject, { strategy }))
    // Cosign's layers of one subject are in one manifest.
    if (strategy.name === 'cosign-tags') expect(found[0]?.layers).toHaveLength(2)
    else expect(found.map((one) => one.digest)).toContain(digest)
  }
})
