/**
 * Changes docker's config.json, of which other programs keep settings too.
 *
 * @module
 */
import { mkdir, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isObject } from '../../platform/options.ts'
import { createConfigReader } from './config-files.ts'

/** Milliseconds after which a change is over, or its process is. */
const LONGEST_CHANGE = 5000

/** Who may read it, where it is new. */
const MODE = { file: 0o600, directory: 0o700 }

/**
 * Changes the entries of `auths`; all else stays as it is. The file is replaced by a whole one, or not at all, and its
 * permissions are kept. Several changes at the same time are made one after the other.
 *
 * @throws `InvalidInputError` `INVALID_INPUT` where the file is no such file, and the system's own errors
 */
export async function changeAuths(
  path: string,
  change: (auths: Record<string, unknown>) => void,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: MODE.directory })
  // A link stays one.
  const target = await realpath(path).catch(() => path)
  await oneAtATime(`${target}.ocilink-lock`, () => changeFile(path, target, change))
}

async function changeFile(
  path: string,
  target: string,
  change: (auths: Record<string, unknown>) => void,
): Promise<void> {
  // Checks the file's shape.
  const isThere = await createConfigReader()(path)
  const root: unknown = isThere ? JSON.parse((await readFile(path, 'utf8')).trim() || '{}') : {}
  const config = isObject(root) ? root : {}
  const auths: Record<string, unknown> = isObject(config.auths) ? config.auths : {}
  change(auths)
  await replace(target, `${JSON.stringify({ ...config, auths }, undefined, '\t')}\n`)
}

/** Two that read the same file would each write it without what the other adds. */
async function oneAtATime(lock: string, run: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      await (await open(lock, 'wx', MODE.file)).close()
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const age = await stat(lock).then(
        ({ mtimeMs }) => Date.now() - mtimeMs,
        () => 0,
      )
      // Its process was killed: a change takes milliseconds.
      if (Math.abs(age) > LONGEST_CHANGE) await rm(lock, { force: true })
      else await sleep(10)
    }
  }
  try {
    await run()
  } finally {
    await rm(lock, { force: true })
  }
}

async function replace(target: string, text: string): Promise<void> {
  const mode = await stat(target).then(
    (found) => found.mode & 0o777,
    () => MODE.file,
  )
  const temporary = `${target}.${process.pid}-${crypto.randomUUID()}`
  try {
    const file = await open(temporary, 'wx', mode)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
