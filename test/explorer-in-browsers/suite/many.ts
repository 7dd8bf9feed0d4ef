// A thousand referrers.
import { expect, test } from 'vitest'
import { shown, texts } from '../_page.ts'
import { longestStall, watchStalls } from '../_stalls.ts'
import type { Given } from './given.ts'

export function testMany(given: () => Given): void {
  test('shows a thousand referrers without a stall', async () => {
    const { tab, places } = given()
    await tab.goto(places.url)
    await watchStalls(tab)
    await tab.evaluate(() => {
      location.hash = 'many.example/team/many:v1'
    })
    await shown(tab)
    expect(await texts(tab, '.summary')).toEqual(['1000 artifacts.'])
    expect(await tab.evaluate(() => document.querySelectorAll('.tree button').length)).toBe(1000)
    const longest = await longestStall(tab)
    expect(longest).toBeGreaterThan(9)
    expect(longest).toBeLessThan(2000)
  })
}
