// OCI layouts made by hand: no code of ours writes them.
import { createHash } from 'node:crypto'
import type { LayoutFiles } from '../../src/box/layout-files.ts'
import type { Descriptor } from '../../src/model/descriptor.ts'
import { type Digest, isDigest } from '../../src/model/digest.ts'

const vnd = 'application/vnd.oci.image'
export const IMAGE: string = `${vnd}.manifest.v1+json`
export const INDEX: string = `${vnd}.index.v1+json`
export const SBOM = 'application/vnd.example.sbom'
export const REF = 'org.opencontainers.image.ref.name'
export const CONTAINERD = 'io.containerd.image.name'

const bytesOf = (content: string | object | Uint8Array): Uint8Array =>
  content instanceof Uint8Array
    ? content
    : Buffer.from(typeof content === 'string' ? content : JSON.stringify(content))

export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest
}

export interface TestLayout {
  /** By path. */
  readonly files: Map<string, Uint8Array>
  blob(content: string | object | Uint8Array, mediaType?: string): Descriptor
  /** An image whose content depends on `seed`, or an artifact where it has a subject. */
  image(seed: string, more?: object): Descriptor
  sbom(subject: Descriptor, seed?: string): Descriptor
  /** An entry of index.json. */
  entry(descriptor: Descriptor, annotations?: Record<string, string>): void
}

/** A layout without entries. */
export function testLayout(): TestLayout {
  const files = new Map<string, Uint8Array>()
  const manifests: object[] = []
  const text = (path: string, content: string | object) => files.set(path, bytesOf(content))
  const index = () => text('index.json', { schemaVersion: 2, mediaType: INDEX, manifests })
  text('oci-layout', { imageLayoutVersion: '1.0.0' })
  index()
  const layout: TestLayout = {
    files,
    blob(content, mediaType = 'application/octet-stream') {
      const bytes = bytesOf(content)
      const digest = digestOf(bytes)
      files.set(`blobs/${digest.replace(':', '/')}`, bytes)
      return { mediaType, digest, size: bytes.byteLength }
    },
    image(seed, more = {}) {
      const config = layout.blob(
        { architecture: 'amd64', os: 'linux', seed },
        `${vnd}.config.v1+json`,
      )
      const layers = [layout.blob(`layer of ${seed}`, `${vnd}.layer.v1.tar`)]
      return layout.blob({ schemaVersion: 2, mediaType: IMAGE, config, layers, ...more }, IMAGE)
    },
    sbom(subject, seed = 'sbom') {
      return layout.image(seed, { artifactType: SBOM, subject })
    },
    entry(descriptor, annotations) {
      manifests.push({ ...descriptor, ...(annotations && { annotations }) })
      index()
    },
  }
  return layout
}

/** The files as a layout is read. */
export function filesOf(files: ReadonlyMap<string, Uint8Array>, place = 'test'): LayoutFiles {
  return {
    place,
    async find(path) {
      const bytes = files.get(path)
      return (
        bytes && {
          size: bytes.byteLength,
          stream: (start = 0, end = bytes.byteLength) =>
            new Blob([new Uint8Array(bytes.subarray(start, end))]).stream(),
        }
      )
    },
    async blobs() {
      const names = [...files.keys()].map((path) => path.replace(/^blobs\/(\w+)\//, '$1:'))
      return names.filter((name) => isDigest(name))
    },
    close: async () => {},
  }
}
