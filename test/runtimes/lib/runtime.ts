// What the runner knows of a runtime. Each folder beside this one has the glue of one.
import type { SuiteInput, TestResult } from '../suite/run.ts'

export type RuntimeId =
  | 'node22'
  | 'node24'
  | 'node26'
  | 'deno'
  | 'bun'
  | 'workerd'
  | 'chromium'
  | 'firefox'
  | 'webkit'

/** What came of the suite in one runtime. */
export interface SuiteReport {
  readonly results: readonly TestResult[]
  /** The file behind "#hasher" that the runtime or its bundler has picked, such as `node/hasher.js`. */
  readonly hasher: string
}

/** A program as the documentation has it. */
export interface Program {
  /** By name; it is started by `main.ts`, or what the command names. */
  readonly files: Readonly<Record<string, string>>
  /** How it is started, such as `deno run --allow-net main.ts`. */
  readonly command?: string
  readonly env?: Readonly<Record<string, string>>
}

export interface Runtime {
  readonly id: RuntimeId
  readonly name: string
  /** What is not installed, and how it is; undefined where all is there. */
  missing(): string | undefined
  version(): Promise<string>
  /** Runs the suite, with the package as it is installed in the directory `user`. */
  runSuite(user: string, input: SuiteInput): Promise<SuiteReport>
  /** Runs a program, with the package as it is installed in `user`; gives what it prints, answers or shows. */
  runProgram(user: string, program: Program): Promise<string>
}
