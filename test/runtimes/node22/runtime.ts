import { installed } from '../lib/install.ts'
import { programRuntime } from '../lib/programs.ts'
import type { Runtime } from '../lib/runtime.ts'

export const node22: Runtime = programRuntime({
  id: 'node22',
  name: 'Node 22',
  file: installed('node22/bin/node'),
})
