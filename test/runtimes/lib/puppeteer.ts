// Browsers that puppeteer starts.
import { load } from './install.ts'

interface Puppeteer {
  launch(options: object): Promise<{
    newPage(): Promise<{ goto(url: string): Promise<unknown> }>
    version(): Promise<string>
    close(): Promise<void>
  }>
}

/** Opens an address in a browser that is installed. */
export async function openInBrowser(
  url: string,
  options: { readonly executablePath: string; readonly browser?: string; readonly args?: string[] },
): Promise<{ readonly version: string; close(): Promise<void> }> {
  const { launch } = await load<Puppeteer>('puppeteer-core/lib/puppeteer/puppeteer-core.js')
  const browser = await launch({ headless: true, ...options })
  const close = () => browser.close()
  try {
    const page = await browser.newPage()
    await page.goto(url)
    const [, version = ''] = /(\d+(?:\.\d+)+)/.exec(await browser.version()) ?? []
    return { version, close }
  } catch (error) {
    await close()
    throw error
  }
}
