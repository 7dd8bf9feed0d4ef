// Prevents strategies that grow: each may add 1 kB to what a page loads before its first request, by
// `attach` and `referrers`. What is only needed to write, list or withdraw its links is loaded on demand;
// how much that is, is printed beside it.
//
// npm run build && node tools/check-strategy-sizes.js
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { bundlePage } from './lib/bundle.js'

const limit = 1000
const dist = join(import.meta.dirname, '..', 'dist')
const factories = await import(join(dist, 'strategies', 'index.js'))
const names = Object.keys(factories).sort()

/**
 * Sizes in bytes. The mean of a page that names the strategies last and of one that names them first: minified names
 * differ by the order, and 90 bytes with them.
 */
async function measure(strategies) {
  const files = [
    ['index.js', ['attach', 'referrers', 'repository']],
    ['strategies/index.js', strategies],
  ]
  const one = await measurePage(Object.fromEntries(files))
  const other = await measurePage(Object.fromEntries(files.toReversed()))
  return {
    first: Math.round((one.first + other.first) / 2),
    all: Math.round((one.all + other.all) / 2),
  }
}

/** With all that is loaded at first in one chunk, however a bundler would cut it. */
async function measurePage(page) {
  const cut = await bundlePage(dist, page)
  const modules = new Set(cut.first.flatMap((chunk) => Object.keys(chunk.modules)))
  const whole = await bundlePage(dist, page, [{ name: 'first', test: (id) => modules.has(id) }])
  const size = (list) => brotliCompressSync(list.map(({ code }) => code).join('\n')).byteLength
  return { first: size(whole.first), all: size(whole.output) }
}

const base = await measure([])
console.log(
  `attach + referrers: ${base.first} bytes, with all that is loaded on demand ${base.all}`,
)
let grown = 0
for (const name of names) {
  const { first, all } = await measure([name])
  // What chooses among others comes with them: counted is what it adds to theirs.
  const { choices } = factories[name]()
  const others = choices ? await measure(names.filter((other) => isOneOf(other, choices))) : base
  const added = first - others.first
  const later = Math.max(0, all - others.all - added)
  console.log(`${added > limit ? '✗' : '✓'} ${name}: ${added} bytes more, ${later} on demand`)
  if (added > limit) grown++
}
if (names.length === 0) throw new Error('dist/ has no strategies')
if (grown > 0) console.error(`${grown} strategies add more than ${limit} bytes to the first load`)
process.exitCode = grown > 0 ? 1 : 0

function isOneOf(name, choices) {
  return choices.some((choice) => choice.name === factories[name]().name)
}
