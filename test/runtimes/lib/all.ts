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

/** Those to run: `RUNTIMES=deno,bun` names some of them. */
export const wantedRuntimes: readonly Runtime[] = runtimes.filter(
  ({ id }) => process.env.RUNTIMES?.split(',').includes(id) ?? true,
)
