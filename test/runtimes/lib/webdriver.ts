// WebKitGTK's own driver, which wants a display: one without a screen.
import { once } from 'node:events'
import { load } from './install.ts'
import { answers, freePort, start } from './run.ts'

interface Selenium {
  readonly Builder: new () => {
    usingServer(url: string): { withCapabilities(wanted: object): { build(): Promise<Driver> } }
  }
  readonly Capabilities: new (wanted: object) => object
}

interface Driver {
  get(url: string): Promise<void>
  getCapabilities(): Promise<{ get(name: string): string }>
  quit(): Promise<void>
}

/** Opens an address in WebKitGTK's MiniBrowser. */
export async function openInWebKit(
  url: string,
  { driver, display, binary }: Readonly<Record<'driver' | 'display' | 'binary', string>>,
): Promise<{ readonly version: string; close(): Promise<void> }> {
  // It picks a free number, and says which.
  const screen = start([
    display,
    '-displayfd',
    '1',
    '-screen',
    '0',
    '800x600x24',
    '-nolisten',
    'tcp',
  ])
  const [number] = await once(screen.child.stdout!, 'data')
  const port = await freePort()
  const server = start([driver, `--port=${port}`], { DISPLAY: `:${String(number).trim()}` })
  const close = async () => {
    await server.stop()
    await screen.stop()
  }
  try {
    await answers(`http://127.0.0.1:${port}/status`)
    const { Builder, Capabilities } = (
      await load<{ default: Selenium }>('selenium-webdriver/index.js')
    ).default
    const options = { binary, args: ['--automation'] }
    const wanted = { browserName: 'MiniBrowser', 'webkitgtk:browserOptions': options }
    const building = new Builder().usingServer(`http://127.0.0.1:${port}`)
    const browser = await building.withCapabilities(new Capabilities(wanted)).build()
    const version = (await browser.getCapabilities()).get('browserVersion')
    await browser.get(url)
    return { version, close: () => browser.quit().finally(close) }
  } catch (error) {
    await close()
    throw error
  }
}
