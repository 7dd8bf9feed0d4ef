/**
 * Where a repository's layout is: `<directory>/<name>`, piece by piece. What could be taken for a part
 * of a layout is written with `_` before it, which no repository's name can have: a repository called
 * `app/blobs` is at `app/_blobs`.
 *
 * @module
 */
import { join } from 'node:path'
import { blobPath as pathInLayout } from '../../box/layout-files.ts'
import { isName } from '../../embedded/wire/names.ts'
import { InvalidInputError } from '../../errors.ts'
import { type Digest, isDigest } from '../../model/digest.ts'
import { look, makeDirectory } from './durable.ts'

/** Files of a layout (image-spec 1.1, image-layout.md). */
export const parts: readonly string[] = ['blobs', 'index.json', 'oci-layout']

/** The pieces of a repository's path below the directory. */
export function piecesOf(name: string): readonly string[] {
  requireName(name)
  return name.split('/').map((piece) => (parts.includes(piece) ? `_${piece}` : piece))
}

/** The reverse of {@link piecesOf}. */
export function nameOfPieces(pieces: readonly string[]): string {
  const own = (piece: string) =>
    piece.startsWith('_') && parts.includes(piece.slice(1)) ? piece.slice(1) : piece
  return pieces.map(own).join('/')
}

/** Checks a repository's name, which the registry has done; paths are made of it. */
export function requireName(name: string): void {
  if (isName(name)) return
  throw new InvalidInputError('INVALID_INPUT', 'name', 'the name of a repository', name)
}

/** Where a layout keeps the content of a digest. */
export function blobPath(layout: string, digest: Digest): string {
  if (!isDigest(digest)) throw new TypeError(`"digest" must be a digest, got ${digest}`)
  return join(layout, pathInLayout(digest))
}

/**
 * The path of directories inside a directory. Undefined where one is missing or is none: a link would
 * lead out.
 */
export async function findDirectory(
  root: string,
  pieces: readonly string[],
): Promise<string | undefined> {
  let path = root
  for (const piece of pieces) {
    path = join(path, piece)
    if (!(await look(path))?.isDirectory()) return undefined
  }
  return path
}

/** The same, making what is missing, in a way that lasts. */
export async function makeDirectories(
  root: string,
  pieces: readonly string[],
  sync: (path: string) => Promise<void>,
): Promise<string> {
  let path = root
  for (const piece of pieces) {
    const parent = path
    path = join(path, piece)
    await makeDirectory(path)
    const found = await look(path)
    if (!found?.isDirectory()) {
      throw new InvalidInputError('INVALID_INPUT', path, 'a directory and no link', 'another file')
    }
    await sync(parent)
  }
  return path
}
