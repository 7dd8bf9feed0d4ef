// The Node that runs everything else here.
import { programRuntime } from '../lib/programs.ts'
import type { Runtime } from '../lib/runtime.ts'

export const node24: Runtime = programRuntime({
  id: 'node24',
  name: 'Node 24',
  file: process.execPath,
})
