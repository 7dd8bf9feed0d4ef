import { browserRuntime } from '../lib/browsers.ts'
import { openInBrowser } from '../lib/puppeteer.ts'
import type { Runtime } from '../lib/runtime.ts'

export const executablePath: string = process.env.CHROMIUM ?? '/usr/bin/chromium'

export const chromium: Runtime = browserRuntime({
  id: 'chromium',
  name: 'Chromium',
  files: [executablePath],
  packages: 'chromium',
  // Root has no sandbox.
  open: (url) => openInBrowser(url, { executablePath, args: ['--no-sandbox'] }),
})
