// Commands that find what is attached and read it, at a registry without the referrers API.
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from './_here.ts'
import {
  IN_TOTO,
  type LinkedImage,
  type Place,
  PROVENANCE,
  SBOM,
  sbom,
  startPlace,
} from './_images.ts'

let place: Place
let image: LinkedImage
let reference: string
beforeAll(async () => {
  place = await startPlace()
  image = await place.linked('team/app')
  reference = image.reference
})
afterAll(() => place?.close())

const steady = (text: string) =>
  text.replaceAll(place.host, '<host>').replace(/sha256([:-])[0-9a-f]+/g, 'sha256$1<hex>')

test('where nothing is attached that is "no", and nothing is on standard output but that', async () => {
  const bare = (await place.image('team/bare')).reference
  expect(await run('has', bare)).toEqual({ code: 1, stdout: 'no\n', stderr: '' })
  expect(await run('list', bare)).toEqual({ code: 0, stdout: '', stderr: '' })
})

test('has says whether there is something, of a type', async () => {
  expect(await run('has', reference)).toEqual({ code: 0, stdout: 'yes\n', stderr: '' })
  expect((await run('has', reference, '--type', SBOM)).code).toBe(0)
  expect((await run('has', reference, '--type', 'text/plain')).code).toBe(1)
})

test('has goes by the links of OCI 1.1, or by the way that it is told', async () => {
  const tagged = (await place.image('team/tagged')).reference
  const given = [place.file('sbom.json'), '-t', SBOM, '--as', 'digest-tags']
  expect((await run('attach', tagged, ...given)).code).toBe(0)
  expect(await run('has', tagged)).toMatchObject({ code: 1, stdout: 'no\n' })
  expect(await run('has', tagged, '--as', 'digest-tags')).toMatchObject({
    code: 0,
    stdout: 'yes\n',
  })
  expect((await run('has', tagged, '--as', 'cosign')).code).toBe(1)
})

test('list has what is attached by OCI 1.1, of a type, or by another way', async () => {
  const { byList, byTag, stated } = image
  const line = `${SBOM}  ${byList}  (oci-subject)\n`
  const all = (await run('list', reference)).stdout.split('\n').sort()
  expect(all).toEqual(['', `${IN_TOTO}  ${stated}  (oci-subject)`, line.trim()].sort())
  expect((await run('list', reference, '--type', SBOM)).stdout).toBe(line)
  const byTags = await run('list', reference, '--as', 'digest-tags')
  expect(byTags.stdout).toBe(`${SBOM}  ${byTag}  (digest-tags)\n`)
})

test.each(['tree', 'table', 'mermaid', 'dot'])('tree draws it as %s', async (format) => {
  const { code, stdout, stderr } = await run('tree', reference, '--format', format)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(steady(stdout)).toMatchSnapshot()
})

test.each(['tree', 'graph'])('%s with --format json is as with --json', async (command) => {
  const [byFormat, byJson] = [
    await run(command, reference, '--format', 'json'),
    await run(command, reference, '--json'),
  ]
  expect(JSON.parse(byFormat.stdout)).toEqual(JSON.parse(byJson.stdout))
})

test('discover has one list, and what each way of linking was answered', async () => {
  const { code, stdout, stderr } = await run('discover', reference)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout.match(/^application\/spdx\+json {2}sha256:/gm)).toHaveLength(2)
  expect(stdout).toMatch(/^WAY OF LINKING +ANSWER +FOUND +REASON$/m)
  expect(stdout).toMatch(/^digest-tags +answered +1$/m)
})

test.each(['table', 'mermaid', 'dot'])('graph has the whole repository as %s', async (format) => {
  const { code, stdout, stderr } = await run('graph', reference, '--format', format)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout.replace(/sha256[:-][0-9a-f.]+/g, '<digest>')).toMatchSnapshot()
})

test('read writes the content, and into a file whole', async () => {
  expect((await run('read', reference, '-t', SBOM)).stdout).toBe(sbom)
  const out = place.file('out.json')
  const quiet = await run('read', reference, '-t', SBOM, '-o', out)
  expect(quiet).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(await readFile(out, 'utf8')).toBe(sbom)
  expect(await run('read', reference, '-t', 'a/b')).toMatchObject({ code: 1, stdout: '' })
})

test('statements have their predicate types', async () => {
  expect((await run('statements', reference)).stdout).toBe(`${PROVENANCE}\n`)
  expect((await run('statements', reference, '--predicate', 'https://other')).stdout).toBe('')
  const { stdout } = await run('statements', reference, '--json')
  expect(JSON.parse(stdout).statements).toMatchObject([{ statement: image.statement }])
})

test('tags are those that people chose, or those that link', async () => {
  expect((await run('tags', reference)).stdout).toBe('v1\n')
  const { stdout } = await run('tags', reference, '--links')
  expect(stdout).toMatch(/^sha256-[0-9a-f]{64} {2}referrers-tag$/m)
  expect(stdout).toMatch(/^sha256-[0-9a-f]{64}\.[0-9a-f]+\.sbom {2}digest-tag$/m)
})

test('detect says what the registry supports', async () => {
  const { code, stdout } = await run('detect', reference)
  expect(code).toBe(0)
  expect(stdout).toMatch(/^WAY OF LINKING +READ +WRITE +BECAUSE\n/)
  expect(stdout).toMatch(/^oci-subject +supported +/m)
})
