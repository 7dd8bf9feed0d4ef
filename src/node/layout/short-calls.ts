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
const FEW = 64 * 1024

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

/** Opens a file, which is its number. */
export function open(path: string, flags: number): Promise<number> {
  return short(
    () => fs.openSync(path, flags),
    () => promisify(fs.open)(path, flags),
  )
}

/** What an open file is. */
export function fstat(file: number): Promise<fs.Stats> {
  return short(
    () => fs.fstatSync(file),
    () => promisify(fs.fstat)(file),
  )
}

/** Reads into `bytes` from a position on; how many were read. */
export function read(file: number, bytes: Uint8Array, position: number): Promise<number> {
  const { byteLength } = bytes
  const elsewhere = async () =>
    (await promisify(fs.read)(file, bytes, 0, byteLength, position)).bytesRead
  if (byteLength > FEW) return elsewhere()
  return short(() => fs.readSync(file, bytes, 0, byteLength, position), elsewhere)
}

/** Closes a file. */
export function close(file: number): Promise<void> {
  return short(
    () => fs.closeSync(file),
    () => promisify(fs.close)(file),
  )
}
