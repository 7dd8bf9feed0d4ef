// What others wrote stays text, and much of it does not stop the page.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { click, open, shows, texts } from '../_page.ts'
import { longestStall, watchStalls } from '../_stalls.ts'
import type { Tab } from '../engines/engine.ts'
import type { Given } from './given.ts'

const choose = (tab: Tab, type: string) => click(tab, '.tree button', type)

export function testHostile(given: () => Given): void {
  test('shows markup as text, and what controls a text as what it is', async () => {
    const { tab, places } = given()
    await open(tab, places.url, 'hostile.example/team/hostile:v1')
    await choose(tab, 'text/html')
    await shows(tab, 'alert(3)')
    const page = await tab.evaluate(() => ({
      text: document.body.textContent!,
      made: document.querySelectorAll('img, b, body script, [onload], [onerror]').length,
    }))
    expect(page.made).toBe(0)
    expect(page.text).toContain(
      '<img src=x onerror=alert(1)><script>alert(2)</script>\\u{7}\\u{0}\\u{202e}',
    )
    expect(page.text).not.toMatch(/[^\P{Cc}\n\t]|\p{Cf}/u)
    // Tags, types and annotations alike.
    expect(page.text.split('\\u{202e}').length).toBeGreaterThan(5)
  })

  test('shows the beginning of an SBOM of megabytes without a stall', async () => {
    const { tab, places } = given()
    await open(tab, places.url, 'hostile.example/team/hostile:v1')
    await watchStalls(tab)
    await choose(tab, 'application/spdx+json')
    await shows(tab, 'The first 2000 are shown.')
    expect(await longestStall(tab)).toBeLessThan(10_000)
    expect(await texts(tab, 'article h3')).toContain('Packages: 30000')
    expect(await tab.evaluate(() => document.querySelectorAll('article tr').length)).toBe(2001)
    const [first] = await texts(tab, 'article td')
    expect(first).toBe(
      '0<img src=x onerror=alert(1)><script>alert(2)</script>\\u{7}\\u{0}\\u{202e}',
    )
  })

  test('does not ask for what is too large, and says what is no text', async () => {
    const { tab, places } = given()
    await open(tab, places.url, 'hostile.example/team/hostile:v1')
    const before = places.asked.length
    await choose(tab, 'application/vnd.example.large')
    await shows(tab, 'Only 8 MiB of an artifact are shown here.')
    expect(places.asked.slice(before).filter((line) => line.includes('/blobs/'))).toEqual([])
    await choose(tab, 'application/vnd.example.binary')
    await shows(tab, 'It is no text.')
    await choose(tab, 'application/vnd.example.deep+json')
    await shows(tab, 'The first 200000 characters are shown.')
    expect((await texts(tab, 'article pre'))[0]).toMatch(/^\[{200000}$/)
  })
}

/** The last test of a tab: Firefox's driver waits for the page that a file did not become. */
export function testNothingRuns(given: () => Given): void {
  test('runs nothing of a registry, also where its address is opened', async () => {
    const { tab, places } = given()
    await tab.goto(places.url)
    const before = places.asked.length
    await tab.evaluate(() =>
      location.assign('registries/hostile.example/v2/team/hostile/blobs/html'),
    )
    for (let tries = 0; places.asked.length === before && tries < 300; tries++) await sleep(30)
    // It had time to run; it is saved as a file, and the page stays.
    await sleep(1000)
    expect(places.asked.slice(before)).toEqual(['GET hostile.example/v2/team/hostile/blobs/html'])
    expect(await tab.evaluate(() => document.title)).toMatch(/explorer$/)
  })
}
