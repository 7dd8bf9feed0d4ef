// The runtimes that are npm packages, in a project of their own: the package's "npm ci" stays small.
import { existsSync, readFileSync } from 'node:fs'
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { npm } from '../../_tarball.ts'

const here = join(import.meta.dirname, '..')

/** Not beside package.json: whatever searches the folder of tests would go through it. */
const place = join(here, '../../.cache/runtimes')

/** Installs what package-lock.json names, unless it is there. */
export async function installRuntimes(): Promise<void> {
  const lock = 'package-lock.json'
  const done = join(place, 'node_modules/.package-lock.json')
  if (existsSync(done) && same(join(place, lock), join(here, lock))) return
  await mkdir(place, { recursive: true })
  for (const name of ['package.json', lock, '.npmrc'])
    await copyFile(join(here, name), join(place, name))
  await npm(place, 'ci')
}

/** Path of a file of an installed package. */
export function installed(file: string): string {
  return join(place, 'node_modules', file)
}

/** Loads an installed package that no other file may import, since `npm ci` does not bring it. */
export async function load<T>(file: string): Promise<T> {
  return import(/* @vite-ignore */ pathToFileURL(installed(file)).href)
}

function same(one: string, other: string): boolean {
  return existsSync(one) && readFileSync(one, 'utf8') === readFileSync(other, 'utf8')
}
