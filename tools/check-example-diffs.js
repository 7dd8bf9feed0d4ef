// Prevents examples that drift apart: each strategy's program is examples/attach.ts with a few lines
// changed, and examples/<strategy>.diff shows which. Run with --write after changing one.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const variants = [
  'artifact-manifest',
  'auto',
  'buildkit',
  'cosign-tags',
  'digest-tags',
  'index-annotations',
  'node-manifest',
  'reference-field',
]
const write = process.argv.includes('--write')
let wrong = 0

for (const name of variants) {
  const files = ['examples/attach.ts', `examples/${name}.ts`]
  const labels = files.flatMap((file) => ['--label', file])
  const { stdout, status } = spawnSync('diff', ['-u', ...labels, ...files], { encoding: 'utf8' })
  if (status !== 1) throw new Error(`diff of ${files.join(' and ')} ended with ${status}`)
  const path = `examples/${name}.diff`
  if (write) writeFileSync(path, stdout)
  else if (!existsSync(path) || readFileSync(path, 'utf8') !== stdout) {
    console.error(
      `${path} is not the difference any more: node tools/check-example-diffs.js --write`,
    )
    wrong++
  }
}
console.log(`${variants.length} examples and their differences`)
process.exitCode = wrong > 0 ? 1 : 0
