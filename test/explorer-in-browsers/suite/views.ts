// Each view of the page, in both themes: what assistive technology meets, and a picture to look at.
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { click, has, open, shown, shows, until } from '../_page.ts'
import type { Places } from '../_places.ts'
import { SIZE, type Tab, type Theme } from '../engines/engine.ts'
import type { Given } from './given.ts'

const pictures = join(import.meta.dirname, '../../../.cache/pictures/explorer')
const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

/** Pixels: where columns are below each other. WebKitGTK's window is not smaller. */
const NARROW = 480
/** Of a picture: more of it is the same. */
const HIGHEST = 2400

interface View {
  readonly name: string
  readonly width?: number
  show(tab: Tab, places: Places): Promise<unknown>
}

async function sbom(tab: Tab, { url }: Places): Promise<void> {
  await open(tab, url, 'registry.example/team/app:v1')
  await click(tab, '.tree button', 'SBOM')
  await shows(tab, 'left-pad')
}

async function why(tab: Tab, { url }: Places): Promise<void> {
  await open(tab, url, 'registry.example/team/app:v1')
  await click(tab, 'summary')
  await has(tab, 'details table')
  await click(tab, '.tree button', 'provenance')
  await shows(tab, 'buildDefinition')
}

const views: readonly View[] = [
  { name: 'start', show: (tab, { url }) => tab.goto(url) },
  { name: 'sbom', show: sbom },
  { name: 'why', show: why },
  { name: 'narrow', width: NARROW, show: why },
  { name: 'nothing', show: (tab, { url }) => open(tab, url, 'registry.example/team/app:bare') },
  {
    name: 'archive',
    async show(tab, { url, archive }) {
      await tab.goto(url)
      await tab.choose(archive)
      await shown(tab)
    },
  },
  {
    name: 'problem',
    async show(tab, { url }) {
      await tab.goto(`${url}#registry.example/team/app:none`)
      await shows(tab, 'There is no such tag or manifest')
      await tab.evaluate(() => {
        location.hash = 'UPPER/case'
      })
      await until(tab, () => document.querySelector('[role=alert]')?.textContent !== '')
    },
  },
  { name: 'denied', show: (tab, { url }) => open(tab, url, 'hostile.example/team/denied:v1') },
  {
    name: 'hostile',
    async show(tab, { url }) {
      await open(tab, url, 'hostile.example/team/hostile:v1')
      await click(tab, '.tree button', 'text/html')
      await shows(tab, 'alert(3)')
    },
  },
]

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
    expect(await tab.evaluate(violations)).toEqual([])
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

/** What axe finds wrong. Runs in the page. */
async function violations(): Promise<string[]> {
  const { axe } = globalThis as unknown as { axe: typeof import('axe-core') }
  const { violations } = await axe.run(document, { resultTypes: ['violations'] })
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
  )
}
