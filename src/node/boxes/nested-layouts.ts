/**
 * The layouts below a directory: `layoutStorage()` keeps a layout for each repository, at its name.
 *
 * @module
 */
import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isName } from '../../embedded/wire/names.ts'
import { look } from '../layout/durable.ts'
import { nameOfPieces, parts } from '../layout/paths.ts'

/** Pieces of a name, and directories that are looked at: enough for every registry that is served so. */
const DEEPEST = 16
const MOST = 10_000

/** The names of repositories whose layouts are below a directory, in order. */
export async function nestedLayouts(root: string): Promise<readonly string[]> {
  const names: string[] = []
  let looked = 0
  async function search(directory: string, pieces: readonly string[]): Promise<void> {
    for (const piece of await directoriesIn(directory)) {
      const below = [...pieces, piece]
      const name = nameOfPieces(below)
      looked += 1
      if (!isName(name) || looked > MOST || below.length > DEEPEST) continue
      const path = join(directory, piece)
      // The last file of one that is made: what has none yet is no layout.
      if (await look(join(path, 'index.json'))) names.push(name)
      await search(path, below)
    }
  }
  await search(root, [])
  return names.sort()
}

async function directoriesIn(path: string): Promise<readonly string[]> {
  const entries: Dirent[] = await readdir(path, { withFileTypes: true }).catch(() => [])
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  return names.filter((name) => !parts.includes(name))
}
