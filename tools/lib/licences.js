// Writes the licences of the packages that a bundle is made of into a file beside it, for esbuild (by its metafile).
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const RULE = `\n${'='.repeat(80)}\n`

/** A plugin that writes `LICENSES.txt`; it fails where a package has no licence text. */
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
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = readdirSync(folder).find((one) => /^licen[cs]e(\.|$)/i.test(one))
  if (!file) throw new Error(`${name} has no licence text`)
  return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}`
}
