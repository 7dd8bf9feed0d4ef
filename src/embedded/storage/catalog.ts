/**
 * What one repository holds, in memory and in order: manifests, the tags that point at them, and what
 * they refer to. Storages keep the bytes; this keeps the names.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { createSorted, type Sorted } from './sorted.ts'
import type { Link, ReferrersQuery, StoredTag } from './storage.ts'

/** The names of one repository; `Entry` is what its storage knows of a manifest. */
export interface Catalog<Entry> {
  find(digest: Digest): Entry | undefined
  entries(): IterableIterator<[Digest, Entry]>
  put(digest: Digest, entry: Entry, tags: readonly string[], links: readonly Link[]): void
  /** Takes the manifest's tags and links with it. */
  delete(digest: Digest): boolean

  findTag(tag: string): Digest | undefined
  /** False, and nothing changes, where there is no such manifest. */
  putTag(tag: string, digest: Digest): boolean
  deleteTag(tag: string): boolean
  /** The tags of a manifest, in no order. */
  tagsOf(digest: Digest): Iterable<string>
  listTags(after?: string): Generator<StoredTag>
  listReferrers(subject: Digest, query?: ReferrersQuery): Generator<Descriptor>
  /** Another object after each change of what refers to a subject in one way; undefined for nothing. */
  stateOf(subject: Digest, relation?: string): object | undefined
}

/** What refers to one subject in one way: all, and those of each type. */
interface Referrers {
  readonly all: Sorted<Referrer>
  readonly byType: Map<string, Sorted<Referrer>>
  state: object
}

/** A referrer, and the manifests that say so: in an index with entries that refer, it is not itself. */
interface Referrer {
  readonly position: string
  readonly descriptor: Descriptor
  readonly saidBy: Set<Digest>
}

/** Makes an empty catalog. */
export function createCatalog<Entry>(): Catalog<Entry> {
  const manifests = new Map<Digest, Entry>()
  const tags = createSorted<Digest>()
  const tagsOf = new Map<Digest, Set<string>>()
  const linksOf = new Map<Digest, readonly Link[]>()
  const referrers = new Map<string, Referrers>()

  function deleteTag(tag: string): boolean {
    const digest = tags.get(tag)
    if (digest === undefined) return false
    tagsOf.get(digest)?.delete(tag)
    return tags.delete(tag)
  }

  function putTag(tag: string, digest: Digest): boolean {
    if (!manifests.has(digest)) return false
    deleteTag(tag)
    tags.set(tag, digest)
    tagsOf.set(digest, (tagsOf.get(digest) ?? new Set()).add(tag))
    return true
  }

  function link(digest: Digest, { relation, subject, referrer, position }: Link): void {
    const key = keyOf(subject, relation)
    const place = position ?? referrer.digest
    const known = referrers.get(key) ?? { all: createSorted(), byType: new Map(), state: {} }
    referrers.set(key, known)
    const before = known.all.get(place)
    if (before) return void before.saidBy.add(digest)
    const added = { position: place, descriptor: referrer, saidBy: new Set([digest]) }
    const type = referrer.artifactType ?? ''
    const ofType = known.byType.get(type) ?? createSorted<Referrer>()
    known.byType.set(type, ofType)
    known.state = {}
    known.all.set(place, added)
    ofType.set(place, added)
  }

  function unlink(digest: Digest, { relation, subject, referrer, position }: Link): void {
    const key = keyOf(subject, relation)
    const place = position ?? referrer.digest
    const known = referrers.get(key)
    const found = known?.all.get(place)
    if (!known || !found) return
    found.saidBy.delete(digest)
    if (found.saidBy.size > 0) return
    const type = found.descriptor.artifactType ?? ''
    known.state = {}
    known.all.delete(place)
    known.byType.get(type)?.delete(place)
    if (known.byType.get(type)?.size === 0) known.byType.delete(type)
    if (known.all.size === 0) referrers.delete(key)
  }

  return {
    find: (digest) => manifests.get(digest),
    entries: () => manifests.entries(),
    put(digest, entry, newTags, links) {
      manifests.set(digest, entry)
      for (const old of linksOf.get(digest) ?? []) unlink(digest, old)
      for (const one of links) link(digest, one)
      if (links.length > 0) linksOf.set(digest, links)
      else linksOf.delete(digest)
      for (const tag of newTags) putTag(tag, digest)
    },
    delete(digest) {
      for (const tag of tagsOf.get(digest) ?? []) tags.delete(tag)
      tagsOf.delete(digest)
      for (const one of linksOf.get(digest) ?? []) unlink(digest, one)
      linksOf.delete(digest)
      return manifests.delete(digest)
    },
    findTag: (tag) => tags.get(tag),
    putTag,
    deleteTag,
    tagsOf: (digest) => tagsOf.get(digest) ?? [],
    *listTags(after) {
      for (let found = tags.next(after); found; found = tags.next(found[0])) {
        yield { tag: found[0], digest: found[1] }
      }
    },
    stateOf: (subject, relation = 'subject') => referrers.get(keyOf(subject, relation))?.state,
    *listReferrers(subject, query = {}) {
      const { relation = 'subject', artifactTypes } = query
      const key = keyOf(subject, relation)
      let { after } = query
      for (;;) {
        // Looked up at each step: what is read from may change between two of them.
        const known = referrers.get(key)
        const found = known && first(listsOf(known, artifactTypes), after)
        if (!found) return
        yield found.descriptor
        after = found.position
      }
    },
  }
}

function keyOf(subject: Digest, relation: string): string {
  return `${subject} ${relation}`
}

function listsOf(known: Referrers, types: readonly string[] | undefined): Sorted<Referrer>[] {
  if (!types) return [known.all]
  return types.map((type) => known.byType.get(type)).filter((list) => list !== undefined)
}

/** The lowest position after `after` of several lists. */
function first(
  lists: readonly Sorted<Referrer>[],
  after: string | undefined,
): Referrer | undefined {
  let lowest: readonly [string, Referrer] | undefined
  for (const list of lists) {
    const found = list.next(after)
    if (found && (!lowest || found[0] < lowest[0])) lowest = found
  }
  return lowest?.[1]
}
