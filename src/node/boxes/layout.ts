/**
 * OCI layouts in directories as boxes (image-spec 1.1, image-layout.md).
 *
 * @module
 */
import type { Box } from '../../box/box.ts'
import { boolean, type Checks, checkOptions } from '../../platform/options.ts'
import { filePath } from '../file-path.ts'

/** Options of {@link layout}. */
export interface LayoutOptions {
  /**
   * Whether it is only read: nothing is written, no lock is taken, and what other tools write is understood as
   * they mean it. It shows what was there when it was opened.
   *
   * @default false
   */
  readonly readOnly?: boolean | undefined
}

const checks: Checks<LayoutOptions> = { readOnly: boolean }

/**
 * Opens an OCI image layout in a directory: every call of this package reads from it and, unless it is opened
 * `readOnly`, writes to it.
 *
 * - **To read**: any layout, such as those of `oras backup`, `oras cp --to-oci-layout`, `regctl image copy`,
 *   `skopeo copy … oci:`, `crane pull --format=oci` and `docker buildx build --output type=oci,tar=false`; also a
 *   directory of layouts, which `layoutStorage()` writes. Entries may be named by tags, full references, or not at
 *   all; what is attached is found with and without an entry of its own.
 * - **To write**: the directory becomes a layout, or grows; one that is missing is made. It holds one repository,
 *   with what is attached in `index.json` and at the referrers tags, so that oras, regctl, skopeo and crane read it.
 *   What was acknowledged lasts. One process at a time writes to a directory; others may read it.
 *
 * Links in the file system are not followed.
 *
 * @param directory - its path, or its `file:` URL
 * @throws `InvalidInputError` `INVALID_INPUT` for what is no layout, naming the file that is missing or wrong; where
 *   another process writes to it; and for a layout of several repositories that is to be written; the system's own
 *   errors
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md}
 * @example
 * ```ts
 * import { referrers } from 'ocilink'
 * import { layout } from 'ocilink/node'
 *
 * const box = await layout('./out', { readOnly: true })
 * for await (const found of referrers(box.repository('team/app'), 'v1')) console.log(found.artifactType)
 * await box.close()
 * ```
 */
export async function layout(directory: string | URL, options: LayoutOptions = {}): Promise<Box> {
  const path = filePath(directory, 'directory')
  checkOptions(options, checks)
  const { readDirectory, writtenDirectory } = await import('./open-directory.ts')
  return options.readOnly ? readDirectory(path) : writtenDirectory(path)
}
