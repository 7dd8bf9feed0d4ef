// Images with something attached, in the ways that one registry can hold together.
import { attach } from '../../../src/index.ts'
import { putManifest, type Repository } from '../../../src/registry/index.ts'
import {
  cosignTags,
  digestTags,
  indexAnnotations,
  ociSubject,
} from '../../../src/strategies/index.ts'
import { pushImage } from '../../_image.ts'

const artifactType = 'application/spdx+json'
const settle = 0

const artifactOf = (data: string) => ({ artifactType, blobs: [{ data, mediaType: artifactType }] })

/** An index, and what is attached to it and to its platform by the tags and lists that clients write. */
export async function fillIndex(app: Repository): Promise<void> {
  const image = await pushImage(app, 'amd64')
  const manifests = [{ ...image, platform: { os: 'linux', architecture: 'amd64' } }]
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  await putManifest(app, 'v1', { schemaVersion: 2, mediaType, manifests })
  for (const strategy of [ociSubject(), digestTags(), cosignTags()]) {
    await attach(app, 'v1', artifactOf(`of ${strategy.name}`), { strategy, settle })
  }
  const strategy = indexAnnotations()
  await attach(app, image.digest, artifactOf('of its platform'), { strategy, settle })
}

/** An image with an SBOM, which has a signature. */
export async function fillChain(app: Repository): Promise<void> {
  await pushImage(app)
  const sbom = await attach(app, 'v1', artifactOf('an SBOM'), { settle })
  await attach(app, sbom, artifactOf('a signature'), { settle })
}
