// The page without a mouse.
import { expect, test } from 'vitest'
import { has, open, shows, texts, until } from '../_page.ts'
import type { Tab } from '../engines/engine.ts'
import type { Given } from './given.ts'

export function testKeyboard(given: () => Given): void {
  test('reaches all there is by the keyboard alone, and shows where it is', async () => {
    const { tab, places } = given()
    await open(tab, places.url, 'registry.example/team/app:v1')
    const all = await tab.evaluate(() => document.querySelectorAll('input, button, summary').length)
    const seen = await goThrough(tab, all)
    expect(new Set(seen.map(({ at }) => at)).size).toBe(all)
    expect(seen.filter(({ outline }) => !/^solid [2-9]px /.test(outline))).toEqual([])
    expect(seen.filter(({ isInView }) => !isInView)).toEqual([])
  })

  test('opens an image, an artifact and the reasons by the keyboard alone', async () => {
    const { tab, places } = given()
    await tab.goto(places.url)
    await goTo(tab, 'input')
    await tab.type('UPPER/case')
    await tab.press('Enter')
    await has(tab, '[role=alert]:not(:empty)')
    expect(await texts(tab, '[role=alert]')).toEqual([
      expect.stringMatching(/^"reference\.name" must/),
    ])
    await tab.evaluate(() => document.querySelector('input')!.select())
    await tab.type('registry.example/team/app:v1')
    await tab.press('Enter')
    await shows(tab, '5 artifacts.')
    expect(await texts(tab, '[role=alert]')).toEqual([''])
    await goTo(tab, '.tree button', 'application/spdx+json')
    await tab.press('Enter')
    await shows(tab, 'left-pad')
    await goTo(tab, 'summary')
    await tab.press(' ')
    await has(tab, 'details table')
    await tab.press('Enter')
    await until(tab, () => document.querySelector('details table') === null)
  })
}

interface Stop {
  /** Where it is among all elements. */
  readonly at: number
  /** What of it is focused, in words. */
  readonly text: string
  readonly outline: string
  readonly isInView: boolean
}

/** Presses Tab so often, and not once more: that would leave the page. */
async function goThrough(tab: Tab, times: number): Promise<Stop[]> {
  const stops: Stop[] = []
  for (let at = 0; at < times; at++) {
    await tab.press('Tab')
    stops.push(await tab.evaluate(focused))
  }
  return stops
}

/** Presses Tab until an element with a text is focused. */
async function goTo(tab: Tab, selector: string, text = ''): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await tab.press('Tab')
    const isThere = await tab.evaluate(
      (selector, text) => {
        const element = document.activeElement
        return !!element?.matches(selector) && !!element.textContent?.includes(text)
      },
      selector,
      text,
    )
    if (isThere) return
  }
  throw new Error(`Tab does not lead to ${selector} ${text}`)
}

/** Runs in the page. */
function focused(): Stop {
  const element = document.activeElement ?? document.body
  const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element)
  const { top, bottom } = element.getBoundingClientRect()
  return {
    at: [...document.querySelectorAll('*')].indexOf(element),
    text: `${element.tagName} ${element.textContent}`,
    outline: `${outlineStyle} ${outlineWidth} ${outlineColor}`,
    isInView: bottom > 0 && top < innerHeight,
  }
}
