// What the tests of cosign's tags share.
import { readFileSync } from 'node:fs'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../../src/embedded/index.ts'
import {
  type ArtifactBlob,
  type ArtifactInput,
  type Descriptor,
  type Digest,
  type Fetch,
  type ImageManifest,
  parseManifest,
  type Repository,
  repository,
} from '../../../src/index.ts'
import { findManifest, pushBlob, putManifest } from '../../../src/registry/index.ts'
import { pushImage } from '../../_image.ts'

export const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json'
export const DSSE = 'application/vnd.dsse.envelope.v1+json'
export const SPDX = 'text/spdx+json'
export const SIGNATURE = 'dev.cosignproject.cosign/signature'
export const IMAGE = 'application/vnd.oci.image.manifest.v1+json'

/** The bytes of a recorded file. */
export const recordedBytes = (name: string): Buffer =>
  readFileSync(new URL(`../../vectors/recorded/${name}.json`, import.meta.url))

type Artifact = ArtifactInput & { readonly blobs: readonly ArtifactBlob[] }

/** A signature as callers give it. */
export const signed = (signature: string, payload = '{"critical":{}}'): Artifact => ({
  artifactType: SIMPLE_SIGNING,
  blobs: [{ data: payload, mediaType: SIMPLE_SIGNING, annotations: { [SIGNATURE]: signature } }],
})

/** An attestation as callers give it. */
export const attested = (predicateType: string | undefined, data = '{}'): Artifact => ({
  artifactType: DSSE,
  blobs: [{ data, mediaType: DSSE, ...(predicateType && { annotations: { predicateType } }) }],
})

/** An SBOM as callers give it. */
export const sbom = (data = '{}'): Artifact => ({
  artifactType: SPDX,
  blobs: [{ data, mediaType: SPDX }],
})

type Bend = (request: Request, answer: () => Promise<Response>) => Promise<Response>

/** A registry with an image, and processes that use it. */
export interface Setting {
  readonly app: Repository
  /** Another process; each of its requests waits up to `delay` milliseconds. */
  open(name?: string, delay?: number): Repository
  /** The registry as it is, whatever the test bends. */
  readonly straight: Repository
  readonly subject: Descriptor
  readonly warnings: string[]
  /** What all processes but the straight one have asked. */
  readonly lines: string[]
}

/** Starts a registry whose answers a test can bend. */
export async function setUp(options: EmbeddedRegistryOptions = {}, bend?: Bend): Promise<Setting> {
  const registry = embeddedRegistry(options)
  const warnings: string[] = []
  const lines: string[] = []
  // Each with a fetch of its own: processes that know nothing of each other.
  const open = (name = 'team/app', delay = 0): Repository => {
    const fetch: Fetch = async (request) => {
      lines.push(`${request.method} ${new URL(request.url).pathname.replace(/^.*team\/\w+/, '')}`)
      if (delay > 0) await new Promise((resolve) => setTimeout(resolve, Math.random() * delay))
      return bend ? bend(request, () => registry.fetch(request)) : registry.fetch(request)
    }
    const onWarning = ({ message }: { message: string }) => warnings.push(message)
    return repository(`registry.test/${name}`, { fetch, retries: 0, onWarning })
  }
  const straight = repository('registry.test/team/app', { fetch: registry.fetch })
  const subject = await pushImage(straight)
  return { app: open(), open, straight, subject, warnings, lines }
}

export const tagOf = (subject: { readonly digest: Digest }, suffix: string): string =>
  `${subject.digest.replace(':', '-')}.${suffix}`

/** What is at a tag. */
export async function readTag(
  repo: Repository,
  subject: { readonly digest: Digest },
  suffix: string,
): Promise<ImageManifest | undefined> {
  const stored = await findManifest(repo, tagOf(subject, suffix))
  return stored && (parseManifest(stored.bytes, stored.descriptor.mediaType) as ImageManifest)
}

/** Writes a manifest at a tag as another tool would. */
export async function writeTag(
  repo: Repository,
  subject: { readonly digest: Digest },
  suffix: string,
  manifest: Partial<ImageManifest>,
): Promise<void> {
  const config = await pushBlob(repo, '{"config":"of another tool"}', {
    mediaType: 'application/vnd.oci.image.config.v1+json',
  })
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType: IMAGE,
    config,
    layers: [],
    ...manifest,
  })
  await putManifest(repo, tagOf(subject, suffix), new TextEncoder().encode(text), {
    mediaType: manifest.mediaType ?? IMAGE,
  })
}
