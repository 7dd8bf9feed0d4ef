/**
 * Calls of the file system that take microseconds for what the system has in memory, ten times less than to have another
 * thread make them. They are made on this thread, unless one took long: then other threads make them for a while,
 * as for a directory of another machine.
 *
 * @module
 */
import * as fs from 'node:fs'
import { promisify } from 'node:util'
import { pause } from '../../platform/pause.ts'

/** Milliseconds after which a call was no short one. */
const LONG = 10
/** Milliseconds for which other threads make them then. */
const PAUSE = 1000
/** Bytes that are read by one short call. */
export const FEW: number = 64 * 1024

/** Milliseconds of calls after which it is looked whether others must have their turn. */
const OFTEN = 5

let longUntil = Number.NEGATIVE_INFINITY
/** Milliseconds of calls since that was looked at. */
let spent = 0

/** Makes a call here, or elsewhere. */
export async function short<T>(here: () => T, elsewhere: () => Promise<T>): Promise<T> {
  if (spent >= OFTEN) {
    spent = 0
    await pause()
  }
  const start = performance.now()
  if (start < longUntil) return elsewhere()
  try {
    return here()
  } finally {
    const end = performance.now()
    spent += end - start
    if (end - start > LONG) longUntil = end + PAUSE
  }
}

/** What a path is, or undefined for nothing. Links are not followed. */
export function lstat(path: string): Promise<fs.Stats | undefined> {
  return short(
    () => fs.lstatSync(path, { throwIfNoEntry: false }),
    () => promisify(fs.lstat)(path),
  )
}
