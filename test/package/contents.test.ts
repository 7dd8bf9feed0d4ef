// What is in the tarball, and that nothing in it leads out of it.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, inject, test } from 'vitest'

// By its path: tsup's own types need packages that it does not install.
const { default: tsup } = await import(join(import.meta.dirname, '../../tsup.config.ts'))
const { default: program } = await import(join(import.meta.dirname, '../../tsup.cli.config.ts'))

const directory = join(inject('user'), 'node_modules/ocilink')
const files = readdirSync(directory, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
  .sort()
const read = (file: string) => readFileSync(join(directory, file), 'utf8')
const manifest = JSON.parse(read('package.json'))

test('has what was built, what its README links, and nothing else', () => {
  const kinds = [
    /^(package\.json|README\.md|CHANGELOG\.md|CONTRIBUTING\.md|SECURITY\.md|LICENSE)$/,
    /^dist\/.+\.(js|js\.map|d\.ts)$/,
    /^dist\/cli\/LICENSES\.txt$/,
    /^dist\/explorer\/(index\.html|LICENSES\.md|assets\/.+\.(js|css))$/,
    /^docs\/(strategies\/)?[a-z-]+\.md$/,
    /^docs\/pictures\/[a-z-]+\.png$/,
    /^docs\/schemas\/[a-z]+\.json$/,
    /^examples\/[a-z-]+\.(ts|diff)$/,
    /^examples\/drop-in\/.+\/([a-z-]+\.ts|README\.md|package\.json)$/,
  ]
  expect(files.filter((file) => !kinds.some((kind) => kind.test(file)))).toEqual([])
  for (const kind of kinds) expect(files.some((file) => kind.test(file))).toBe(true)
})

test('its source maps are whole: the sources are in them, as they are not beside them', () => {
  const maps = files.filter((file) => file.endsWith('.map'))
  expect(maps.length).toBeGreaterThan(0)
  for (const file of maps) {
    const { sources, sourcesContent = [] } = JSON.parse(read(file))
    expect(sourcesContent, file).toHaveLength(sources.length)
    for (const content of sourcesContent) expect(content, file).toEqual(expect.any(String))
  }
  // The program and the page are others' code too, without their sources.
  const own = files.filter((name) => name.endsWith('.js') && !/^dist\/(cli|explorer)\//.test(name))
  for (const file of own) {
    const map = /^\/\/# sourceMappingURL=(.*)$/m.exec(read(file))?.[1]
    expect(map && existsSync(join(directory, dirname(file), map)), file).toBe(true)
  }
})

test('its documents link only to what is there, and to headings that are there', () => {
  const dead: string[] = []
  for (const file of files.filter((name) => name.endsWith('.md'))) {
    for (const [, link] of proseOf(read(file)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link!)) continue
      const [path, heading] = link!.split('#') as [string, string?]
      const target = path === '' ? file : join(dirname(file), path)
      const isThere = !target.startsWith('..') && existsSync(join(directory, target))
      const hasHeading = isThere && (!heading || headingsOf(read(target)).includes(heading))
      if (!hasHeading) dead.push(`${file}: ${link}`)
    }
  }
  expect(dead).toEqual([])
})

test('exports what tsup builds, and tsup builds nothing else that has no name but strategies', () => {
  const built = Object.keys({ ...tsup.entry, ...program.entry })
    .filter((name) => !/^strategies\/[a-z-]+\/strategy$/.test(name))
    .map((name) => `dist/${name}.js`)
  const { exports, imports, bin } = manifest
  const named = [...targetsOf(exports), ...targetsOf(imports), ...targetsOf(bin)]
    .map((path) => path.replace(/^\.\//, ''))
    // The sources, under a condition that only this repository sets.
    .filter((path) => path !== 'package.json' && !path.startsWith('src/'))
  const programs = named.filter((path) => path.endsWith('.js'))
  expect([...new Set(programs)].sort()).toEqual(built.toSorted())
  expect(named.filter((path) => !files.includes(path))).toEqual([])
})

test('names no place of which nobody knows whether it is there', () => {
  for (const field of ['repository', 'homepage', 'bugs']) expect(manifest).not.toHaveProperty(field)
})

/** All paths in a map of conditions. */
function targetsOf(map: unknown): string[] {
  return typeof map === 'string' ? [map] : Object.values(map as object).flatMap(targetsOf)
}

/** A document without its blocks of code. */
function proseOf(markdown: string): string {
  return markdown.replace(/^( *)```[\s\S]*?^\1```$/gm, '')
}

/** As GitHub names headings in links. */
function headingsOf(markdown: string): string[] {
  const headings = proseOf(markdown).matchAll(/^#+ +(.*)$/gm)
  return Array.from(headings, ([, text]) =>
    text!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

test('has the licence of each package that is built into the program', () => {
  const bill = read('dist/cli/LICENSES.txt')
  const parts = bill.split(/^={10,}$/m).map((part) => part.trim())
  expect(parts.map((part) => part.split('\n')[0]!.replace(/ [\d.]+$/, ''))).toEqual([
    '@bomb.sh/tab',
    '@nodable/entities',
    '@opentelemetry/api',
    'anynum',
    'aws4fetch',
    'bintrees',
    'commander',
    'fast-xml-builder',
    'fast-xml-parser',
    'is-unsafe',
    'ky',
    'modern-tar',
    'p-limit',
    'path-expression-matcher',
    'prom-client',
    'rate-limiter-flexible',
    'srvx',
    'strnum',
    'tdigest',
    'xml-naming',
    'yocto-queue',
    'zod',
  ])
  for (const part of parts) expect(part).toMatch(/copyright/i)
})
