import { executablePath, chromium as runtime } from '../../runtimes/chromium/runtime.ts'
import type { Engine } from './engine.ts'
import { openTab } from './puppeteer-tab.ts'

// Root has no sandbox.
const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking']

export const chromium: Engine = {
  id: 'chromium',
  missing: runtime.missing,
  open(theme, downloads) {
    const downloadBehavior = { policy: 'allow', downloadPath: downloads }
    const prefers = [{ name: 'prefers-color-scheme', value: theme }]
    return openTab({ executablePath, args, downloadBehavior }, downloads, (page) =>
      page.emulateMediaFeatures(prefers),
    )
  },
}
