// Runtimes that run a file: they read TypeScript themselves, and find the package by its name.
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
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

/** The environment without what would send requests elsewhere, or start Node otherwise. */
const clean = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/_proxy$|^NODE_|^VITEST/i.test(name)),
)

export function programRuntime({ id, name, file, args = [], env = {} }: ProgramRuntime): Runtime {
  const start = (cwd: string, ...rest: readonly string[]) =>
    run([file, ...args, ...rest], { cwd, env: { ...clean, NO_COLOR: '1', ...env } })
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
    async runProgram(user, { files, command, env: extra }) {
      const directory = await mkdtemp(join(user, 'program-'))
      for (const [name, code] of Object.entries(files)) await writeFile(join(directory, name), code)
      const words = command?.split(' ').slice(1) ?? [...args, 'main.ts']
      const started = [file, ...words.slice(0, -1), join(directory, words.at(-1)!)]
      return run(started, { cwd: directory, env: { ...clean, NO_COLOR: '1', ...env, ...extra } })
    },
  }
}
