// Prevents imports that turn the house upside down: an embedded registry that shares the client's
// code (and then proves nothing about it), a way of linking that only works with its sibling, a file
// of one room's own that others come to lean on, Node's modules in what browsers load, a second file
// that talks to ky, the import of zod that adds 65 kB to every bundle.
//
// Circles are not found here but by Biome (noImportCycles in biome.json; "npm run layers" runs both):
// it counts imports of types and import() too, takes half a second, and is there anyway.
// dependency-cruiser could do most of the rest, with 45 packages more, and tells no line.
//
// node tools/check-layers.js [directory, by default this package]
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { parseImports } from './lib/imports.js'

/**
 * Who may import whom. A room is a folder of src/; the files in src/ itself are `error-text`, `errors` and
 * `index`. `outside` are the packages that this room may use beside those in `packages`; `types` are
 * rooms of which only types may be used; `entries` lets a room use the package's entry points, as
 * its users do.
 */
const rooms = {
  'error-text': { rooms: [] },
  errors: { rooms: ['error-text'] },
  platform: { rooms: ['errors'] },
  model: { rooms: ['platform', 'errors'], outside: ['#hasher'] },
  registry: { rooms: ['model', 'platform', 'errors', 'error-text'] },
  strategies: { rooms: ['registry', 'model', 'platform', 'errors'] },
  tasks: { rooms: ['strategies', 'registry', 'model', 'platform', 'errors'] },
  index: { rooms: ['tasks', 'strategies', 'registry', 'model', 'platform', 'errors'] },
  proposals: { rooms: ['registry', 'model', 'platform', 'errors'] },
  embedded: { rooms: ['model', 'platform', 'errors'] },
  gateway: { rooms: ['tasks', 'registry', 'model', 'platform', 'errors'] },
  box: { rooms: ['embedded', 'registry', 'model', 'platform', 'errors'] },
  s3: { rooms: ['embedded', 'model', 'platform', 'errors'], outside: ['#hasher'] },
  archive: { rooms: ['box', 'embedded', 'model', 'platform', 'errors'] },
  node: {
    rooms: ['archive', 'box', 'embedded', 'model', 'platform', 'errors'],
    types: ['registry'],
    outside: ['node:', 'srvx'],
  },
  msw: { rooms: ['errors'], types: ['embedded'] },
  // What the program uses is built into its file.
  cli: {
    rooms: [],
    entries: true,
    outside: ['node:', 'ocilink'],
    bundled: ['commander', '@bomb.sh/tab', 'prom-client', 'rate-limiter-flexible'],
  },
}

/**
 * Inside of strategies/: what a folder may import beside itself and the contract, strategy.ts. The
 * folders that are not named here are ways of linking.
 */
const shared = { 'strategy.ts': [], lib: [], 'shared-tag': ['lib'], kept: ['lib', 'shared-tag'] }
const wayMayImport = ['lib', 'shared-tag', 'kept']
/** Chooses among its siblings. */
const chooser = 'auto'

/** Entry points that are used inside as well, because they list what there is. */
const lists = new Set(['src/strategies/index.ts'])

/** Packages that only these files may use; others are free to any room once they are dependencies. */
const packages = {
  ky: 'src/registry/send.ts',
  '@noble/hashes': 'src/platform/hasher.ts',
  srvx: 'src/node/',
  'modern-tar': 'src/archive/',
  aws4fetch: 'src/s3/client/signer.ts',
  'fast-xml-parser': 'src/s3/client/xml.ts',
  msw: 'src/msw/',
}

const maxLines = 300

if (import.meta.main) {
  const { count, problems } = checkLayers(process.argv[2] ?? join(import.meta.dirname, '..'))
  if (problems.length > 0) {
    console.error(problems.join('\n'))
    process.exitCode = 1
  } else {
    console.log(`Layers hold in ${count} files of src/`)
  }
}

