// Prevents imports that turn the layers upside down: an embedded registry that shares the client's
// code (and then proves nothing about it), Node's modules in what browsers load, a second file that
// talks to ky, the import of zod that adds 65 kB to every bundle.
//
// node tools/check-layers.js [directory, by default this package]
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import ts from 'typescript'

/**
 * Who may import whom. A room is a folder of src/; `tasks` are the files in src/ itself. `outside`
 * are the packages that this room may use beside those in `packages`; `types` are rooms of which
 * only types may be used; `entries` lets a room use the package's entry points, as its users do.
 */
const rooms = {
  errors: { rooms: [] },
  platform: { rooms: ['errors'] },
  model: { rooms: ['platform', 'errors'], outside: ['#hasher'] },
  registry: { rooms: ['model', 'platform', 'errors'] },
  strategies: { rooms: ['registry', 'model', 'platform', 'errors'] },
  tasks: { rooms: ['strategies', 'registry', 'model', 'platform', 'errors'] },
  proposals: { rooms: ['registry', 'model', 'platform', 'errors'] },
  embedded: { rooms: ['model', 'platform', 'errors'] },
  node: {
    rooms: ['embedded', 'model', 'platform', 'errors'],
    types: ['registry'],
    outside: ['node:', 'srvx'],
  },
  msw: { rooms: ['errors'], types: ['embedded'] },
  cli: { rooms: [], entries: true, outside: ['node:', 'ocilink'] },
}

/** Packages that only these files may use; others are free to any room once they are dependencies. */
const packages = {
  ky: 'src/registry/repository.ts',
  '@noble/hashes': 'src/platform/hasher.ts',
  srvx: 'src/node/',
  msw: 'src/msw/',
}

const maxLines = 320

const root = resolve(process.argv[2] ?? join(import.meta.dirname, '..'))
const dependencies = readDependencies()
const problems = []

const sources = files('src/**/*.ts')
for (const file of sources) checkSource(file)
for (const file of files('examples/**/*.{ts,js,mjs}')) checkExample(file)
if (sources.length === 0) problems.push(`${root} has no file in src/`)

if (problems.length > 0) {
  console.error(problems.join('\n'))
  process.exitCode = 1
} else {
  console.log(`Layers hold in ${sources.length} files of src/`)
}

function checkSource(file) {
  const { text, imports } = parse(file)
  const lines = text.trimEnd().split('\n').length
  if (lines > maxLines) {
    problems.push(`${file}: ${lines} lines; over ${maxLines} split it by noun`)
  }
  const room = roomOf(file)
  if (!Object.hasOwn(rooms, room)) {
    problems.push(`${file}: no rule for src/${room}/; add it to tools/check-layers.js`)
    return
  }
  for (const found of imports) {
    const problem = found.name.startsWith('.')
      ? checkInside(file, room, found)
      : checkOutside(file, room, found)
    if (problem) problems.push(`${file}:${found.line}: "${found.name}": ${problem}`)
  }
}

function checkInside(file, room, { name, typeOnly }) {
  if (!name.endsWith('.ts')) return 'must name the file as it is, ending in .ts'
  const target = relative(root, join(root, dirname(file), name))
    .split(sep)
    .join('/')
  if (!target.startsWith('src/')) return 'leads out of src/'
  if (!existsSync(join(root, target))) return 'does not exist'
  const targetRoom = roomOf(target)
  if (targetRoom === room || rooms[room].rooms.includes(targetRoom)) return undefined
  if (rooms[room].entries && target.endsWith('/index.ts')) return undefined
  if (!rooms[room].types?.includes(targetRoom)) return `${room} must not import ${targetRoom}`
  return typeOnly ? undefined : `${room} may import only types from ${targetRoom}`
}

function checkOutside(file, room, { name, typeOnly, namespace }) {
  const { outside = [] } = rooms[room]
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

function checkExample(file) {
  for (const { name, line } of parse(file).imports) {
    if (!name.startsWith('.')) continue
    const target = relative(root, join(root, dirname(file), name))
      .split(sep)
      .join('/')
    if (!target.startsWith('examples/')) {
      problems.push(
        `${file}:${line}: "${name}": leads out of examples/; import the package by name`,
      )
    }
  }
}

/** All ways to name another module: import, export from, import(), import type, import x = require. */
function parse(file) {
  const text = readFileSync(join(root, file), 'utf8')
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const imports = []
  const add = (node, literal, flags = {}) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source))
    const name = literal && ts.isStringLiteralLike(literal) ? literal.text : undefined
    if (name === undefined) {
      problems.push(`${file}:${line + 1}: import() of something that is not a string`)
    } else {
      imports.push({ line: line + 1, name, typeOnly: false, namespace: false, ...flags })
    }
  }
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) {
      const clause = node.importClause
      const bindings = clause?.namedBindings
      const named = bindings && ts.isNamedImports(bindings) ? bindings.elements : []
      const eachIsType = !clause?.name && named.length > 0 && named.every((e) => e.isTypeOnly)
      add(node, node.moduleSpecifier, {
        typeOnly: clause?.phaseModifier === ts.SyntaxKind.TypeKeyword || eachIsType,
        namespace: !clause?.name && bindings !== undefined && ts.isNamespaceImport(bindings),
      })
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
      const clause = node.exportClause
      const named = clause && ts.isNamedExports(clause) ? clause.elements : []
      const eachIsType = named.length > 0 && named.every((e) => e.isTypeOnly)
      add(node, node.moduleSpecifier, { typeOnly: node.isTypeOnly || eachIsType })
    } else if (ts.isImportTypeNode(node)) {
      add(node, ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, {
        typeOnly: true,
      })
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node, node.arguments[0])
    } else if (ts.isExternalModuleReference(node)) {
      add(node, node.expression)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return { text, imports }
}

function roomOf(file) {
  const [, first, ...rest] = file.split('/')
  if (rest.length > 0) return first
  return first === 'errors.ts' ? 'errors' : 'tasks'
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

function files(pattern) {
  const found = globSync(pattern, { cwd: root, exclude: ['**/node_modules/**', '**/dist/**'] })
  return found.map((file) => file.split(sep).join('/')).sort()
}

function readDependencies() {
  const { dependencies = {}, peerDependencies = {} } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  return new Set([...Object.keys(dependencies), ...Object.keys(peerDependencies)])
}
