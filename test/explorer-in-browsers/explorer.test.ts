// `ocilink explore`, as it is installed, in three browsers.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { openPlaces, type Places } from './_places.ts'
import { engines } from './engines/all.ts'
import type { Tab, Theme } from './engines/engine.ts'
import { testArchives } from './suite/archives.ts'
import { testDocsPictures } from './suite/docs-pictures.ts'
import { testHostile, testNothingRuns } from './suite/hostile.ts'
import { testKeyboard } from './suite/keyboard.ts'
import { testMany } from './suite/many.ts'
import { testOpening } from './suite/opening.ts'
import { testViews } from './suite/view-tests.ts'
import { testWhatIsShown } from './suite/what-is-shown.ts'

let places: Places
beforeAll(async () => {
  places = await openPlaces(inject('user'))
})
afterAll(() => places?.close())

describe.each(engines)('$id', ({ id, missing, open }) => {
  // A developer's machine may lack a browser; where a commit is judged nothing may.
  const reason = missing()
  if (reason && !process.env.CI) {
    test('is not installed', ({ skip }) => skip(reason))
    return
  }

  describe.each<Theme>(['light', 'dark'])('%s', (theme) => {
    let tab: Tab
    beforeAll(async () => {
      const downloads = join(places.directory, id, theme)
      await mkdir(downloads, { recursive: true })
      tab = await open(theme, downloads)
    })
    afterAll(() => tab?.close())

    // Whatever a test does, the console is silent, and nothing but the page's own server is asked.
    afterEach(async () => {
      expect(await tab.noise()).toEqual([])
      const elsewhere = await tab.evaluate(() =>
        performance
          .getEntriesByType('resource')
          .map(({ name }) => name)
          .filter((name) => !name.startsWith(location.origin)),
      )
      expect(elsewhere).toEqual([])
    })

    const given = () => ({ tab, places })
    testViews(id, theme, given)
    if (id === 'chromium') testDocsPictures(theme, given)
    // The same in the dark.
    if (theme === 'dark') return
    testWhatIsShown(given)
    testKeyboard(given)
    testArchives(given)
    testOpening(given)
    testHostile(given)
    testMany(given)
    testNothingRuns(given)
  })
})
