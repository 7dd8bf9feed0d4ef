// Copies: to another registry, into one inside the program, and into an archive.
import { attach, copy, diff, discover, repository } from 'ocilink'
import { archive, memoryBox, writeArchive } from 'ocilink/archive'
import { embeddedRegistry } from 'ocilink/embedded'
import { equal, holds } from './check.ts'
import { artifactOf, bytesOf, MiB, pushImage, sbom } from './content.ts'
import { type Place, type SuiteTest, test } from './test.ts'

const everything = { referrers: true, depth: Number.POSITIVE_INFINITY }

/** An image with an SBOM and a signature of that. */
async function filled({ repo }: Place) {
  const app = repo('withApi')
  await pushImage(app)
  const made = await attach(app, 'v1', sbom)
  await attach(app, made, { artifactType: 'application/vnd.example.signature' })
  return app
}

export const copying: readonly SuiteTest[] = [
  test('copies an image with all that is attached to another registry', async (place) => {
    const from = await filled(place)
    const to = place.repo('withoutApi', {}, 'mirror')
    const { complete, referrers } = await copy(from, 'v1', to, everything)
    equal([complete, referrers.length], [true, 2])
    const left = await diff(from, 'v1', to, 'v1', { depth: 2 })
    equal([left.onlyHere.length, left.both.length, left.complete], [0, 2, true])
  }),

  test('copies into a registry inside the program', async (place) => {
    const from = await filled(place)
    const to = repository('registry.test/app', { fetch: embeddedRegistry().fetch })
    equal((await copy(from, 'v1', to, everything)).complete, true)
    equal((await discover(to, 'v1', { depth: 2 })).flat.length, 2)
  }),

  test('copies through an archive in memory', async (place) => {
    const from = await filled(place)
    const box = memoryBox()
    await copy(from, 'v1', box.repository('app'), everything)
    const file = await new Response(writeArchive(box)).blob()
    holds(file.size > 1024, 'the archive has something in it')
    const to = place.repo('withApi', {}, 'loaded')
    const loaded = await archive(file)
    equal((await copy(loaded.repository(), 'v1', to, everything)).complete, true)
    equal((await discover(to, 'v1', { depth: 2 })).flat.length, 2)
  }),

  test('copies a large blob to a registry that refuses chunks', async ({ repo }) => {
    const from = repository('registry.test/app', { fetch: embeddedRegistry().fetch })
    await pushImage(from)
    await attach(from, 'v1', artifactOf(bytesOf(65 * MiB)))
    const to = repo('withoutChunks')
    const { complete, losses } = await copy(from, 'v1', to, everything)
    equal([complete, losses], [true, []])
  }),
]
