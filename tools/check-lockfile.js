// Prevents a lockfile that works here and nowhere else: addresses of somebody's registry mirror in
// it; platform packages that were not to be had when it was made ("npm ci" then fails on every
// machine); version ranges, with which another Node silently gets other versions.
//
// The runtimes of test/runtimes/, and what examples/drop-in/ stands in for, have lockfiles of their own.
//
// node tools/check-lockfile.js
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const read = (name) => JSON.parse(readFileSync(join(root, name), 'utf8'))

const exact = /^(?:npm:(?:@[a-z0-9._-]+\/)?[a-z0-9._-]+@)?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/
// A folder of the project itself, or what a dependency of it is.
const own = /^(?:file:[a-z-]+|\$(?:@[a-z0-9-]+\/)?[a-z0-9-]+)$/
const problems = []
const folders = ['', 'test/runtimes/', 'examples/drop-in/sigstore/', 'examples/drop-in/cdxgen/']
const counts = folders.map(check)

function check(folder) {
  const { packages } = read(`${folder}package-lock.json`)
  const manifest = read(`${folder}package.json`)
  for (const field of ['dependencies', 'devDependencies', 'optionalDependencies', 'overrides']) {
    for (const [name, version] of versionsIn(manifest[field])) {
      if (!exact.test(version) && !own.test(version))
        problems.push(`${folder}package.json: ${field}.${name} "${version}" is a range`)
    }
  }

  for (const [path, entry] of Object.entries(packages)) {
    if (entry.resolved && !entry.link)
      problems.push(`${folder}package-lock.json: "${path}" has a "resolved" address`)
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const found = find(packages, path, name)
      if (!found) {
        problems.push(
          `${folder}package-lock.json: "${path}" wants ${name}@${version}, which is not there`,
        )
      } else if (exact.test(version) && found.version !== version.split('@').at(-1)) {
        problems.push(
          `${folder}package-lock.json: "${path}" wants ${name}@${version}, not ${found.version}`,
        )
      }
    }
  }
  return Object.keys(packages).length - 1
}

if (problems.length > 0) {
  console.error(problems.join('\n'))
  console.error(
    'Make the lockfile anew with "npm run relock"; what is incomplete needs an older version.',
  )
  process.exitCode = 1
} else {
  console.log(`The lockfiles are whole: ${counts.join(', ')} packages`)
}

/** Names and versions; overrides may name packages within packages. */
function versionsIn(field = {}) {
  return Object.entries(field).flatMap(([name, version]) =>
    typeof version === 'string' ? [[name, version]] : versionsIn(version),
  )
}

/** The package that `name` means in the folder `path`, looked up as Node does. */
function find(packages, path, name) {
  for (let folder = path; ; ) {
    const found = packages[`${folder}${folder && '/'}node_modules/${name}`]
    if (found || folder === '') return found
    const parent = folder.lastIndexOf('/node_modules/')
    folder = parent < 0 ? '' : folder.slice(0, parent)
  }
}
