// What others wrote stays what it is: no line of the program's own, no command of a terminal, no markup.
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { repository } from '../../src/index.ts'
import { serve } from '../../src/node/index.ts'
import { pushImage } from '../_image.ts'
import { run } from './_here.ts'
import { type Image, type Place, startPlace } from './_images.ts'
import { onTerminal } from './_terminal.ts'

/** Clears the screen, hides text, starts a line of its own, and turns the direction of text. */
const HOSTILE =
  'text/\u001b[2Jclear\u001b[8mhide\u009b31m\r\nforged  sha256:0\u2028\u202e"<b>#amp;`plain'
const EMPTY = `sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a`
const mediaType = 'application/vnd.oci.image.manifest.v1+json'

let place: Place
let image: Image
let digest: string
beforeAll(async () => {
  place = await startPlace({})
  image = await place.image('team/app')
  const empty = { mediaType: 'application/vnd.oci.empty.v1+json', size: 2, digest: EMPTY }
  const blobs = `http://${place.host}/v2/team/app/blobs/uploads/?digest=${EMPTY}`
  await fetch(blobs, { method: 'POST', body: '{}' })
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType,
    artifactType: HOSTILE,
    config: empty,
    layers: [empty],
    subject: { mediaType, size: 1, digest: image.digest },
    annotations: { 'org.example': HOSTILE },
  })
  const url = `http://${place.host}/v2/team/app/manifests/hostile`
  const headers = { 'content-type': mediaType }
  const answer = await fetch(url, { method: 'PUT', headers, body: manifest })
  expect(answer.status).toBe(201)
  digest = answer.headers.get('docker-content-digest')!
})
afterAll(() => place?.close())

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
const harmful = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/

test.each([
  [['tree']],
  [['tree', '--format', 'table']],
  [['tree', '--format', 'mermaid']],
  [['tree', '--format', 'dot']],
  [['tree', '--format', 'json']],
  [['tree', '--json']],
  [['list']],
  [['list', '--json']],
  [['discover']],
  [['graph']],
  [['graph', '--format', 'mermaid']],
  [['graph', '--format', 'json']],
  [['convert', '--as', 'digest-tags', '--dry-run']],
])(
  'it writes no line and no control character in the answer of %j',
  async ([command = '', ...options]) => {
    const { stdout } = await run(command, image.reference, ...options)
    expect(stdout).not.toMatch(harmful)
    expect(stdout).not.toMatch(/^forged/m)
    expect(stdout).toContain('clear')
  },
)

test('it is as it was in JSON', async () => {
  const { stdout } = await run('list', image.reference, '--json')
  const [found] = JSON.parse(stdout).referrers
  expect(found).toMatchObject({ artifactType: HOSTILE, annotations: { 'org.example': HOSTILE } })
})

test('it is no markup in a drawing', async () => {
  const { stdout } = await run('tree', image.reference, '--format', 'mermaid')
  const [, label] = /n1\["(.*)"\]/.exec(stdout)!
  expect(label).toContain('#quot;#lt;b#gt;#35;amp;#96;plain')
})

test('it does nothing to the terminal where something is asked', async () => {
  const { output } = await onTerminal(['detach', image.reference, digest], {
    at: '[y/N]',
    keys: 'n\n',
  })
  expect(output).toContain('clear')
  for (const char of ['\u001b[2J', '\u001b[8m', '\u009b', '\u202e', '\nforged'])
    expect(output).not.toContain(char)
})

test('a warning that comes with each answer is said once', async () => {
  const registry = embeddedRegistry()
  const warning = '299 - "careful"'
  const server = await serve({
    async fetch(request: Request) {
      const answer = await registry.fetch(request)
      answer.headers.set('warning', warning)
      return answer
    },
  })
  onTestFinished(() => server.close())
  await pushImage(repository(`${server.host}/team/app`))
  const { code, stderr } = await run('tree', `${server.host}/team/app:v1`)
  expect({ code, stderr }).toEqual({ code: 0, stderr: 'ocilink: warning: careful\n' })
})
