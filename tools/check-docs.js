// Prevents documentation that no longer compiles: every ts block of README.md and docs/ and
// every @example in src/ is type-checked as a program of its own, against the package as built.
//
// npm run build && node tools/check-docs.js
// Blocks that start with ```ts ignore are left out.
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const root = join(import.meta.dirname, '..')
// Inside the package, so that the name "ocilink" means the package itself; not inside node_modules,
// where the search for the package ends.
const work = join(root, '.cache', `docs-${process.pid}`)

if (!existsSync(join(root, 'dist', 'index.d.ts'))) {
  console.error('There is no dist/ to check against: run "npm run build" first.')
  process.exit(1)
}

const markdown = globSync(['README.md', 'docs/*.md', 'docs/strategies/*.md'], { cwd: root })
const sources = globSync('src/**/*.ts', { cwd: root })
const blocks = [
  ...markdown.flatMap((file) => blocksOf(file, read(file).split('\n'))),
  ...sources.flatMap((file) => blocksOf(file, examplesOf(read(file)))),
]

if (blocks.length === 0) throw new Error('no block found: the search for them is broken')

mkdirSync(work, { recursive: true })
try {
  process.exitCode = check()
} finally {
  rmSync(work, { recursive: true, force: true })
}

function check() {
  const origin = new Map()
  blocks.forEach(({ file, line, code }, index) => {
    const name = `block-${index}.ts`
    origin.set(name, file)
    // As many empty lines before it as there are in the document: tsc then tells the right line.
    writeFileSync(join(work, name), `${'\n'.repeat(line - 1)}${code}\nexport {}\n`)
  })
  const config = {
    extends: '../../tsconfig.json',
    compilerOptions: {
      noEmit: true,
      customConditions: [],
      declaration: false,
      isolatedDeclarations: false,
    },
    include: ['*.ts'],
  }
  writeFileSync(join(work, 'tsconfig.json'), JSON.stringify(config))
  const bin = join(root, 'node_modules', '.bin')
  const { status, stdout, error } = spawnSync('tsc', ['-p', work, '--pretty', 'false'], {
    cwd: work,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` },
    // On Windows npm links a .cmd file, which only a shell starts.
    shell: process.platform === 'win32',
  })
  if (error) throw error
  const where = `${blocks.length} blocks of ${new Set(origin.values()).size} files`
  if (status === 0) {
    console.log(`The documentation compiles: ${where}`)
    return 0
  }
  console.error(
    stdout.replace(/^\S*?(block-\d+\.ts)\((\d+),(\d+)\)/gm, (_, name, line, column) => {
      return `${origin.get(name)}:${line}:${column}`
    }),
  )
  return 1
}

function read(file) {
  return readFileSync(join(root, file), 'utf8')
}

/** The blocks fenced as ts, also inside of lists. */
function blocksOf(file, lines) {
  const found = []
  let open
  lines.forEach((text, index) => {
    const fence = /^(\s*)(`{3,})\s*(.*)$/.exec(text)
    if (open) {
      if (fence && fence[2].length >= open.ticks.length && fence[3] === '') {
        const code = lines.slice(open.line - 1, index).map((line) => line.slice(open.indent))
        if (open.isChecked) found.push({ file, line: open.line, code: code.join('\n') })
        open = undefined
      }
    } else if (fence) {
      const [language, ...rest] = fence[3].split(/\s+/)
      const isTs = language === 'ts' || language === 'typescript'
      const isChecked = isTs && !rest.includes('ignore')
      open = { ticks: fence[2], indent: fence[1].length, line: index + 2, isChecked }
    }
  })
  if (open) throw new Error(`${file}:${open.line - 1}: block without an end`)
  return found
}

/** A source's lines where all but what stands under an @example is empty. */
function examplesOf(text) {
  let isExample = false
  let isComment = false
  return text.split('\n').map((line) => {
    if (/^\s*\/\*\*/.test(line)) isComment = true
    const content = isComment ? /^\s*\* ?(?!\/)(.*)$/.exec(line)?.[1] : undefined
    if (/\*\/\s*$/.test(line)) isComment = false
    const tag = /^\s*@(\w+)/.exec(content ?? '')?.[1]
    if (content === undefined) isExample = false
    else if (tag) isExample = tag === 'example'
    return isExample && !tag ? (content ?? '') : ''
  })
}
