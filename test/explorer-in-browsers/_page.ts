// The page in a tab, by what people see of it: texts, and not classes where there is another way.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Tab } from './engines/engine.ts'

/** Milliseconds that something may take, on a machine that is slow and busy. */
const LIMIT = 90_000

/** Waits until something in the page is neither false nor nothing; gives what it is, which is JSON. */
export async function until<A extends readonly unknown[], T>(
  tab: Tab,
  work: (...args: A) => T,
  ...args: A
): Promise<NonNullable<T>> {
  const end = Date.now() + LIMIT
  for (;;) {
    const value = await tab.evaluate(work, ...args)
    if (value) return value
    if (Date.now() > end) {
      const text = await tab.evaluate(() => document.body.innerText.slice(-3000))
      throw new Error(`not in ${LIMIT / 1000} s: ${work} ${JSON.stringify(args)}\n${text}`)
    }
    await sleep(30)
  }
}

/** Waits for a text that can be seen. */
export function shows(tab: Tab, text: string): Promise<boolean> {
  return until(tab, (text) => document.body.innerText.includes(text), text)
}

/** Waits for an element. */
export function has(tab: Tab, selector: string): Promise<boolean> {
  return until(tab, (selector) => document.querySelector(selector) !== null, selector)
}

/** The texts of elements. */
export function texts(tab: Tab, selector: string): Promise<string[]> {
  return tab.evaluate(
    (selector) =>
      Array.from(document.querySelectorAll(selector), ({ textContent }) => textContent ?? ''),
    selector,
  )
}

/** The texts of the cells of rows. */
export function rows(tab: Tab, selector: string): Promise<string[][]> {
  return tab.evaluate(
    (selector) =>
      Array.from(document.querySelectorAll<HTMLTableRowElement>(selector), ({ cells }) =>
        Array.from(cells, ({ textContent }) => textContent ?? ''),
      ),
    selector,
  )
}

/** Clicks on the first element that has a text, once it is there and stands still. */
export async function click(tab: Tab, selector: string, text = ''): Promise<void> {
  const [x, y] = await until(tab, placeOf, selector, text)
  await tab.click(x, y)
}

/** The middle of an element, unless it has just moved or something is above it. Runs in the page. */
function placeOf(selector: string, text: string): readonly [number, number] | undefined {
  const found = Array.from(document.querySelectorAll<HTMLElement>(selector)).find((element) =>
    element.textContent?.includes(text),
  )
  if (!found) return undefined
  found.scrollIntoView({ block: 'center', behavior: 'instant' })
  const { left, top, width, height } = found.getBoundingClientRect()
  const place = [Math.round(left + width / 2), Math.round(top + height / 2)] as const
  const before = found.dataset.place
  found.dataset.place = `${place}`
  const isThere = found.contains(document.elementFromPoint(...place))
  return isThere && before === `${place}` ? place : undefined
}

/** Opens an image, and waits until it is shown with what is attached to it. */
export async function open(tab: Tab, url: string, reference: string): Promise<void> {
  await tab.goto(`${url}#${encodeURIComponent(reference)}`)
  await shown(tab)
}

/** Waits until an image is shown with all that is attached to it. */
export async function shown(tab: Tab): Promise<void> {
  await has(tab, '[aria-label=Image][aria-busy=false] .summary')
}
