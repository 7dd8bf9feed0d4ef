import { installed } from '../lib/install.ts'
import { programRuntime } from '../lib/programs.ts'
import type { Runtime } from '../lib/runtime.ts'

export const node26: Runtime = programRuntime({
  id: 'node26',
  name: 'Node 26',
  file: installed('node26/bin/node'),
})
