// Thousands of referrers, pushed without a client in between, which would take most of the time.
import { createHash } from 'node:crypto'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../src/embedded/index.ts'
import {
  type Descriptor,
  type Digest,
  type Fetch,
  type Repository,
  referrersTag,
  repository,
} from '../../src/index.ts'
import { pushBlob } from '../../src/registry/index.ts'
import { pushImage } from '../_image.ts'

const vnd = 'application/vnd.oci'
const IMAGE = `${vnd}.image.manifest.v1+json`
const INDEX = `${vnd}.image.index.v1+json`
const EMPTY = {
  mediaType: `${vnd}.empty.v1+json`,
  digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
  size: 2,
}

/** A referrer that differs from others by its number. */
export function referrerOf(
  subject: Descriptor,
  n: number,
): { readonly body: string; readonly descriptor: Descriptor } {
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType: IMAGE,
    artifactType: 'text/plain',
    config: EMPTY,
    layers: [EMPTY],
    subject,
    annotations: { n: String(n) },
  })
  const digest = `sha256:${createHash('sha256').update(body).digest('hex')}` as Digest
  return { body, descriptor: { mediaType: IMAGE, digest, size: body.length } }
}

async function put(
  fetch: Fetch,
  reference: string,
  mediaType: string,
  body: string,
): Promise<void> {
  const url = `http://registry.test/v2/team/app/manifests/${reference}`
  const headers = { 'content-type': mediaType }
  const { status } = await fetch(new Request(url, { method: 'PUT', headers, body }))
  if (status !== 201) throw new Error(`PUT ${reference} answered ${status}`)
}

/** The repository of a registry with an image at `v1`, as another process sees it each time. */
export interface Filled {
  readonly image: Descriptor
  readonly app: () => Repository
  readonly fetch: Fetch
}

async function withImage(options?: EmbeddedRegistryOptions): Promise<Filled> {
  const { fetch } = embeddedRegistry(options)
  const app = () => repository('registry.test/team/app', { fetch })
  const image = await pushImage(app())
  await pushBlob(app(), '{}', { mediaType: EMPTY.mediaType })
  return { image, app, fetch }
}

/** Referrers of one image, by their numbers; at its referrers tag too where the registry does not list them. */
export async function withReferrers(
  from: number,
  count: number,
  options?: EmbeddedRegistryOptions,
): Promise<Filled> {
  const filled = await withImage(options)
  const { image, fetch } = filled
  const manifests: Descriptor[] = []
  for (let n = from; n < from + count; n++) {
    const { body, descriptor } = referrerOf(image, n)
    await put(fetch, descriptor.digest, IMAGE, body)
    if (options?.referrersApi === false)
      manifests.push({ ...descriptor, artifactType: 'text/plain' })
  }
  if (manifests.length > 0) {
    const index = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests })
    await put(fetch, referrersTag(image.digest), INDEX, index)
  }
  return filled
}

/** A chain: each refers to the one before. */
export async function withLevels(levels: number): Promise<Filled> {
  const filled = await withImage()
  let subject = filled.image
  for (let n = 0; n < levels; n++) {
    const { body, descriptor } = referrerOf(subject, n)
    await put(filled.fetch, descriptor.digest, IMAGE, body)
    subject = descriptor
  }
  return filled
}
