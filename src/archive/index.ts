/**
 * `ocilink/archive`: tar archives of OCI layouts, read and written in any runtime.
 *
 * @module
 */
export type { Box, BoxRepositoryOptions } from '../box/box.ts'
export type { BoxEntry } from '../box/entries.ts'
export { archive } from './archive.ts'
export { type MemoryBoxOptions, memoryBox } from './memory-box.ts'
export type { ArchiveOptions } from './options.ts'
export { type WriteArchiveOptions, writeArchive } from './write-archive.ts'
