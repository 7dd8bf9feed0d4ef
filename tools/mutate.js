// Changes a room of src/ in small ways, one at a time, and looks whether one of its tests notices.
// What survives is code that no test holds. Takes minutes, so it is no part of "npm test".
//
// npm run mutate -- model
// npm run mutate -- strategies --lines 200 --seed 1   (a sample: some lines of the room, the same for one seed)
// npm run mutate -- strategies/kept test/strategies/oci-subject   (and tests that stand elsewhere)
import { existsSync, globSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Stryker } from '@stryker-mutator/core'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { lines: { type: 'string' }, seed: { type: 'string', default: '1' } },
})
const [room, ...others] = positionals
const root = join(import.meta.dirname, '..')
if (!room || !existsSync(join(root, 'src', room))) {
  console.error('Usage: npm run mutate -- <room or file of src/> [folder or file of test/ ...]')
  process.exit(2)
}

const name = room.replace(/\/$/, '').replaceAll('/', '-')
const isFile = room.endsWith('.ts')
const own = isFile ? `test/${room.replace(/\.ts$/, '.test.ts')}` : `test/${room}`
// Ways of linking have a contract: what is in one folder is what is peculiar to it.
const contract = room.startsWith('strategies/')
  ? ['contract', 'read', 'options'].map((name) => `test/strategies/${name}.test.ts`)
  : []
// For vitest.mutate.config.ts, which every worker of Stryker reads.
process.env.MUTATE_TESTS = [own, ...contract, ...others].join(',')

const report = `.cache/mutation/${name}.html`
const files = isFile ? `src/${room}` : `src/${room}/**/*.ts`
const mutate = values.lines ? sampleOf(files, Number(values.lines)) : [files]

/** Lines of code, each as Stryker names a part of a file. */
function sampleOf(pattern, count) {
  const lines = globSync(pattern, { cwd: root })
    .filter((file) => !file.endsWith('index.ts'))
    .sort()
    .flatMap((file) =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .flatMap((text, i) =>
          /^\s*(\/?\*|\/\/|import |export type|$)/.test(text) ? [] : [`${file}:${i + 1}-${i + 1}`],
        ),
    )
  // Numerical Recipes' generator: the same lines for the same seed.
  let state = Number(values.seed)
  const random = () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32
    return state / 2 ** 32
  }
  const chosen = []
  while (chosen.length < count && lines.length > 0) {
    chosen.push(...lines.splice(Math.floor(random() * lines.length), 1))
  }
  return chosen
}

const results = await new Stryker({
  mutate: [...mutate, '!src/**/index.ts'],
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutate.config.ts', related: false },
  plugins: ['@stryker-mutator/vitest-runner'],
  coverageAnalysis: 'perTest',
  concurrency: availableParallelism(),
  dryRunTimeoutMinutes: 20,
  reporters: ['clear-text', 'html', 'progress-append-only'],
  clearTextReporter: { reportTests: false, allowColor: false },
  htmlReporter: { fileName: report },
  tempDirName: '.cache/stryker',
  ignorePatterns: ['dist', 'docs/api', '.cache', '.git', 'coverage'],
}).runMutationTest()

const count = (...statuses) => results.filter(({ status }) => statuses.includes(status)).length
const caught = count('Killed', 'Timeout')
const missed = count('Survived', 'NoCoverage')
const score = ((100 * caught) / (caught + missed)).toFixed(1)
console.log(`src/${room}: ${caught} of ${caught + missed} changes noticed, ${score} %; ${report}`)
const broken = count('RuntimeError', 'CompileError')
if (broken > 0) console.log(`${broken} changes broke the run itself and are not counted.`)
