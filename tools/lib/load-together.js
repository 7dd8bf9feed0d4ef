// An esbuild plugin: what is loaded on demand, in fewer files.
//
// esbuild makes a file of each `import()`, and cuts up what they share: a page that calls `discover()` loaded 30 files of
// 67, one after the other. Loaded together, the same is 5 files at once, and what is loaded first compresses better too.

import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'

// Not the types, `typeof import('./x.ts')`.
const imported = /(?<!\btypeof )\bimport\('(\.[^']+\.ts)'\)/g

/**
 * @param sources - directory that the patterns are in
 * @param pieces - for each file that is to be, the patterns of those that are loaded with it: each is the target of an
 *   `import()`, else the build fails
 */
export function loadTogether(sources, pieces) {
  /** Piece and name in it, by the path of the source. */
  const places = new Map()
  for (const [piece, patterns] of Object.entries(pieces)) {
    for (const pattern of patterns) {
      const files = globSync(pattern, { cwd: sources }).sort()
      if (files.length === 0) throw new Error(`no file is src/${pattern}`)
      for (const file of files) {
        if (places.has(file)) throw new Error(`src/${file} is to be loaded with two pieces`)
        places.set(file, { piece, name: `m${places.size}` })
      }
    }
  }
  return {
    name: 'load-together',
    setup(build) {
      const used = new Set()
      build.onStart(() => used.clear())
      build.onResolve({ filter: /^piece:/ }, ({ path }) => ({
        path: path.slice('piece:'.length),
        namespace: 'piece',
      }))
      build.onLoad({ filter: /./, namespace: 'piece' }, ({ path }) => ({
        contents: [...places]
          .filter(([, { piece }]) => piece === path)
          .map(([file, { name }]) => `export * as ${name} from './${file}'`)
          .join('\n'),
        resolveDir: sources,
      }))
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const text = await readFile(path, 'utf8')
        const contents = text.replace(imported, (whole, to) => {
          const file = relative(sources, join(dirname(path), to))
          const place = places.get(file)
          if (!place) return whole
          used.add(file)
          return `import('piece:${place.piece}').then((piece) => piece.${place.name})`
        })
        return contents === text ? undefined : { contents, loader: 'ts' }
      })
      build.onEnd(() => {
        const unused = [...places.keys()].filter((file) => !used.has(file))
        if (unused.length > 0) throw new Error(`no import() of src/${unused.join(', src/')}`)
      })
    },
  }
}
