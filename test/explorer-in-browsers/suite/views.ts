// Each view of the page, and how it comes to be shown.
import { click, has, open, shown, shows, until } from '../_page.ts'
import type { Places } from '../_places.ts'
import type { Tab } from '../engines/engine.ts'

/** Pixels: where columns are below each other. WebKitGTK's window is not smaller. */
const NARROW = 480

export interface View {
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

export const views: readonly View[] = [
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
      await click(tab, '.tree button', 'provenance')
      await shows(tab, 'buildDefinition')
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
