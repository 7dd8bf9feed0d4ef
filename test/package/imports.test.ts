// Every entry point loads in Node, and the program runs.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { run } from './_run.ts'

const manifest = JSON.parse(
  readFileSync(join(inject('user'), 'node_modules/ocilink/package.json'), 'utf8'),
)
const names = Object.keys(manifest.exports)
  .filter((path) => path !== './package.json')
  .map((path) => path.replace('.', 'ocilink'))

test.each(names)('%s has the same names as its source', async (name) => {
  const { code, output } = await run(
    process.execPath,
    '--input-type=module',
    '--eval',
    `console.log(JSON.stringify(Object.keys(await import('${name}'))))`,
  )
  expect({ code, output }).toMatchObject({ code: 0 })
  const path = join(import.meta.dirname, '../../src', name.slice('ocilink'.length), 'index.ts')
  const source = await import(/* @vite-ignore */ path)
  expect(JSON.parse(output).sort()).toEqual(Object.keys(source).sort())
})

test('package.json can be read, and nothing inside can', async () => {
  const load = (path: string) =>
    run(process.execPath, '--eval', `console.log(require.resolve('ocilink/${path}'))`)
  expect(await load('package.json')).toMatchObject({ code: 0 })
  const inside = await load('dist/index.js')
  expect(inside.code).toBe(1)
  expect(inside.output).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED')
})

test('the program runs', async () => {
  const { code, output } = await run(join('node_modules/.bin/ocilink'), '--help')
  expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/^Usage: ocilink /) })
})

test('links an artifact and finds it', async () => {
  const program = `
    import { attach, hasReferrer, repository } from 'ocilink'
    import { embeddedRegistry } from 'ocilink/embedded'
    import { putManifest } from 'ocilink/registry'
    const app = repository('r.test/app', { fetch: embeddedRegistry().fetch })
    const mediaType = 'application/vnd.oci.image.index.v1+json'
    await putManifest(app, 'v1', { schemaVersion: 2, mediaType, manifests: [] })
    const artifactType = 'application/spdx+json'
    await attach(app, 'v1', { artifactType, blobs: [{ data: '{}', mediaType: artifactType }] })
    console.log(await hasReferrer(app, 'v1', { artifactType }))`
  expect(await run(process.execPath, '--input-type=module', '--eval', program)).toEqual({
    code: 0,
    output: 'true\n',
  })
})
