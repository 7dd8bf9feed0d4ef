/**
 * One process at a time on a directory: a file with the process's id. The lock of a process that is
 * gone is taken over.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { InvalidInputError } from '../../errors.ts'
import { codeOf, look } from './durable.ts'

/** Who holds a lock. */
interface Holder {
  readonly pid: number
  /** Differs between processes that had the same id, where the system says when each began. */
  readonly began: string | undefined
  /** Differs between locks of the same process. */
  readonly id: string
}

/** How long another process may take between finding a stale lock and replacing it, in milliseconds. */
const settle = 100

/**
 * Takes the lock of a directory.
 *
 * @param directory - where lock and temporary files are; on one file system
 * @param served - the directory that is locked, for the error
 * @returns gives it back
 * @throws {@link InvalidInputError} where a living process holds it, this one included
 */
export async function takeLock(directory: string, served: string): Promise<() => Promise<void>> {
  const path = join(directory, 'lock')
  const own: Holder = {
    pid: process.pid,
    began: (await beginningOf(process.pid)) ?? undefined,
    id: randomUUID(),
  }
  const draft = join(directory, `lock-${own.id}`)
  await writeFile(draft, JSON.stringify(own))
  try {
    if (!(await place(draft, path))) {
      let judged: string | undefined
      do {
        judged = await readLock(path)
        await requireStale(judged, path, served)
        // While it was judged another process may have taken it over.
      } while ((await readLock(path)) !== judged)
      // Two that come to this point at the same time replace each other's: the last one keeps it, and
      // both wait until that is decided.
      await rename(draft, path)
      await sleep(settle)
    }
    const now = parse(await readLock(path))
    if (now?.id !== own.id) throw taken(served, path, now?.pid)
  } finally {
    await rm(draft, { force: true })
  }
  return async () => {
    if (parse(await readLock(path))?.id === own.id) await rm(path, { force: true })
  }
}

/** Puts the lock in place, complete from its first moment on; false where there is one. */
async function place(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

async function requireStale(text: string | undefined, path: string, served: string): Promise<void> {
  const holder = parse(text)
  if (holder && (await isRunning(holder))) throw taken(served, path, holder.pid)
}

async function isRunning({ pid, began }: Holder): Promise<boolean> {
  const now = await beginningOf(pid)
  // After a restart of a container another process, often this one, has the id.
  if (now !== undefined && began !== undefined) return now === began
  if (now === null) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Whoever may not know takes it for running: Deno's refusal has no code.
    return codeOf(error) !== 'ESRCH'
  }
}

/**
 * When a process began, on Linux; null where there is no such process, undefined where the system
 * does not tell. A process that has ended and waits for its parent is none.
 */
async function beginningOf(pid: number): Promise<string | null | undefined> {
  // Deno shows it only to who may do anything.
  const boot = await readText('/proc/sys/kernel/random/boot_id').catch(() => undefined)
  if (boot === undefined) return undefined
  const status = await readText(`/proc/${pid}/stat`)
  // proc(5): the name, in parentheses, may hold anything; then state, and as the 20th, the time.
  const fields = status?.slice(status.lastIndexOf(')') + 2).split(' ')
  if (!fields || fields[0] === 'Z') return null
  return `${boot.trim()} ${fields[19]}`
}

/** Undefined for what is no file, such as a pipe that an archive held: reading it would never end. */
async function readLock(path: string): Promise<string | undefined> {
  return (await look(path))?.isFile() ? readText(path) : undefined
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(codeOf(error) ?? '')) return undefined
    throw error
  }
}

/** A lock that nobody can read is nobody's. */
function parse(text: string | undefined): Holder | undefined {
  try {
    const value = JSON.parse(text ?? '')
    return Number.isSafeInteger(value.pid) ? value : undefined
  } catch {
    return undefined
  }
}

function taken(served: string, path: string, pid: number | undefined): InvalidInputError {
  const holder = pid === undefined ? 'another process' : `process ${pid}`
  const expected = 'a directory that no other process serves'
  // By its code callers tell that it may go if they wait.
  const cause = Object.assign(new Error(`${path} is there`), { code: 'ELOCKED' })
  const input = `locked by ${holder} (${path})`
  return new InvalidInputError('INVALID_INPUT', served, expected, input, { cause })
}
