import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { hintFor, hintPages } from '../../../src/cli/lib/hints.ts'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import { repository } from '../../../src/index.ts'
import { serve } from '../../../src/node/index.ts'
import { pushImage } from '../../_image.ts'
import { run } from '../_here.ts'

test.each(hintPages)('the page %s is there, with its heading', (page) => {
  const [file = '', heading] = page.split('#')
  const text = readFileSync(new URL(`../../../docs/${file}`, import.meta.url), 'utf8')
  const headings = Array.from(text.matchAll(/^#+ (.+)$/gm), ([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  )
  if (heading) expect(headings).toContain(heading)
})

test('what is not there, not attached, or not spelled right leads to where to look', async () => {
  const server = await serve(embeddedRegistry())
  onTestFinished(() => server.close())
  const { digest } = await pushImage(repository(`${server.host}/team/app`))
  const image = `${server.host}/team/app@${digest}`
  for (const [next, ...args] of [
    ['ocilink tags <reference>', 'list', `${server.host}/team/app:v9`],
    ['ocilink tags <reference>', 'tags', `${server.host}/team/none`],
    ['ocilink tree <reference>', 'read', image, '-t', 'a/b'],
    ['ocilink tree <reference>', 'detach', image, `sha256:${'0'.repeat(64)}`, '--yes'],
    ['oci-layout:DIR:tag', 'has', 'UPPER/x'],
    ['oci-layout:DIR:tag', 'has', 'a.example/x@sha256:1'],
    ['--port', 'serve', '--port', new URL(server.url).port],
  ] as const) {
    const { stderr } = await run(...args)
    const lines = stderr.trimEnd().split('\n')
    expect([args, lines.length]).toEqual([args, 2])
    expect(lines[1]).toContain(next)
    expect(lines[1]).toMatch(/ \(docs\/[\w.#-]+\)$/)
  }
})

test('nonsense of a registry has no hint about how a reference is written', async () => {
  const entry = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: 'x', size: 1 }
  const type = 'application/vnd.oci.image.index.v1+json'
  const list = { schemaVersion: 2, mediaType: type, manifests: [entry] }
  const headers = { 'content-type': type }
  const server = await serve({ fetch: async () => Response.json(list, { headers }) })
  onTestFinished(() => server.close())
  const { stderr } = await run('list', `${server.host}/team/app@sha256:${'0'.repeat(64)}`)
  expect(stderr).toMatch(/^ocilink: /m)
  expect(stderr).not.toContain('oci-layout:DIR')
  expect(hintFor({ code: 'INVALID_DIGEST' })).toContain('oci-layout:DIR:tag')
  expect(hintFor({ code: 'INVALID_DIGEST' }, true)).toBeUndefined()
})

test('the hint is that of the error, or of the first cause that has one', () => {
  const certificate = Object.assign(new Error('x'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' })
  const connection = Object.assign(new Error('y', { cause: certificate }), { code: 'CONNECTION' })
  expect(hintFor(connection)).toMatch(/--ca <file>.*docs\/runtimes\.md#an-own-ca/)
  const round: Error & { cause?: unknown } = new Error('z')
  round.cause = round
  for (const none of [round, undefined, 'text', { code: 'toString' }]) {
    expect(hintFor(none)).toBeUndefined()
  }
})
