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

/** Of selenium's driver, what is used. */
export interface Driver {
  get(url: string): Promise<void>
  getCapabilities(): Promise<{ get(name: string): string }>
  executeScript<T>(script: string, ...args: readonly unknown[]): Promise<T>
  executeAsyncScript<T>(script: string, ...args: readonly unknown[]): Promise<T>
  findElement(by: { readonly css: string }): Promise<{ sendKeys(text: string): Promise<void> }>
  actions(): Actions
  manage(): {
    setTimeouts(milliseconds: { readonly script: number }): Promise<void>
    window(): {
      setRect(pixels: { readonly width: number; readonly height: number }): Promise<unknown>
    }
  }
  /** A PNG, as base64. */
  takeScreenshot(): Promise<string>
  quit(): Promise<void>
}

interface Actions {
  sendKeys(...keys: readonly string[]): Actions
  move(to: { readonly x: number; readonly y: number }): Actions
  click(): Actions
  perform(): Promise<void>
}

/** Paths. */
export type WebKitPrograms = Readonly<Record<'driver' | 'display' | 'binary', string>>

/** How MiniBrowser is started. */
export interface WebKitOptions {
  readonly args?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** Pixels. */
  readonly screen?: string
}

/** Starts WebKitGTK's MiniBrowser. */
export async function startWebKit(
  { driver, display, binary }: WebKitPrograms,
  { args = [], env, screen = '800x600' }: WebKitOptions = {},
): Promise<{ readonly driver: Driver; close(): Promise<void> }> {
  // It picks a free number, and says which.
  const place = ['-screen', '0', `${screen}x24`]
  const screenless = start([display, '-displayfd', '1', ...place, '-nolisten', 'tcp'])
  const [number] = await once(screenless.child.stdout!, 'data')
  const port = await freePort()
  const DISPLAY = `:${String(number).trim()}`
  const server = start([driver, `--port=${port}`], { ...env, DISPLAY })
  const close = async () => {
    await server.stop()
    await screenless.stop()
  }
  try {
    await answers(`http://127.0.0.1:${port}/status`)
    const { Builder, Capabilities } = (
      await load<{ default: Selenium }>('selenium-webdriver/index.js')
    ).default
    const options = { binary, args: ['--automation', ...args] }
    const wanted = { browserName: 'MiniBrowser', 'webkitgtk:browserOptions': options }
    const building = new Builder().usingServer(`http://127.0.0.1:${port}`)
    const browser = await building.withCapabilities(new Capabilities(wanted)).build()
    return { driver: browser, close: () => browser.quit().finally(close) }
  } catch (error) {
    await close()
    throw error
  }
}

/** Opens an address in it. */
export async function openInWebKit(
  url: string,
  programs: WebKitPrograms,
): Promise<{ readonly version: string; close(): Promise<void> }> {
  const { driver, close } = await startWebKit(programs)
  try {
    const version = (await driver.getCapabilities()).get('browserVersion')
    await driver.get(url)
    return { version, close }
  } catch (error) {
    await close()
    throw error
  }
}
