// An example of examples/drop-in/ as a project of its own, with the programs of others that npm installs in it.
import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { inject } from 'vitest'
import { npm } from '../_tarball.ts'

const root = join(import.meta.dirname, '../..')

/** Installs what its package-lock.json names, unless it is there; gives its directory. */
export async function installExample(name: string): Promise<string> {
  const example = join(root, 'examples/drop-in', name)
  const place = join(root, '.cache/drop-in', name)
  const lock = 'package-lock.json'
  const same =
    existsSync(join(place, 'node_modules/.package-lock.json')) &&
    readFileSync(join(place, lock), 'utf8') === readFileSync(join(example, lock), 'utf8')
  await mkdir(place, { recursive: true })
  await cp(example, place, { recursive: true })
  if (!same) await npm(place, 'ci', '--ignore-scripts', '--omit=optional')
  // As `npm install ocilink` would leave it: the tarball, with its dependencies beside it.
  const ours = join(place, 'node_modules/ocilink')
  await rm(ours, { force: true, recursive: true })
  await symlink(join(inject('ocilinkUser'), 'node_modules/ocilink'), ours)
  return place
}
