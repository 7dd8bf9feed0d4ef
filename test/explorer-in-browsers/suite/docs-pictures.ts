// The pictures of docs/explorer.md. `npm run test:explorer -- -u -t picture` takes them again.
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import type { Theme } from '../engines/engine.ts'
import type { Given } from './given.ts'
import { views } from './views.ts'

const docs = join(import.meta.dirname, '../../../docs')

interface Picture {
  /** Of the view, and of the file. */
  readonly view: string
  readonly theme: Theme
  /** Pixels. */
  readonly width: number
  readonly height: number
  /** What it begins with, where that is not the page's top. */
  readonly from?: string
}

const pictures: readonly Picture[] = [
  { view: 'sbom', theme: 'light', width: 1200, height: 720 },
  { view: 'why', theme: 'light', width: 900, height: 640, from: 'details' },
  { view: 'archive', theme: 'dark', width: 1200, height: 560 },
]

/** Tests of those in one theme. */
export function testDocsPictures(theme: Theme, given: () => Given): void {
  const own = pictures.filter((picture) => picture.theme === theme)
  test.each(own)(
    '$view has a picture in the documentation',
    async ({ view, width, height, from }) => {
      const file = join(docs, 'pictures', `explorer-${view}.png`)
      if (inject('update')) {
        const { tab, places } = given()
        await tab.resize(width, height)
        await views.find(({ name }) => name === view)!.show(tab, places)
        await tab.evaluate((selector) => {
          document.querySelector(selector)!.scrollIntoView({ block: 'start', behavior: 'instant' })
        }, from ?? 'body')
        await mkdir(join(docs, 'pictures'), { recursive: true })
        await writeFile(file, await tab.screenshot())
      }
      expect(existsSync(file)).toBe(true)
      const shown = new RegExp(`^!\\[[^\\]]{20,}\\]\\(pictures/explorer-${view}\\.png\\)$`, 'm')
      expect(readFileSync(join(docs, 'explorer.md'), 'utf8')).toMatch(shown)
    },
  )
}
