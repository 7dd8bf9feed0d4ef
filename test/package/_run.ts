// Runs programs in the project that has the package installed.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { inject } from 'vitest'

export interface Ended {
  readonly code: number
  readonly output: string
}

/** Runs a program to its end, with what it wrote to both outputs. */
export function run(file: string, ...args: readonly string[]): Promise<Ended> {
  return promisify(execFile)(file, args, { cwd: inject('user') }).then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    ({ code, stdout, stderr }) => ({ code, output: stdout + stderr }),
  )
}
