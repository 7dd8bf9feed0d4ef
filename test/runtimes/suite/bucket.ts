// A registry inside the program that keeps its content in a bucket.
import { attach, copy, discover, readArtifact, referrers, repository } from 'ocilink'
import { embeddedRegistry } from 'ocilink/embedded'
import { pushBlob } from 'ocilink/registry'
import { s3Storage, sweepS3 } from 'ocilink/s3'
import { equal } from './check.ts'
import { all, artifactOf, bytesOf, MiB, pushImage, sbom, spdx } from './content.ts'
import { type Place, type SuiteTest, test } from './test.ts'

/** A registry that remembers nothing of others, below a prefix that no other test uses. */
function registryOn({ bucket }: Place) {
  const registry = embeddedRegistry({ storage: s3Storage(bucket) })
  return (name: string) => repository(`registry.test/${name}`, { fetch: registry.fetch })
}

export const bucket: readonly SuiteTest[] = [
  test('keeps an image and its artifacts in a bucket, for whoever else has it', async (place) => {
    const app = registryOn(place)('app')
    await pushImage(app)
    const made = await attach(app, 'v1', sbom)
    const other = registryOn(place)('app')
    equal(
      (await all(referrers(other, 'v1'))).map(({ digest }) => digest),
      [made.digest],
    )
    const read = await readArtifact(other, 'v1', { artifactType: spdx })
    equal(await read.json(), { spdxVersion: 'SPDX-2.3' })
  }),

  test('keeps a blob of 20 MiB in a bucket, and mounts it', async (place) => {
    const from = registryOn(place)
    await pushImage(from('app'))
    await attach(from('app'), 'v1', artifactOf(bytesOf(20 * MiB)))
    const to = registryOn(place)('other')
    equal((await copy(from('app'), 'v1', to, { referrers: true })).complete, true)
    const read = await readArtifact(to, 'v1', { artifactType: 'application/vnd.example.data' })
    equal((await new Response(await read.stream()).arrayBuffer()).byteLength, 20 * MiB)
  }),

  test('attaches by two registries at once to an image in a bucket', async (place) => {
    const [one, two] = [registryOn(place)('app'), registryOn(place)('app')]
    await pushImage(one)
    await Promise.all(
      Array.from({ length: 16 }, (_, n) => {
        const annotations = { n: String(n) }
        return attach(n % 2 ? one : two, 'v1', { ...sbom, annotations })
      }),
    )
    equal((await discover(two, 'v1')).flat.length, 16)
  }),

  test('finds what is of no use in a bucket', async (place) => {
    await pushBlob(registryOn(place)('app'), 'nobody needs this')
    await new Promise((resolve) => setTimeout(resolve, 2100))
    const found = await all(sweepS3(place.bucket, { olderThan: 1 }))
    equal(
      found.map(({ what, repository }) => [what, repository]),
      [['blob', 'app']],
    )
  }),
]
