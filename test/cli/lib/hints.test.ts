import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { hintFor, hintPages } from '../../../src/cli/lib/hints.ts'

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
