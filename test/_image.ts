// A small image to attach things to.
import type { Descriptor } from '../src/model/descriptor.ts'
import { pushBlob, putManifest, type Repository } from '../src/registry/index.ts'

/** Pushes an image whose content depends on `seed`, at a tag. */
export async function pushImage(repo: Repository, tag = 'v1', seed = 'app'): Promise<Descriptor> {
  const config = await pushBlob(
    repo,
    JSON.stringify({ architecture: 'amd64', os: 'linux', seed }),
    {
      mediaType: 'application/vnd.oci.image.config.v1+json',
    },
  )
  const layer = await pushBlob(repo, `layer of ${seed}`, {
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
  })
  const { descriptor } = await putManifest(repo, tag, {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config,
    layers: [layer],
  })
  return descriptor
}

/** All items of a listing. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}
