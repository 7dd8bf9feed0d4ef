// Registries on one store, each as a process of its own has it; and what must hold whatever they did.
import { expect } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import type { S3StorageOptions } from '../../src/s3/index.ts'
import type { Send } from '../embedded/_registry.ts'
import { storageIn } from './_storage.ts'
import type { Fault, TestStore } from './_store.ts'

/** A process. */
export function processOn(
  store: TestStore,
  fault?: Fault,
  options: Partial<S3StorageOptions> = {},
): Send {
  const storage = storageIn(store, { ...options }, fault)
  const registry = embeddedRegistry({ storage })
  return (method, path, init) =>
    registry.fetch(new Request(`http://registry.test${path}`, { method, ...init }))
}

/** Makes the locks of processes that ended old enough to be taken over. */
export function letLeasesEnd(store: TestStore): void {
  store.ahead += 60_000
}

/** What clients see of a repository. */
export interface Seen {
  readonly tags: Readonly<Record<string, string>>
  readonly referrers: readonly string[]
}

/** Reads all tags and the referrers of a subject, by a process that has just begun. */
export async function look(store: TestStore, name: string, subject: string): Promise<Seen> {
  const send = processOn(store)
  const list = await send('GET', `/v2/${name}/tags/list`)
  const { tags: names = [] } = (await list.json()) as { tags?: string[] }
  const tags: Record<string, string> = {}
  for (const tag of names) {
    const answer = await send('GET', `/v2/${name}/manifests/${tag}`)
    expect(answer.status, `tag ${tag}`).toBe(200)
    tags[tag] = answer.headers.get('Docker-Content-Digest')!
  }
  const answer = await send('GET', `/v2/${name}/referrers/${subject}`)
  expect(answer.status).toBe(200)
  const { manifests } = (await answer.json()) as { manifests: { digest: string }[] }
  for (const { digest } of manifests) {
    const found = await send('HEAD', `/v2/${name}/manifests/${digest}`)
    expect(found.status, `referrer ${digest}`).toBe(200)
  }
  return { tags, referrers: manifests.map(({ digest }) => digest) }
}

/** Nothing in a store that nobody will come back to: locks, and names that lead nowhere. */
export function expectNoTraces(store: TestStore, name: string): void {
  expect(store.keys(`${name}/_pending/`)).toEqual([])
  const there = new Set(store.keys(`${name}/_manifests/`).map((key) => key.split('/').at(-1)))
  for (const key of store.keys(`${name}/_tagged/`)) {
    expect(there, key).toContain(key.slice(`${name}/_tagged/`.length).split('/')[0])
  }
}
