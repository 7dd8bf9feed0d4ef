import { browserRuntime } from '../lib/browsers.ts'
import { openInBrowser } from '../lib/puppeteer.ts'
import type { Runtime } from '../lib/runtime.ts'

export const executablePath: string = process.env.FIREFOX ?? '/usr/bin/firefox-esr'

export const firefox: Runtime = browserRuntime({
  id: 'firefox',
  name: 'Firefox ESR',
  files: [executablePath],
  packages: 'firefox-esr',
  open: (url) => openInBrowser(url, { executablePath, browser: 'firefox' }),
})
