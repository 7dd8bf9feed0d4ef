// Writes the licences of the packages that a bundle is made of into a file beside it, for esbuild (by its metafile).
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const RULE = `\n${'='.repeat(80)}\n`

/** A plugin that writes `LICENSES.txt`; it fails where a package has no licence text, and names none that is known. */
export function licences() {
  return {
    name: 'licences',
    setup(build) {
      build.initialOptions.metafile = true
      build.onEnd(({ metafile }) => {
        if (!metafile) return
        const folder = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//
        const folders = Object.keys(metafile.inputs).flatMap((path) => folder.exec(path)?.[1] ?? [])
        const parts = [...new Set(folders)].map(licenceOf).sort()
        const { outfile, outdir } = build.initialOptions
        const [output] = Object.keys(metafile.outputs)
        const to = outfile ? dirname(outfile) : (outdir && dirname(output)) || '.'
        // The bundle itself is written after this.
        mkdirSync(to, { recursive: true })
        writeFileSync(join(to, 'LICENSES.txt'), `${parts.join(RULE)}\n`)
      })
    },
  }
}

function licenceOf(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const { name, version, license, author } = manifest
  const file = readdirSync(folder).find((one) => /^licen[cs]e(\.|$)/i.test(one))
  const text = file ? readFileSync(join(folder, file), 'utf8') : known[license]?.(author)
  if (!text) throw new Error(`${name} has no licence text`)
  return `${name} ${version}\n\n${text.trim()}`
}

/** Texts of licences that a package names without having them. */
const known = {
  MIT: (author) => `MIT License

Copyright (c) ${author?.name ?? author}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`,
}
