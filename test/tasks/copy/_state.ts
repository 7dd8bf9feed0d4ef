// All that is in a repository of an embedded registry, by requests of its own: no client in between, so it costs little.
import type { Fetch } from '../../../src/index.ts'

interface Named {
  readonly digest: string
}

interface Document {
  readonly config?: Named
  readonly layers?: readonly Named[]
  readonly blobs?: readonly Named[]
  readonly manifests?: readonly Named[]
}

/** A line for each tag, manifest, blob and referrer, sorted. Entries of an index that clients write together have no order. */
export async function stateOf(
  { fetch }: { readonly fetch: Fetch },
  name: string,
): Promise<readonly string[]> {
  const ask = (path: string, method = 'GET') =>
    fetch(new Request(`http://registry.test/v2/${name}/${path}`, { method }))
  const lines: string[] = []
  const seen = new Set<string>()
  const blob = async (digest: string) => {
    const { status } = await ask(`blobs/${digest}`, 'HEAD')
    lines.push(`blob ${digest} ${status}`)
  }
  const manifest = async (digest: string): Promise<void> => {
    if (seen.has(digest)) return
    seen.add(digest)
    const answer = await ask(`manifests/${digest}`)
    lines.push(`manifest ${digest} ${answer.status}`)
    const { config, layers = [], blobs = [], manifests = [] }: Document = await answer.json()
    const content = [...(config ? [config] : []), ...layers, ...blobs]
    for (const one of content) await blob(one.digest)
    for (const one of manifests) await manifest(one.digest)
    const list = await ask(`referrers/${digest}`)
    if (!list.ok) return
    const listed: Document = await list.json()
    for (const one of listed.manifests ?? []) {
      lines.push(`referrer ${one.digest} of ${digest}`)
      await manifest(one.digest)
    }
  }
  const list = await ask('tags/list')
  if (!list.ok) return lines
  const { tags }: { tags: readonly string[] } = await list.json()
  for (const tag of tags) {
    const answer = await ask(`manifests/${tag}`)
    if (!/^sha256-[0-9a-f]{64}$/.test(tag)) {
      const digest = answer.headers.get('docker-content-digest')!
      lines.push(`tag ${tag} ${digest}`)
      await manifest(digest)
      continue
    }
    const { manifests = [] }: Document = await answer.json()
    lines.push(`list ${tag} ${manifests.map((entry) => JSON.stringify(entry)).sort()}`)
    for (const { digest } of manifests) await manifest(digest)
  }
  return [...new Set(lines)].sort()
}
