import { installed } from '../lib/install.ts'
import { programRuntime } from '../lib/programs.ts'
import type { Runtime } from '../lib/runtime.ts'

export const bun: Runtime = programRuntime({
  id: 'bun',
  name: 'Bun',
  file: installed('bun/bin/bun.exe'),
})
