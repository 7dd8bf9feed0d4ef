// Each view in both themes: what assistive technology meets, what does not fit, and a picture to look at.
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { SIZE, type Tab, type Theme } from '../engines/engine.ts'
import type { Given } from './given.ts'
import { views } from './views.ts'

const pictures = join(import.meta.dirname, '../../../.cache/pictures/explorer')
const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

/** Pixels of a picture: more of it is the same. */
const HIGHEST = 2400

/** Tests of each view in one theme. */
export function testViews(engine: string, theme: Theme, given: () => Given): void {
  test.each(views)('$name', async ({ name, width = SIZE.width, show }) => {
    const { tab, places } = given()
    await tab.resize(width, SIZE.height)
    await show(tab, places)
    await mkdir(pictures, { recursive: true })
    await writeFile(join(pictures, `${engine}-${theme}-${name}.png`), await pictureOf(tab, width))
    expect(await tooWide(tab)).toEqual([])
    await tab.run(axe)
    expect(await tab.evaluate(violations, theme)).toEqual([])
  })
}

/** The whole page from its top. */
async function pictureOf(tab: Tab, width: number): Promise<Uint8Array> {
  // What had not been seen yet takes another place once it is.
  for (let before = 0, height: number = SIZE.height; height > before && height < HIGHEST; ) {
    before = height
    height = await tab.evaluate(() => {
      scrollTo(0, 0)
      return document.documentElement.scrollHeight
    })
    await tab.resize(width, Math.min(height, HIGHEST))
  }
  return tab.screenshot()
}

/** Elements that go beyond what can be seen of the page, or of what they are in. */
function tooWide(tab: Tab): Promise<string[]> {
  return tab.evaluate(() =>
    Array.from(document.querySelectorAll('body *'))
      .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
      .filter((element) => !element.closest('pre'))
      .map((element) => `${element.tagName} ${element.textContent?.slice(0, 60)}`),
  )
}

/** What axe finds wrong; in the dark only colours are others. Runs in the page. */
async function violations(theme: Theme): Promise<string[]> {
  const { axe } = globalThis as unknown as { axe: typeof import('axe-core') }
  const { violations } = await axe.run(document, {
    resultTypes: ['violations'],
    ...(theme === 'dark' && { runOnly: ['color-contrast'] }),
  })
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
  )
}
