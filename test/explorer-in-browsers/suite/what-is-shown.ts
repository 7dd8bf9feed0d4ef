// What is asked, and what is shown of it: at registries with and without the referrers API, and through the gateway.
import { expect, test } from 'vitest'
import { attached } from '../_image.ts'
import { click, has, open, rows, texts, until } from '../_page.ts'
import type { Tab } from '../engines/engine.ts'
import type { Given } from './given.ts'

const hosts = ['registry.example', 'gateway.example', 'olareg.example'] as const

export function testWhatIsShown(given: () => Given): void {
  test.each(hosts)('shows what is attached at %s, once, and only reads there', async (host) => {
    const { tab, places } = given()
    const before = places.asked.length
    await open(tab, places.url, `${host}/team/app:v1`)
    expect((await namedTags(tab)).sort()).toEqual(['bare', 'latest', 'v1'])
    await has(tab, '[aria-current] [data-kind=provenance]')
    expect(await texts(tab, '[aria-current] .mark')).toEqual(['signed', 'SBOM', 'provenance'])

    expect(await texts(tab, '.summary')).toEqual(['5 artifacts.'])
    const found = await tree(tab)
    expect(found.map(({ type }) => type).sort()).toEqual(attached.map(({ type }) => type).sort())
    for (const { type, mark, date, way, below } of attached) {
      const one = found.find((one) => one.type === type)!
      expect(one).toMatchObject({ mark, level: below ? 2 : 1 })
      expect(one.aside).toMatch(/^\d{3} bytes, /)
      expect(one.aside).toContain(date)
      expect(one.aside).toContain(way)
    }
    expect(new Set(found.map(({ digest }) => digest)).size).toBe(5)

    await click(tab, 'summary')
    await has(tab, 'details table')
    const findings = await rows(tab, 'details tr')
    const after = (client: string, kind: string) => {
      const from = findings.findIndex(([name]) => name?.startsWith(client))
      return findings.slice(from).find(([name]) => name === kind)?.[1]
    }
    expect(after('cosign 2', 'signature')).toBe('seen')
    expect(after('notation', 'signature')).toBe('not seen')
    expect(after('oras', 'SBOM')).toBe('seen')
    const sources = await rows(tab, '[data-status=answered]')
    expect(sources).toContainEqual(['cosign-tags', 'answered', '2'])

    const asked = places.asked.slice(before)
    expect(asked.length).toBeGreaterThan(5)
    const reads = [`GET ${host}/`, `HEAD ${host}/`]
    expect(asked.filter((line) => !reads.some((read) => line.startsWith(read)))).toEqual([])
  })

  test('shows what a tag has when it is chosen, and never what the one before has', async () => {
    const { tab, places } = given()
    await open(tab, places.url, 'registry.example/team/app:v1')
    await click(tab, '.tree button', 'application/spdx+json')
    await has(tab, 'td')
    await click(tab, 'nav button', 'bare')
    await until(
      tab,
      () => document.querySelector('.summary')?.textContent === 'Nothing is attached.',
    )
    expect(await texts(tab, '.tree button')).toEqual([])
    expect(await texts(tab, '[aria-label=Content]')).toEqual([''])
    expect(await tab.evaluate(() => decodeURIComponent(location.hash))).toMatch(/:bare$/)
    await tab.evaluate(() => history.back())
    await until(tab, () => document.querySelector('.summary')?.textContent === '5 artifacts.')
  })

  test('shows a platform by itself', async () => {
    const { tab, places } = given()
    await open(tab, places.url, 'registry.example/team/app:v1')
    await click(tab, '.platforms button', 'linux/arm64')
    await until(
      tab,
      () => document.querySelector('.summary')?.textContent === 'Nothing is attached.',
    )
    const [reference] = await texts(tab, '.reference')
    expect(reference).toMatch(/^registry\.example\/team\/app@sha256:[0-9a-f]{64}$/)
  })
}

/** Names in the list of tags, without their marks. */
function namedTags(tab: Tab): Promise<string[]> {
  return until(tab, () => {
    const buttons = [...document.querySelectorAll('nav button')]
    const names = buttons.map(({ firstChild }) => firstChild!.textContent!.trim())
    return names.length > 0 ? names : undefined
  })
}

interface Row {
  readonly type: string
  readonly mark: string
  readonly digest: string
  readonly aside: string
  readonly level: number
}

/** The list of what is attached. */
function tree(tab: Tab): Promise<Row[]> {
  return tab.evaluate(() =>
    Array.from(document.querySelectorAll('.tree button'), (button) => {
      const text = (name: string) => button.querySelector(`.${name}`)!.textContent!
      let level = 0
      for (let at = button.closest('.tree'); at; at = at.parentElement!.closest('.tree')) level++
      const [type, mark, digest, aside] = ['type', 'mark', 'digest', 'aside'].map(text)
      return { type, mark, digest, aside, level } as Row
    }),
  )
}
