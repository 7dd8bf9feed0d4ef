// Browsers that puppeteer drives: by CDP, or by WebDriver BiDi.
import { load } from '../../runtimes/lib/install.ts'
import { SIZE, type Tab } from './engine.ts'

interface Puppeteer {
  launch(options: object): Promise<Browser>
}

interface Browser {
  newPage(): Promise<Page>
  version(): Promise<string>
  close(): Promise<void>
}

/** Of a page, what is used here. */
interface Page {
  readonly keyboard: { press(key: string): Promise<void>; type(text: string): Promise<void> }
  readonly mouse: { click(x: number, y: number): Promise<void> }
  on(name: 'console', listen: (message: { text(): string }) => void): void
  on(name: 'pageerror', listen: (error: Error) => void): void
  on(name: 'dialog', listen: (dialog: { message(): string; dismiss(): void }) => void): void
  goto(url: string, options: { readonly timeout: number }): Promise<unknown>
  evaluate<T>(work: string | ((...args: never) => T), ...args: readonly unknown[]): Promise<T>
  $(selector: string): Promise<{ uploadFile(file: string): Promise<void> }>
  setViewport(size: { readonly width: number; readonly height: number }): Promise<void>
  emulateMediaFeatures(features: readonly object[]): Promise<void>
  screenshot(): Promise<Uint8Array>
}

/** Starts a browser, with puppeteer's options. */
export async function openTab(
  options: object,
  downloads: string,
  prepare: (page: Page) => Promise<void> = async () => {},
): Promise<Tab> {
  const { launch } = await load<Puppeteer>('puppeteer-core/lib/puppeteer/puppeteer-core.js')
  const browser = await launch({ headless: true, ...options })
  const page = await browser.newPage()
  let noise: string[] = []
  page.on('console', (message) => noise.push(message.text()))
  page.on('pageerror', ({ message }) => noise.push(message))
  page.on('dialog', (dialog) => {
    noise.push(dialog.message())
    dialog.dismiss()
  })
  await page.setViewport(SIZE)
  await prepare(page)
  return {
    version: await browser.version(),
    downloads,
    async goto(url) {
      // Else another fragment of the same address is no other page.
      await page.goto('about:blank', { timeout: 90_000 })
      noise = []
      await page.goto(url, { timeout: 90_000 })
    },
    evaluate: (work, ...args) => page.evaluate(work, ...args) as Promise<never>,
    run: (script) => page.evaluate(script),
    press: (key) => page.keyboard.press(key),
    type: (text) => page.keyboard.type(text),
    click: (x, y) => page.mouse.click(x, y),
    choose: async (file) => (await page.$('input[type=file]')).uploadFile(file),
    resize: (width, height) => page.setViewport({ width, height }),
    screenshot: () => page.screenshot(),
    noise: async () => noise,
    close: () => browser.close(),
  }
}
