/**
 * Manifests that were read, within a number of bytes. Our own: lru-cache's types do not compile without Node's.
 *
 * @module
 */

/** A manifest as it was answered. */
export interface CachedManifest {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly headers: readonly [string, string][]
}

/** Keeps what was used last. */
export interface ManifestCache {
  get(url: string): CachedManifest | undefined
  set(url: string, manifest: CachedManifest): void
  forget(url: string): void
}

/** What an entry costs beside its bytes: its address and headers. */
const OVERHEAD = 1024

/** Makes an empty cache. */
export function createManifestCache(most: number): ManifestCache {
  // In the order in which they were used.
  const kept = new Map<string, CachedManifest>()
  let size = 0
  const costOf = ({ bytes }: CachedManifest) => bytes.byteLength + OVERHEAD
  const forget = (url: string) => {
    const found = kept.get(url)
    if (!found) return
    kept.delete(url)
    size -= costOf(found)
  }
  return {
    forget,
    get(url) {
      const found = kept.get(url)
      if (!found) return undefined
      kept.delete(url)
      kept.set(url, found)
      return found
    },
    set(url, manifest) {
      forget(url)
      const cost = costOf(manifest)
      if (cost > most) return
      kept.set(url, manifest)
      size += cost
      for (const oldest of kept.keys()) {
        if (size <= most) break
        forget(oldest)
      }
    },
  }
}
