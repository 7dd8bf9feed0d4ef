import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startWebKit } from '../../runtimes/lib/webdriver.ts'
import { programs, webkit as runtime } from '../../runtimes/webkit/runtime.ts'
import { type Engine, SIZE, type Tab, type Theme } from './engine.ts'

/** Private use characters by which WebDriver knows keys ("Keyboard Actions"). */
const keys = { Tab: '\ue004', Enter: '\ue007', ' ': ' ' } as const

export const webkit: Engine = { id: 'webkit', missing: runtime.missing, open }

async function open(theme: Theme, downloads: string): Promise<Tab> {
  const { driver, close } = await startWebKit(programs, {
    args: theme === 'dark' ? ['--dark-mode'] : [],
    env: await homeOf(downloads),
    // Keys go to the window that the pointer is in, and that is in the middle of the screen.
    screen: `${SIZE.width}x${SIZE.height}`,
  })
  await driver.manage().setTimeouts({ script: 60_000 })
  /** Runs a function in the page until what it promises is there. */
  const evaluate: Tab['evaluate'] = async (work, ...args) => {
    const { value, error } = await driver.executeAsyncScript<{ value?: never; error?: string }>(
      `const args = [...arguments], done = args.pop()
      new Promise((resolve) => resolve((${work})(...args))).then(
        (value) => done({ value }),
        (error) => done({ error: String(error) }),
      )`,
      ...args,
    )
    if (error !== undefined) throw new Error(error)
    return value as never
  }
  /** Waits until what was changed is on the screen. */
  const painted = () =>
    evaluate(
      () =>
        new Promise<void>((done) =>
          requestAnimationFrame(() => requestAnimationFrame(() => done())),
        ),
    )
  /** The window has a toolbar: the page is smaller. */
  const resize: Tab['resize'] = async (width, height) => {
    for (let more: readonly [number, number] = [0, 0]; ; ) {
      const size = { width: width + more[0], height: height + more[1] }
      await driver.manage().window().setRect(size)
      await painted()
      const [ownWidth, ownHeight] = await evaluate(() => [innerWidth, innerHeight] as const)
      if (ownWidth === width && ownHeight === height) return
      more = [size.width - ownWidth, size.height - ownHeight]
    }
  }
  await resize(SIZE.width, SIZE.height)
  return {
    version: (await driver.getCapabilities()).get('browserVersion'),
    downloads,
    async goto(url) {
      await driver.get('about:blank')
      // The driver has no console: this listens before there is anything to do for the page.
      const [page = '', fragment] = url.split('#')
      await driver.get(page)
      await evaluate(listen)
      if (fragment === undefined) return
      await evaluate((hash) => {
        location.hash = hash
      }, fragment)
    },
    evaluate,
    run: (script) => driver.executeScript(script),
    press: (key) => driver.actions().sendKeys(keys[key]).perform(),
    type: (text) => driver.actions().sendKeys(text).perform(),
    click: (x, y) => driver.actions().move({ x, y }).click().perform(),
    choose: async (file) => (await driver.findElement({ css: 'input[type=file]' })).sendKeys(file),
    resize,
    async screenshot() {
      await painted()
      return Buffer.from(await driver.takeScreenshot(), 'base64')
    },
    noise: () => evaluate(() => (globalThis as { noise?: string[] }).noise ?? []),
    close,
  }
}

/** A home where the desktop's settings name the directory of downloads. */
async function homeOf(downloads: string): Promise<NodeJS.ProcessEnv> {
  const XDG_CONFIG_HOME = join(downloads, '.config')
  await mkdir(XDG_CONFIG_HOME, { recursive: true })
  await writeFile(join(XDG_CONFIG_HOME, 'user-dirs.dirs'), `XDG_DOWNLOAD_DIR="${downloads}"\n`)
  return { HOME: downloads, XDG_CONFIG_HOME }
}

/** Keeps what a console would have. Runs in the page. */
function listen(): void {
  const noise: string[] = []
  Object.assign(globalThis, { noise })
  for (const name of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    const log = console[name]
    console[name] = (...values) => {
      noise.push(values.join(' '))
      log(...values)
    }
  }
  addEventListener('error', (event) => noise.push(event.message), true)
  addEventListener('unhandledrejection', (event) => noise.push(String(event.reason)))
  addEventListener('securitypolicyviolation', (event) =>
    noise.push(`${event.violatedDirective}: ${event.blockedURI}`),
  )
}
