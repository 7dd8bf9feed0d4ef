// Pages call the program with commands and options that it has; and the script of docs/wrap-it.md does what it says.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { attach, repository } from '../../src/index.ts'
import { serve } from '../../src/node/index.ts'
import { bundledProgram } from '../_bundle.ts'
import { pushImage } from '../_image.ts'
import { callsIn, wrongIn } from './_commands.ts'

const root = new URL('../../', import.meta.url).pathname
const read = (path: string) => readFileSync(root + path, 'utf8')
const pages = ['README.md', ...globSync('docs/**/*.md', { cwd: root })]

/** The blocks of a page that a shell runs. */
const scripts = (page: string) =>
  Array.from(read(page).matchAll(/^```sh\n([\s\S]*?)^```/gm), ([, script]) => script!)

test('a call of a command or an option that there is not is seen', () => {
  const [call, ...others] = callsIn('npx ocilink list "$image" --tpye a/b --json >/dev/null; done')
  expect(others).toEqual([])
  expect(wrongIn(call!)).toEqual(['list --tpye'])
  expect(wrongIn('lits --json')).toEqual(['lits'])
})

test('pages call the program with commands and options that it has', () => {
  const calls = pages.flatMap((page) => scripts(page).flatMap(callsIn))
  expect(calls.length).toBeGreaterThan(8)
  expect(calls.flatMap(wrongIn)).toEqual([])
  const inText = callsIn(read('docs/wrap-it.md'))
  expect(inText.flatMap(wrongIn)).toEqual([])
})

test('the script of docs/wrap-it.md tells yes, no and "could not tell" apart', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ocilink-script-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const shim = join(directory, 'ocilink')
  await writeFile(shim, `#!/bin/sh\nexec '${process.execPath}' '${await bundledProgram()}' "$@"\n`)
  await chmod(shim, 0o755)
  const script = scripts('docs/wrap-it.md').find((text) => text.includes('ocilink has'))!
  const run = async (image: string) => {
    const own = script.replace('registry.example/team/app:v1', image)
    const env = { ...process.env, PATH: `${directory}${delimiter}${process.env.PATH}` }
    const child = spawn('sh', ['-c', own], { env: { ...env, DOCKER_CONFIG: directory } })
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    const [code] = await once(child, 'close')
    return [code, stdout]
  }
  const server = await serve(embeddedRegistry())
  const app = repository(`${server.host}/team/app`)
  await pushImage(app)
  const image = `${server.host}/team/app:v1`
  expect(await run(image)).toEqual([1, 'has none\n'])
  await attach(app, 'v1', { artifactType: 'application/spdx+json' })
  expect(await run(image)).toEqual([0, 'has an SBOM\n'])
  await server.close()
  expect(await run(image)).toEqual([2, 'could not tell\n'])
})
