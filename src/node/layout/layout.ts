/**
 * One repository's layout, open: what is in memory, and what is done to its files.
 *
 * @module
 */
import { untilUnreadable } from '../../box/unreadable.ts'
import type { Catalog } from '../../embedded/storage/catalog.ts'
import { createTurns } from '../../platform/turns.ts'
import { blobFiles } from './blob-files.ts'
import { type Changes, createChanges } from './changes.ts'
import { createContents } from './contents.ts'
import type { FoundLayout } from './directory.ts'
import { indexPath } from './index-json.ts'
import { type LayoutBlobs, layoutBlobs } from './layout-blobs.ts'
import { type LayoutManifests, layoutManifests, manifestReader } from './layout-manifests.ts'
import { loadManifests } from './load.ts'
import { createReferrersTags, noReferrersTags, type ReferrersTags } from './referrers-tags.ts'
import type { Workplace } from './workplace.ts'

/** A layout that is open. */
export interface Layout extends LayoutBlobs, LayoutManifests {
  /** Manifests, tags and links; changed by this layout only. */
  readonly catalog: Pick<Catalog<unknown>, 'findTag' | 'listTags' | 'listReferrers' | 'stateOf'>
  /** Resolves when all changes so far are on disk. After a failure the layout is of no more use. */
  save(): Promise<void>
}

/**
 * Opens a layout whose index was read.
 *
 * @param tagged - whether to keep the referrers tags of what refers to something
 * @param onFailure - called when changes could not be saved: what is in memory is not what is on disk
 */
export async function openLayout(
  place: Workplace,
  { directory, index }: FoundLayout,
  tagged: boolean,
  onFailure: () => void,
): Promise<Layout> {
  const { manifests: loaded, broken: lost } = await loadManifests(directory, index)
  // A registry that has lost something goes on with the rest; what somebody takes along is taken for all of it.
  const broken: typeof lost = tagged ? lost : new Map()
  const contents = createContents(index, loaded, broken)
  const files = blobFiles(directory, place)
  // Two requests for one digest take turns: its file may be a blob, a manifest, or both.
  const inTurn = createTurns()
  const changes: Changes = createChanges({
    place,
    files,
    directory,
    indexPath: indexPath(directory),
    prepare: () => referrersTags.renew(),
    format: contents.format,
    inTurn,
    onFailure,
  })
  const read = manifestReader(contents, files)
  const bytesOf = async (digest: Parameters<typeof read>[0]) => (await read(digest))?.bytes
  const referrersTags: ReferrersTags = tagged
    ? createReferrersTags({ contents, changes, read: bytesOf })
    : noReferrersTags
  // What was saved without them, by another tool or before a crash.
  for (const { links } of loaded) referrersTags.note(links)

  const blobs = layoutBlobs({ contents, files, changes, inTurn })
  const { findBlob } = blobs
  const parts = { contents, files, changes, inTurn, read, referrersTags, tagged, findBlob }
  const catalog: Layout['catalog'] = {
    ...contents.catalog,
    stateOf: (subject) => (broken.size > 0 ? undefined : contents.catalog.stateOf(subject)),
    listReferrers: (subject, query) =>
      untilUnreadable(contents.catalog.listReferrers(subject, query), broken),
  }
  return { ...blobs, ...layoutManifests(parts), catalog, save: changes.save }
}
