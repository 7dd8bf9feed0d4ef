/**
 * Finds out what a directory is: a layout, a directory of layouts, or nothing yet.
 *
 * @module
 */
import { realpath, stat } from 'node:fs/promises'
import type { Box } from '../../box/box.ts'
import { layoutBox } from '../../box/layout-box.ts'
import { InvalidInputError } from '../../errors.ts'
import { codeOf } from '../layout/durable.ts'
import { directoryFiles, isLayout } from './directory-files.ts'
import { layoutsBox, writtenLayoutsBox } from './layouts-box.ts'
import { nestedLayouts } from './nested-layouts.ts'
import { writtenLayoutBox } from './written-layout-box.ts'

/** The box of a directory that is only read. */
export async function readDirectory(path: string): Promise<Box> {
  const root = await realDirectory(path)
  if (!root) throw invalid(path, 'the directory of an OCI layout', 'none that is there')
  if (await isLayout(root)) return layoutBox(directoryFiles(root))
  const names = await nestedLayouts(root)
  // It says what is missing.
  return names.length > 0 ? layoutsBox(root, names) : layoutBox(directoryFiles(root))
}

/** The box of a directory that is written. */
export async function writtenDirectory(path: string): Promise<Box> {
  const root = await realDirectory(path)
  if (root && !(await isLayout(root)) && (await nestedLayouts(root)).length > 0) {
    return writtenLayoutsBox(root)
  }
  return writtenLayoutBox(root ?? path)
}

/** The real path of a directory; undefined where nothing is. */
async function realDirectory(path: string): Promise<string | undefined> {
  let root: string
  try {
    root = await realpath(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
  if ((await stat(root)).isDirectory()) return root
  throw invalid(path, 'a directory; archive() opens archives', 'a file')
}

function invalid(path: string, expected: string, input: unknown): InvalidInputError {
  return new InvalidInputError('INVALID_INPUT', path, expected, input)
}
