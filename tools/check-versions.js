// Prevents tests and builds by the wrong tools with no sign of it: when the install script of the
// `node` package is blocked, npm scripts silently run on the system's Node; and three packages ship
// a `tsc`, of which npm links the one that sorts first.
//
// node tools/check-versions.js
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const root = join(import.meta.dirname, '..')
const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** The version of a dependency, also of `npm:<name>@<version>`. */
const pinned = (name) => devDependencies[name].split('@').at(-1)

const bin = join(root, 'node_modules', '.bin')
let tsc
try {
  const output = execFileSync('tsc', ['-v'], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` },
    // On Windows npm links a .cmd file, which only a shell starts.
    shell: process.platform === 'win32',
  })
  tsc = output.trim().split(' ').at(-1)
} catch {
  tsc = 'missing'
}

console.log(`Node ${process.version}, tsc ${tsc}`)

const reinstall = 'run "npm ci" again'
if (process.versions.node !== pinned('node')) {
  console.error(
    `Node ${pinned('node')} is needed, from the "node" devDependency. Start this through an npm ` +
      `script ("npm run versions"). If you did, the package's install script was blocked: allow ` +
      `it (allowScripts in package.json) and ${reinstall}.`,
  )
  process.exitCode = 1
}
if (tsc !== pinned('@typescript/native')) {
  console.error(
    `tsc ${pinned('@typescript/native')} is needed, from the "@typescript/native" devDependency. ` +
      `Another package took the name in node_modules/.bin: keep the aliases "typescript" and ` +
      `"@typescript/native" in package.json as they are, and ${reinstall}.`,
  )
  process.exitCode = 1
}
