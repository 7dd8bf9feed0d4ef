// The nine, in the order in which they are shown.
import { bun } from '../bun/runtime.ts'
import { chromium } from '../chromium/runtime.ts'
import { deno } from '../deno/runtime.ts'
import { firefox } from '../firefox/runtime.ts'
import { node22 } from '../node22/runtime.ts'
import { node24 } from '../node24/runtime.ts'
import { node26 } from '../node26/runtime.ts'
import { webkit } from '../webkit/runtime.ts'
import { workerd } from '../workerd/runtime.ts'
import type { Runtime } from './runtime.ts'

/** All of them. */
export const runtimes: readonly Runtime[] = [
  node22,
  node24,
  node26,
  deno,
  bun,
  workerd,
  chromium,
  firefox,
  webkit,
]

/**
 * Those that `RUNTIMES=deno,bun` names: all of them where nothing is named.
 *
 * @throws `Error` where one of them is none: a run of nothing would be green
 */
export function runtimesNamed(names: string | undefined): readonly Runtime[] {
  if (!names) return runtimes
  const known = new Map(runtimes.map((runtime) => [runtime.id as string, runtime]))
  return names.split(',').map((name) => {
    const runtime = known.get(name.trim())
    if (runtime) return runtime
    throw new Error(`RUNTIMES: there is no "${name}", but ${[...known.keys()].join(', ')}`)
  })
}

/** Those to run. */
export const wantedRuntimes: readonly Runtime[] = runtimesNamed(process.env.RUNTIMES)
