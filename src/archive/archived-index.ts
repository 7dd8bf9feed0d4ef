/**
 * The `index.json` of an archive that is written: what the layout's own says, and what it leaves out, so that tools
 * which search nothing find what is attached.
 *
 * @module
 */
import { entriesOf, REF_NAME } from '../box/layout-document.ts'
import type { LayoutReader } from '../box/layout-reader.ts'
import { referrersIndex } from '../box/referrers-index.ts'
import type { Descriptor } from '../model/descriptor.ts'
import { type Digest, digestOf } from '../model/digest.ts'
import { IMAGE_INDEX } from '../model/media-types.ts'
import { referrersTag } from '../model/referrers-tag.ts'
import { addTo } from '../platform/add-to.ts'

/** An `index.json`, and the blobs that it names and that the layout does not have. */
export interface ArchivedIndex {
  readonly index: object
  readonly added: ReadonlyMap<Digest, Uint8Array>
}

/** Makes the index of a layout's archive. */
export async function archivedIndex(layout: LayoutReader): Promise<ArchivedIndex> {
  const manifests = await layout.manifests()
  const { manifests: _, schemaVersion, mediaType, ...more } = layout.index
  const unnamed = manifests.filter((found) => found.unnamed).map(({ descriptor }) => descriptor)
  const { entries, added } = await referrersTags(layout)
  const renewed = new Set(entries.map(nameOf))
  const kept = entriesOf(layout.index, 'index.json').filter((entry) => !renewed.has(nameOf(entry)))
  return {
    index: {
      schemaVersion: schemaVersion ?? 2,
      mediaType: mediaType ?? IMAGE_INDEX,
      manifests: [...kept, ...unnamed, ...entries],
      ...more,
    },
    added,
  }
}

/** The referrers tags that are missing, or that lack entries. */
async function referrersTags(
  layout: LayoutReader,
): Promise<{ readonly entries: readonly Descriptor[]; readonly added: Map<Digest, Uint8Array> }> {
  const there = new Set((await layout.manifests()).map(({ descriptor }) => descriptor.digest))
  // The first of a name counts.
  const tagged = new Map(
    layout.entries.map(({ tag, descriptor }) => [tag, descriptor.digest] as const).reverse(),
  )
  const entries: Descriptor[] = []
  const added = new Map<Digest, Uint8Array>()
  for (const [subject, listed] of await bySubject(layout)) {
    const tag = referrersTag(subject)
    const current = tagged.get(tag)
    const before = current && (await layout.findManifest(current))?.bytes
    const renewed = referrersIndex({ listed, before, isThere: (digest) => there.has(digest) })
    if (!renewed) continue
    const { bytes } = renewed
    const digest = await digestOf(bytes)
    added.set(digest, bytes)
    const annotations = { [REF_NAME]: tag }
    entries.push({ mediaType: IMAGE_INDEX, digest, size: bytes.byteLength, annotations })
  }
  return { entries, added }
}

/** What OCI 1.1 lists for each subject, in the order of digests. */
async function bySubject(layout: LayoutReader): Promise<Map<Digest, Descriptor[]>> {
  const subjects = new Map<Digest, Descriptor[]>()
  for (const { links } of await layout.manifests()) {
    for (const { relation, subject, referrer } of links) {
      if (relation === 'subject') addTo(subjects, subject, referrer)
    }
  }
  for (const listed of subjects.values()) listed.sort((a, b) => (a.digest < b.digest ? -1 : 1))
  return new Map([...subjects].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The name that an entry has, if it is one. */
function nameOf(entry: unknown): unknown {
  const { annotations } = Object(entry) as Partial<Descriptor>
  // An entry without a name must not be taken for another one.
  return annotations?.[REF_NAME] ?? entry
}
