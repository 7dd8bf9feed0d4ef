// The file itself: the program in .bin would leave it running when it is killed.
import { arch } from 'node:os'
import { installed } from '../lib/install.ts'
import { programRuntime } from '../lib/programs.ts'
import type { Runtime } from '../lib/runtime.ts'

const platform = {
  darwin: `@deno/darwin-${arch()}/deno`,
  win32: `@deno/win32-${arch()}/deno.exe`,
}[process.platform as string]

export const deno: Runtime = programRuntime({
  id: 'deno',
  name: 'Deno',
  file: installed(platform ?? `@deno/linux-${arch()}-glibc/deno`),
  args: ['run', '--no-prompt', '--allow-net', '--allow-read', '--allow-write', '--allow-env'],
  env: { DENO_NO_UPDATE_CHECK: '1' },
})
