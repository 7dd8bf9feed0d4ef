import { executablePath, firefox as runtime } from '../../runtimes/firefox/runtime.ts'
import type { Engine } from './engine.ts'
import { openTab } from './puppeteer-tab.ts'

export const firefox: Engine = {
  id: 'firefox',
  missing: runtime.missing,
  open(theme, downloads) {
    const extraPrefsFirefox = {
      // What pages are told, whatever the desktop wants: there is no command for it yet.
      'layout.css.prefers-color-scheme.content-override': theme === 'dark' ? 0 : 1,
      'browser.download.dir': downloads,
      // That one.
      'browser.download.folderList': 2,
    }
    return openTab({ browser: 'firefox', executablePath, extraPrefsFirefox }, downloads)
  },
}
