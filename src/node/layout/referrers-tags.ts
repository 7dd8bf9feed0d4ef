/**
 * Keeps the referrers tags of a layout: regctl lists what is attached by them alone, while oras searches the
 * manifests that `index.json` names. They are written together with what they list.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { referrersIndex } from '../../box/referrers-index.ts'
import type { Link } from '../../embedded/storage/storage.ts'
import type { Digest } from '../../model/digest.ts'
import { IMAGE_INDEX } from '../../model/media-types.ts'
import { referrersTag } from '../../model/referrers-tag.ts'
import type { Changes } from './changes.ts'
import type { Contents, HeldManifest } from './contents.ts'

/** Subjects whose referrers tag may have to change. */
export interface ReferrersTags {
  /** What a manifest that came or went refers to. */
  note(links: readonly Link[]): void
  /** Renews the tags of the subjects that were noted. */
  renew(): Promise<void>
}

/** What the tags are made of. */
export interface ReferrersTagsOptions {
  readonly contents: Contents
  readonly changes: Pick<Changes, 'manifestAdded' | 'manifestDeleted'>
  /** The bytes of a manifest. */
  readonly read: (digest: Digest) => Promise<Uint8Array | undefined>
}

/** Keeps no tags. */
export const noReferrersTags: ReferrersTags = { note() {}, renew: async () => {} }

/** Keeps the referrers tags of a layout. */
export function createReferrersTags(options: ReferrersTagsOptions): ReferrersTags {
  const { contents, changes, read } = options
  const { catalog } = contents
  const noted = new Set<Digest>()

  /** Whether an older index is nothing but what the tag was. */
  function isLeft(digest: Digest): boolean {
    const held = catalog.find(digest)
    return held?.mediaType === IMAGE_INDEX && [...catalog.tagsOf(digest)].length === 0
  }
  async function renew(subject: Digest): Promise<void> {
    const tag = referrersTag(subject)
    const current = catalog.findTag(tag)
    const before = current && (await read(current))
    // From here on nothing else happens in between: what is listed is what will be saved.
    if (catalog.findTag(tag) !== current) return renew(subject)
    const listed = [...catalog.listReferrers(subject)]
    const isThere = (digest: Digest) => catalog.find(digest) !== undefined
    const renewed = referrersIndex({ listed, before, isThere })
    if (!renewed) return
    if (renewed.isEmpty) contents.deleteTag(tag)
    else {
      const manifest = heldIndex(renewed.bytes)
      changes.manifestAdded(manifest)
      contents.put(manifest, [tag], [])
    }
    if (current === undefined || !isLeft(current)) return
    const { alsoBlob } = catalog.find(current)!
    changes.manifestDeleted(current, alsoBlob)
    contents.delete(current)
  }
  return {
    note(links) {
      for (const { relation, subject } of links) if (relation === 'subject') noted.add(subject)
    },
    async renew() {
      for (const subject of noted) {
        noted.delete(subject)
        try {
          await renew(subject)
        } catch (error) {
          noted.add(subject)
          throw error
        }
      }
    },
  }
}

function heldIndex(bytes: Uint8Array<ArrayBuffer>): HeldManifest {
  const hex = createHash('sha256').update(bytes).digest('hex')
  const digest = `sha256:${hex}` as Digest
  return {
    digest,
    mediaType: IMAGE_INDEX,
    size: bytes.byteLength,
    alsoBlob: false,
    more: {},
    bytes,
  }
}