/** How many files there are in a package's src/, and what is wrong with them. */
export function checkLayers(directory) {
  const root = resolve(directory)
  const { dependencies, entries } = readPackage(root)
  const problems = []
  const sources = files('src/**/*.ts')
  for (const file of sources) checkSource(file)
  for (const file of files('examples/**/*.{ts,js,mjs}')) checkExample(file)
  if (sources.length === 0) problems.push(`${root} has no file in src/`)
  return { count: sources.length, problems }

  function checkSource(file) {
    const text = readFileSync(join(root, file), 'utf8')
    const lines = text.trimEnd().split('\n').length
    if (lines > maxLines) {
      problems.push(`${file}: ${lines} lines; over ${maxLines} split it by noun`)
    }
    const room = roomOf(file)
    if (!Object.hasOwn(rooms, room)) {
      problems.push(`${file}: no rule for src/${room}/; add it to tools/check-layers.js`)
      return
    }
    for (const found of parseImports(text)) {
      const name = found.name === undefined ? '' : `"${found.name}": `
      const all = [checkForm(found), checkExport(file, found), checkImport(file, room, found)]
      for (const problem of all.filter(Boolean)) {
        problems.push(`${file}:${found.line}: ${name}${problem}`)
      }
    }
  }

  function checkExport(file, { exported }) {
    if (!exported || entries.has(file)) return undefined
    return 'only the entry points of package.json re-export'
  }

  function checkImport(file, room, found) {
    const { name } = found
    if (name === undefined) return 'import() of something that is not a string'
    return name.startsWith('.') ? checkInside(file, room, found) : checkOutside(file, room, found)
  }

  function checkInside(file, room, { name, typeOnly, exported }) {
    if (!name.endsWith('.ts')) return 'must name the file as it is, ending in .ts'
    const target = targetOf(file, name)
    if (!target.startsWith('src/')) return 'leads out of src/'
    if (!existsSync(join(root, target))) return 'does not exist'
    const targetRoom = roomOf(target)
    const { rooms: below, types, entries: byEntry } = rooms[room]
    if (targetRoom !== room && !below.includes(targetRoom)) {
      if (byEntry && entries.has(target)) return undefined
      if (!types?.includes(targetRoom)) return `${room} must not import ${targetRoom}`
      if (!typeOnly) return `${room} may import only types from ${targetRoom}`
    }
    if (entries.has(target) && !byEntry && !lists.has(target)) {
      return 'is an entry point; import the file that has it'
    }
    // An entry point publishes the types that several of a room's tasks share.
    const publishes = exported && typeOnly && entries.has(file)
    const owner = ownerOf(target)
    if (owner !== undefined && !file.startsWith(owner) && !publishes)
      return `is private to ${owner}`
    if (room === 'strategies' && targetRoom === 'strategies') return checkStrategy(file, target)
    return undefined
  }

  function checkExample(file) {
    for (const { name, line } of parseImports(readFileSync(join(root, file), 'utf8'))) {
      if (!name?.startsWith('.') || targetOf(file, name).startsWith('examples/')) continue
      problems.push(
        `${file}:${line}: "${name}": leads out of examples/; import the package by name`,
      )
    }
  }

  function checkOutside(file, room, { name, typeOnly, namespace }) {
    const { outside = [], bundled = [] } = rooms[room]
    if (bundled.includes(packageOf(name))) return undefined
    if (name.startsWith('node:') || name.startsWith('#') || isOwn(name)) {
      const allowed = outside.some(
        (own) =>
          name === own || (own === 'node:' && name.startsWith(own)) || (isOwn(name) && isOwn(own)),
      )
      return allowed ? undefined : `must not be imported in ${room}`
    }
    const pkg = packageOf(name)
    if (!dependencies.has(pkg)) return 'is not in "dependencies" of package.json'
    if (pkg === 'zod' && !(name === 'zod/mini' && namespace)) {
      return "must be: import * as z from 'zod/mini'"
    }
    if (Object.hasOwn(packages, pkg) && !file.startsWith(packages[pkg])) {
      return `belongs to ${packages[pkg]}${typeOnly ? ', its types too' : ''}`
    }
    return undefined
  }

  function files(pattern) {
    const found = globSync(pattern, { cwd: root, exclude: ['**/node_modules/**', '**/dist/**'] })
    return found.map((file) => file.split(sep).join('/')).sort()
  }

  function targetOf(file, name) {
    return relative(root, join(root, dirname(file), name))
      .split(sep)
      .join('/')
  }
}

function checkForm({ inType }) {
  return inType ? 'must be an "import type" at the top: Biome sees no circle in this' : undefined
}

function checkStrategy(file, target) {
  const [from, to] = [wayOf(file), wayOf(target)]
  if (from === to || from === 'index.ts' || to === 'strategy.ts') return undefined
  const allowed = shared[from] ?? wayMayImport
  if (allowed.includes(to)) return undefined
  const isWay = !Object.hasOwn(shared, to) && !to.endsWith('.ts')
  if (from === chooser && isWay) return undefined
  return `strategies/${from} must not import strategies/${to}`
}

/** The folder or file in strategies/ that a path leads to. */
function wayOf(file) {
  return file.split('/')[2]
}

/** The folder whose files alone may use this one: what is in lib/ or starts with an underscore. */
function ownerOf(file) {
  return /^(.*\/)(?:lib\/|_[^/]*$)/.exec(file)?.[1]
}

function roomOf(file) {
  const [, first, ...rest] = file.split('/')
  return rest.length > 0 ? first : first.replace(/\.ts$/, '')
}

function isOwn(name) {
  return name === 'ocilink' || name.startsWith('ocilink/')
}

function packageOf(name) {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/')
}

/** The packages that may be imported, and the files that are what `exports` publishes. */
function readPackage(root) {
  const {
    dependencies = {},
    peerDependencies = {},
    exports = {},
  } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const published = Object.values(exports).flatMap(({ default: built }) => built ?? [])
  return {
    dependencies: new Set([...Object.keys(dependencies), ...Object.keys(peerDependencies)]),
    entries: new Set(
      published.map((built) => built.replace('./dist/', 'src/').replace(/\.js$/, '.ts')),
    ),
  }
}
