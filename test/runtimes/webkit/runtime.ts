import { globSync } from 'node:fs'
import { browserRuntime } from '../lib/browsers.ts'
import type { Runtime } from '../lib/runtime.ts'
import { openInWebKit, type WebKitPrograms } from '../lib/webdriver.ts'

const [binary = '/usr/lib/webkit2gtk-4.1/MiniBrowser'] = globSync(
  '/usr/lib/*/webkit2gtk-4.1/MiniBrowser',
)
export const programs: WebKitPrograms = {
  driver: '/usr/bin/WebKitWebDriver',
  display: '/usr/bin/Xvfb',
  binary,
}

export const webkit: Runtime = browserRuntime({
  id: 'webkit',
  name: 'WebKitGTK',
  files: Object.values(programs),
  packages: 'webkit2gtk-driver xvfb',
  open: (url) => openInWebKit(url, programs),
})
