// Content of an OCI layout directory, pushed as it is.
import { readdirSync, readFileSync } from 'node:fs'
import type { ImageIndex } from '../src/index.ts'
import { pushBlob, putManifest, type Repository } from '../src/registry/index.ts'

/** Pushes all blobs of a layout, and its manifests from the innermost out; the last one at a tag. */
export async function pushLayout(repo: Repository, directory: URL, tag: string): Promise<void> {
  const blobs = new URL('blobs/sha256/', directory)
  const read = (hex: string) => new Uint8Array(readFileSync(new URL(hex, blobs)))
  const parse = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes))
  const { manifests } = parse(readFileSync(new URL('index.json', directory))) as ImageIndex
  const root = manifests[0]!
  const named = new Set<string>()
  await put(root.digest, tag, root.mediaType)

  async function put(digest: string, reference: string | undefined, mediaType: string) {
    const bytes = read(digest.slice('sha256:'.length))
    const document = parse(bytes)
    named.add(digest)
    for (const entry of document.manifests ?? [])
      await put(entry.digest, undefined, entry.mediaType)
    for (const blob of [document.config, ...(document.layers ?? [])].filter(Boolean)) {
      named.add(blob.digest)
      await pushBlob(repo, read(blob.digest.slice('sha256:'.length)))
    }
    await putManifest(repo, reference, bytes, { mediaType })
  }
  const missing = readdirSync(blobs).filter((hex) => !named.has(`sha256:${hex}`))
  if (missing.length > 0) throw new Error(`nothing names ${missing}`)
}
