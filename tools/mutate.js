// Changes a room of src/ in small ways, one at a time, and looks whether one of its tests notices.
// What survives is code that no test holds. Takes minutes, so it is no part of "npm test".
//
// npm run mutate -- model
// npm run mutate -- strategies/kept test/strategies/oci-subject   (and tests that stand elsewhere)
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Stryker } from '@stryker-mutator/core'

const [room, ...others] = process.argv.slice(2)
const root = join(import.meta.dirname, '..')
if (!room || !existsSync(join(root, 'src', room))) {
  console.error('Usage: npm run mutate -- <room or file of src/> [folder or file of test/ ...]')
  process.exit(2)
}

const name = room.replace(/\/$/, '').replaceAll('/', '-')
const isFile = room.endsWith('.ts')
const own = isFile ? `test/${room.replace(/\.ts$/, '.test.ts')}` : `test/${room}`
// For vitest.mutate.config.ts, which every worker of Stryker reads.
process.env.MUTATE_TESTS = [own, ...others].join(',')

const report = `.cache/mutation/${name}.html`
const results = await new Stryker({
  mutate: [isFile ? `src/${room}` : `src/${room}/**/*.ts`, '!src/**/index.ts'],
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
