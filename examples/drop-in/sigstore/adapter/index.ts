// What npm's @sigstore/oci 0.7 exports, on ocilink: the same names and shapes, so that what was written for that
// package attaches as ocilink does, without a change.
import { attach, locate } from 'ocilink'
import { getManifest } from 'ocilink/registry'
import { type FetchOptions, repositoryOptions } from './connection.ts'
import type { Credentials } from './credentials.ts'

export { type Credentials, getRegistryCredentials } from './credentials.ts'

/** What both functions take. */
interface ImageOptions {
  /** `host[:port]/name`; Docker Hub is `docker.io`. */
  readonly imageName: string
  readonly credentials: Credentials
  readonly fetchOpts?: FetchOptions
}

export interface AttachArtifactOptions extends ImageOptions {
  readonly imageDigest: string
  readonly artifact: Uint8Array
  readonly mediaType: string
  readonly annotations?: Record<string, string>
}

export interface GetImageDigestOptions extends ImageOptions {
  readonly imageTag: string
}

export interface Descriptor {
  mediaType: string
  digest: string
  size: number
  artifactType?: string
}

/** What both functions throw. */
export class OCIError extends Error {
  override readonly name = 'OCIError'
  /** An error of ocilink, with a stable code. */
  declare readonly cause: unknown

  constructor({ message, cause }: { message: string; cause?: unknown }) {
    super(message, { cause })
  }
}

/** Attaches an artifact to an image. */
export async function attachArtifactToImage(options: AttachArtifactOptions): Promise<Descriptor> {
  const { imageName, imageDigest, artifact, mediaType, annotations } = options
  try {
    const { repo } = locate(imageName, repositoryOptions(options))
    const { digest, size, ...attached } = await attach(repo, imageDigest, {
      artifactType: mediaType,
      blobs: [{ data: artifact, mediaType }],
      annotations: { 'org.opencontainers.image.created': new Date().toISOString(), ...annotations },
    })
    return { mediaType: attached.mediaType, digest, size, artifactType: mediaType }
  } catch (cause) {
    throw new OCIError({ message: 'Error uploading artifact to container registry', cause })
  }
}

/** The digest that a tag of an image leads to. */
export async function getImageDigest(options: GetImageDigestOptions): Promise<string> {
  try {
    const { repo } = locate(options.imageName, repositoryOptions(options))
    return (await getManifest(repo, options.imageTag)).descriptor.digest
  } catch (cause) {
    throw new OCIError({ message: 'Error retrieving image digest from container registry', cause })
  }
}
