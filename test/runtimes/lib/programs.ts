// Runtimes that run a file: they read TypeScript themselves, and find the package by its name.
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './run.ts'
import type { Runtime, RuntimeId } from './runtime.ts'

interface ProgramRuntime {
  readonly id: RuntimeId
  readonly name: string
  readonly file: string
  /** What stands between the file and the program's path. */
  readonly args?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
}

export function programRuntime({ id, name, file, args = [], env = {} }: ProgramRuntime): Runtime {
  const start = (cwd: string, ...rest: readonly string[]) =>
    run([file, ...args, ...rest], { cwd, env: { ...process.env, NO_COLOR: '1', ...env } })
  return {
    id,
    name,
    missing: () => (existsSync(file) ? undefined : `${file} is not there`),
    async version() {
      const [, version = ''] = /(\d+\.\d+\.\d+)/.exec(await run([file, '--version'])) ?? []
      return version
    },
    async runSuite(user, input) {
      const report = join(user, `report-${id}.json`)
      await start(user, join(user, 'runtimes/lib/in-program.ts'), JSON.stringify(input), report)
      return JSON.parse(await readFile(report, 'utf8'))
    },
    async runProgram(user, code) {
      const directory = await mkdtemp(join(user, 'program-'))
      await writeFile(join(directory, 'main.ts'), code)
      const output = await start(user, join(directory, 'main.ts'))
      await rm(directory, { recursive: true })
      return output
    },
  }
}
