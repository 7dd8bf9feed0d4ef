/**
 * Storage in a directory: an OCI image layout for each repository (image-spec 1.1, image-layout.md).
 *
 * @module
 */

import { access, constants } from 'node:fs/promises'
import type { BlobWriter, Storage } from '../../embedded/storage/storage.ts'
import { boolean, type Checks, checkOptions, string } from '../../platform/options.ts'
import { filePath } from '../file-path.ts'
import { createOpenLayouts } from './open-layouts.ts'
import { requireName } from './paths.ts'
import { layoutRepository } from './repository.ts'
import { takeDirectory } from './workplace.ts'

/** Options of {@link layoutStorage}. */
export interface LayoutStorageOptions {
  /**
   * Name of a repository whose layout is the directory itself, not one below it: for serving a layout
   * that is there already.
   */
  readonly name?: string | undefined
  /**
   * Whether what is attached stands at the referrers tag of its subject too, as on a registry without the
   * referrers API: regctl finds it in a layout by nothing else.
   *
   * @default false
   */
  readonly referrersTags?: boolean | undefined
}

const checks: Checks<LayoutStorageOptions> = { name: string, referrersTags: boolean }

/** A storage that holds a directory until it is closed. */
export interface LayoutStorage extends Storage {
  /** Waits for changes under way, drops uploads that were not finished, and lets the directory go. */
  close(): Promise<void>
}

/**
 * Keeps content in a directory, in the form that other tools read and write: the repository `team/app`
 * is the OCI image layout `<directory>/team/app`, with `oci-layout`, `index.json` and `blobs/`. An
 * entry of `index.json` with the annotation `org.opencontainers.image.ref.name` is a tag; manifests
 * without a tag have entries without it. Layouts that other tools put there are served. Where a piece
 * of a name is called like a part of a layout it is written with `_` before it: `app/blobs` is at
 * `<directory>/app/_blobs`.
 *
 * What was acknowledged lasts: files are written beside, synced and moved into place. One process at a
 * time uses a directory. Other tools may read it at any time, and write to it while it is not in use.
 * Nothing is read or written through symbolic links.
 *
 * @param directory - made where it is missing
 * @throws `InvalidInputError` `INVALID_INPUT` where another process uses the directory, where it
 *   is itself a layout and no `name` is given, or for a wrong
 *   option; `TypeError` for a directory that is no path; the system's own errors
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md}
 * @example
 * ```ts
 * import { embeddedRegistry } from 'ocilink/embedded'
 * import { layoutStorage, serve } from 'ocilink/node'
 *
 * const storage = await layoutStorage('images')
 * const server = await serve(embeddedRegistry({ storage }))
 * console.log(`docker push ${server.host}/team/app:v1, then skopeo inspect oci:images/team/app:v1`)
 * await server.close()
 * await storage.close()
 * ```
 */
export async function layoutStorage(
  directory: string,
  options: LayoutStorageOptions = {},
): Promise<LayoutStorage> {
  if (typeof directory !== 'string') {
    throw new TypeError(`"directory" must be a path, got ${typeof directory}`)
  }
  checkOptions(options, checks)
  const { name: own, referrersTags = false } = options
  if (own !== undefined) requireName(own)
  const path = filePath(directory, 'directory')
  const { place, release } = await takeDirectory(path, own !== undefined)
  const layouts = createOpenLayouts(place, own, referrersTags)
  const writers = new Set<BlobWriter>()

  async function close(): Promise<void> {
    const saved = layouts.close()
    await Promise.all([...writers].map((writer) => writer.discard()))
    await saved
    await release()
  }
  let closing: Promise<void> | undefined
  return {
    repository: (name) => layoutRepository(name, place, layouts, writers),
    check: () => access(path, constants.R_OK | constants.W_OK),
    close() {
      closing ??= close()
      return closing
    },
  }
}
