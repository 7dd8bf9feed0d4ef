import { arch } from 'node:os'
import { installed } from '../lib/install.ts'
import type { Runtime } from '../lib/runtime.ts'
import { workerRuntime } from '../lib/workers.ts'

const system = { win32: 'windows' }[process.platform as string] ?? process.platform
const machine = arch() === 'x64' ? '64' : arch()

export const workerd: Runtime = workerRuntime({
  id: 'workerd',
  name: 'workerd',
  file: installed(`@cloudflare/workerd-${system}-${machine}/bin/workerd`),
  compatibilityDate: '2026-07-30',
})
