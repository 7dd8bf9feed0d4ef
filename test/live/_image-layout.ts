// An image for three platforms, as a layout that is written without any of the tools under test.
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const vnd = 'application/vnd.oci.image'

export interface Content {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

export interface ImageLayout {
  /** The index that `v1` is. */
  readonly root: Content
  /** Everything that the image is made of, by digest. */
  readonly blobs: ReadonlyMap<string, Buffer>
}

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** Writes the layout, with the image at the tag `v1`. */
export async function writeImageLayout(directory: string): Promise<ImageLayout> {
  const blobs = new Map<string, Buffer>()
  const add = (mediaType: string, content: Buffer | object): Content => {
    // Spaces, so that whoever writes JSON anew writes other bytes.
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content, null, 3))
    const digest = digestOf(bytes)
    blobs.set(digest, bytes)
    return { mediaType, digest, size: bytes.byteLength }
  }
  const manifests = ['amd64', 'arm64', 'ppc64le'].map((architecture) => {
    // Tar files that hold nothing: blocks of zeros, as many as there are characters in the name.
    const tars = [architecture.length * 512, 1024 * 1024].map((size) => Buffer.alloc(size))
    const platform = { os: 'linux', architecture }
    const layers = tars.map((tar) => add(`${vnd}.layer.v1.tar+gzip`, gzipSync(tar)))
    const diffIds = tars.map(digestOf)
    const rootfs = { type: 'layers', diff_ids: diffIds }
    const config = add(`${vnd}.config.v1+json`, { ...platform, config: {}, rootfs })
    const annotations = { 'com.example.note': 'Grüße, 世界' }
    const mediaType = `${vnd}.manifest.v1+json`
    const own = add(mediaType, { schemaVersion: 2, mediaType, config, layers, annotations })
    return { ...own, platform }
  })
  const mediaType = `${vnd}.index.v1+json`
  const root = add(mediaType, { schemaVersion: 2, mediaType, manifests })
  await mkdir(join(directory, 'blobs', 'sha256'), { recursive: true })
  for (const [digest, bytes] of blobs) {
    await writeFile(join(directory, 'blobs', ...(digest.split(':') as [string, string])), bytes)
  }
  await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  const annotations = { 'org.opencontainers.image.ref.name': 'v1' }
  const index = { schemaVersion: 2, manifests: [{ ...root, annotations }] }
  await writeFile(join(directory, 'index.json'), JSON.stringify(index))
  return { root, blobs }
}

/** All blobs of a layout, by digest. */
export async function readBlobs(directory: string): Promise<Map<string, Buffer>> {
  const blobs = new Map<string, Buffer>()
  const path = join(directory, 'blobs', 'sha256')
  for (const hex of await readdir(path)) {
    blobs.set(`sha256:${hex}`, await readFile(join(path, hex)))
  }
  return blobs
}
