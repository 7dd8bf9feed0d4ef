// A thousand referrers.
import { expect, test } from 'vitest'
import { click, has, open, shown, texts } from '../_page.ts'
import { longestStall, watchStalls } from '../_stalls.ts'
import type { Given } from './given.ts'

export function testMany(given: () => Given): void {
  test('shows a thousand referrers without a stall, and without a request for each', async () => {
    const { tab, places } = given()
    await tab.goto(places.url)
    const before = places.asked.length
    await watchStalls(tab)
    await tab.evaluate(() => {
      location.hash = 'many.example/team/many:v1'
    })
    await shown(tab)
    expect(await texts(tab, '.summary')).toEqual(['1000 artifacts.'])
    expect(await tab.evaluate(() => document.querySelectorAll('.tree button').length)).toBe(1000)
    const longest = await longestStall(tab)
    expect(longest).toBeGreaterThan(9)
    expect(longest).toBeLessThan(10_000)
    expect(places.asked.length - before).toBeLessThan(60)
  })

  test('looks for what is attached to more than a hundred when it is told to', async () => {
    const { tab, places } = given()
    await open(tab, places.url, 'many.example/team/some:v1')
    expect(await texts(tab, '.summary')).toEqual(['101 artifacts.'])
    await click(tab, 'button', 'Look for it')
    await has(tab, '.tree .tree')
    await shown(tab)
    expect(await texts(tab, '.summary')).toEqual(['102 artifacts.'])
    expect(await texts(tab, '.tree .tree .mark')).toEqual(['signature'])
  })
}
