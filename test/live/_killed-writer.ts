// A writer whose server is killed under it: does random pushes, tag moves and deletes, keeps book of
// what was acknowledged, and says afterwards what of it is not there.
import { createHash, randomBytes } from 'node:crypto'

const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
const config = '{}'

/** What is under a name: bytes of a manifest or blob, the digest of a tag; undefined for nothing. */
type Value = string | Buffer | undefined

/** Changes of one request, which happen together or not at all. */
type Change = ReadonlyMap<string, Value>

export interface Writer {
  /** Writes until the server no longer answers, and tells of each request that was acknowledged. */
  writeTo(url: string, onAcknowledged: () => void): Promise<void>
  /** Everything that is not as it was acknowledged. A request that was cut may have been done or not. */
  check(url: string): Promise<string[]>
}

/** Makes a writer whose content and tags are no other writer's. */
export function createWriter(repository: string, name: string): Writer {
  const known = new Map<string, Value>()
  let cut: Change | undefined
  let count = 0
  let acknowledged = () => {}

  const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)]!
  const there = (kind: string) =>
    [...known].filter(([path, value]) => path.startsWith(`${kind}/`) && value !== undefined)
  const tags = ['a', 'b', 'c'].map((tag) => `tags/${name}-${tag}`)

  /** Sends one request; its change is certain once it is answered. */
  async function request(url: string, init: RequestInit, change: Change): Promise<void> {
    cut = change
    const answer = await fetch(url, init)
    await answer.arrayBuffer()
    if (!answer.ok) throw new Error(`${init.method} ${url} answered ${answer.status}`)
    for (const [path, value] of change) known.set(path, value)
    cut = undefined
    acknowledged()
  }

  async function pushBlob(base: string, bytes: Buffer): Promise<string> {
    const digest = digestOf(bytes)
    const change = new Map([[`blobs/${digest}`, bytes]])
    const whole = Math.random() < 0.5
    const open = whole ? undefined : await fetch(`${base}/blobs/uploads/`, { method: 'POST' })
    await open?.arrayBuffer()
    const location = open ? new URL(open.headers.get('Location')!, base).href : ''
    const url = open ? `${location}?digest=${digest}` : `${base}/blobs/uploads/?digest=${digest}`
    await request(url, { method: open ? 'PUT' : 'POST', body: new Uint8Array(bytes) }, change)
    return digest
  }

  const putAt = (base: string, path: string, bytes: Buffer) => {
    const digest = digestOf(bytes)
    const reference = path.startsWith('tags/') ? path.slice(5) : digest
    const change = new Map<string, Value>([[`manifests/${digest}`, bytes]])
    if (path.startsWith('tags/')) change.set(path, digest)
    const init = { method: 'PUT', headers: { 'Content-Type': IMAGE }, body: new Uint8Array(bytes) }
    return request(`${base}/manifests/${reference}`, init, change)
  }

  const steps: readonly ((base: string) => Promise<void>)[] = [
    async function push(base) {
      await pushBlob(base, Buffer.from(config))
      count += 1
      const size = Math.floor(Math.random() ** 4 * 1_000_000)
      const layer = Buffer.concat([Buffer.from(`${name} ${count} `), randomBytes(size)])
      await pushBlob(base, layer)
      await putAt(base, pick([...tags, '']), manifest(layer))
    },
    async function moveTag(base) {
      const [found] = [pick(there('manifests'))]
      if (found) await putAt(base, pick(tags), found[1] as Buffer)
    },
    async function deleteTag(base) {
      const found = pick(there('tags'))
      if (!found) return
      const init = { method: 'DELETE' }
      await request(
        `${base}/manifests/${found[0].slice(5)}`,
        init,
        new Map([[found[0], undefined]]),
      )
    },
    async function deleteManifest(base) {
      const found = pick(there('manifests'))
      if (!found) return
      const digest = found[0].slice('manifests/'.length)
      const change = new Map<string, Value>([[found[0], undefined]])
      for (const [tag, target] of there('tags')) if (target === digest) change.set(tag, undefined)
      await request(`${base}/manifests/${digest}`, { method: 'DELETE' }, change)
      // Its layer is nobody's now. The first is the config, which all share.
      const layer = JSON.parse(String(found[1])).layers[0].digest
      const gone = new Map([[`blobs/${layer}`, undefined]])
      await request(`${base}/blobs/${layer}`, { method: 'DELETE' }, gone)
    },
  ]

  /** What a server has under a name. */
  async function look(url: string, path: string): Promise<Value> {
    const [kind, id] = path.split('/') as [string, string]
    const isTag = kind === 'tags'
    const answer = await fetch(`${url}/v2/${repository}/${isTag ? 'manifests' : kind}/${id}`)
    const bytes = Buffer.from(await answer.arrayBuffer())
    if (answer.status === 404) return undefined
    if (!answer.ok) throw new Error(`GET ${path} answered ${answer.status}`)
    return isTag ? digestOf(bytes) : bytes
  }

  return {
    async writeTo(url, onAcknowledged) {
      acknowledged = onAcknowledged
      const base = `${url}/v2/${repository}`
      for (;;) {
        const { length } = there('manifests')
        // A few manifests at a time, so that checking them all does not take long.
        const step = length < 2 ? steps[0]! : length > 4 ? steps[3]! : pick(steps)
        try {
          await step(base)
        } catch (error) {
          // What fetch throws when the server is gone; answers that are none are told.
          if (error instanceof TypeError) return
          throw error
        }
      }
    },

    async check(url) {
      const wrong: string[] = []
      if (cut) {
        const paths = [...cut.keys()]
        const found = await Promise.all(paths.map((path) => look(url, path)))
        const is = (values: (path: string) => Value) =>
          paths.every((path, n) => same(found[n], values(path)))
        if (is((path) => cut?.get(path))) for (const [path, value] of cut) known.set(path, value)
        else if (!is((path) => known.get(path))) wrong.push(`half done: ${paths.join(', ')}`)
        cut = undefined
      }
      await Promise.all(
        [...known].map(async ([path, value]) => {
          if (!same(await look(url, path), value)) {
            wrong.push(`${path} ${value === undefined ? 'is there again' : 'is lost or another'}`)
          }
        }),
      )
      // Deleted for good, and seen to be: no need to ask again each time.
      for (const [path, value] of known) if (value === undefined) known.delete(path)
      return wrong
    },
  }
}

function manifest(layer: Buffer): Buffer {
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType: IMAGE,
    config: describe('application/vnd.oci.empty.v1+json', Buffer.from(config)),
    layers: [describe('application/octet-stream', layer)],
  })
  return Buffer.from(text)
}

function describe(mediaType: string, bytes: Buffer) {
  return { mediaType, digest: digestOf(bytes), size: bytes.byteLength }
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

function same(a: Value, b: Value): boolean {
  return Buffer.isBuffer(a) && Buffer.isBuffer(b) ? a.equals(b) : a === b
}
