/**
 * The files that make a directory a layout: found and checked, or made.
 *
 * @module
 */
import { join } from 'node:path'
import { LAYOUT_FILE, requireVersion } from '../../box/layout-document.ts'
import { InvalidInputError } from '../../errors.ts'
import { MANIFEST_LIMIT } from '../../model/manifest.ts'
import { look, replaceFile } from './durable.ts'
import { EMPTY_INDEX, indexPath, type LayoutIndex, parseIndex } from './index-json.ts'
import { findDirectory, makeDirectories } from './paths.ts'
import { readWhole } from './read-file.ts'
import type { Workplace } from './workplace.ts'

/** A directory that is a layout, and its index. */
export interface FoundLayout {
  readonly directory: string
  readonly index: LayoutIndex
}

// 100 000 manifests take about 20 MB.
const largestIndex = 1024 * 1024 * 1024

/**
 * The layout in a directory below the root; undefined where there is none.
 *
 * @throws {@link InvalidInputError} where one of its parts is not what it should be
 */
export async function findLayout(
  { root }: Workplace,
  pieces: readonly string[],
): Promise<FoundLayout | undefined> {
  const directory = await findDirectory(root, pieces)
  if (directory === undefined) return undefined
  const path = indexPath(directory)
  const found = await look(path)
  if (!found) return undefined
  const text = found.isFile() ? await readText(path, largestIndex) : undefined
  if (text === undefined) throw invalid(path, 'a file of at most 1 GiB, and no link', undefined)
  const versionPath = join(directory, 'oci-layout')
  requireVersion(await readText(versionPath, MANIFEST_LIMIT), versionPath)
  for (const part of ['blobs', 'blobs/sha256', 'blobs/sha384', 'blobs/sha512']) {
    const there = await look(join(directory, part))
    if (there && !there.isDirectory()) {
      throw invalid(join(directory, part), 'a directory and no link', 'another file')
    }
  }
  return { directory, index: parseIndex(text, path) }
}

/** Makes an empty layout, and the directories above it. */
export async function makeLayout(
  { root, temporary, syncDirectory }: Workplace,
  pieces: readonly string[],
): Promise<FoundLayout> {
  const directory = await makeDirectories(root, pieces, syncDirectory)
  await makeDirectories(directory, ['blobs', 'sha256'], syncDirectory)
  const write = (name: string, text: string) =>
    replaceFile(join(directory, name), temporary(), new TextEncoder().encode(text))
  await write('oci-layout', LAYOUT_FILE)
  // Last: a directory with an index.json is a layout.
  await write('index.json', EMPTY_INDEX)
  await syncDirectory(directory)
  return { directory, index: parseIndex(EMPTY_INDEX, indexPath(directory)) }
}

async function readText(path: string, limit: number): Promise<string | undefined> {
  const bytes = await readWhole(path, limit)
  return bytes && new TextDecoder().decode(bytes)
}

function invalid(path: string, expected: string, input: unknown): InvalidInputError {
  return new InvalidInputError('INVALID_INPUT', path, expected, input)
}
