// Archives: saved by the page, opened by others and by the page, which asks nobody then.
import { existsSync, readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { discover } from '../../../src/index.ts'
import { archive } from '../../../src/node/index.ts'
import { attached } from '../_image.ts'
import { click, has, open, shown, shows, texts } from '../_page.ts'
import type { Given } from './given.ts'

export function testArchives(given: () => Given): void {
  test('saves what is shown as an archive that others read, and that it opens without asking anybody', async () => {
    const { tab, places } = given()
    const file = join(tab.downloads, 'team-app.tar')
    await rm(file, { force: true })
    await open(tab, places.url, 'registry.example/team/app:v1')
    await click(tab, 'button', 'Save as an archive')
    await shows(tab, 'Saved.')
    await whole(file)
    const box = await archive(file)
    const { flat } = await discover(box.repository(), 'v1', { depth: 3, scope: 'all' })
    const types = flat.map(({ artifactType }) => artifactType)
    expect(types.sort()).toEqual(attached.map(({ type }) => type).sort())
    await box.close()

    await tab.goto(places.url)
    const before = places.asked.length
    await tab.choose(file)
    await shown(tab)
    expect(await texts(tab, '.summary')).toEqual(['5 artifacts.'])
    await has(tab, 'nav [data-kind=provenance]')
    expect(await texts(tab, 'nav button')).toEqual(['v1 signedSBOMprovenance'])
    await click(tab, '.tree button', 'application/spdx+json')
    await shows(tab, 'left-pad')
    await click(tab, 'summary')
    await has(tab, 'details table')
    const requested = await tab.evaluate(() =>
      performance.getEntriesByType('resource').map(({ name }) => name),
    )
    expect(requested.filter((name) => name.includes('/registries/'))).toEqual([])
    expect(places.asked.slice(before)).toEqual([])
  })

  test('says what is wrong with an archive that is packed', async () => {
    const { tab, places } = given()
    await tab.goto(places.url)
    const file = join(tab.downloads, 'broken.tar.gz')
    await writeFile(file, gzipSync(readFileSync(places.archive)).subarray(0, 600))
    await tab.choose(file)
    await has(tab, '[role=alert]:not(:empty)')
    expect(await texts(tab, '[role=alert]')).toEqual([
      expect.stringMatching(/^broken\.tar\.gz: .*broken\.tar\.gz.*gzip/),
    ])
  })

  test('says why a file is not opened', async () => {
    const { tab, places } = given()
    await tab.goto(places.url)
    await tab.choose(import.meta.filename)
    await has(tab, '[role=alert]:not(:empty)')
    expect(await texts(tab, '[role=alert]')).toEqual([expect.stringMatching(/^archives\.ts: /)])
  })
}

/** Waits until all of an archive is in a file: it ends with two blocks of zeros. */
async function whole(file: string): Promise<void> {
  const end = new Uint8Array(1024)
  for (let tries = 0; tries < 300; tries++) {
    const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0)
    if (bytes.length > 1024 && bytes.subarray(-1024).equals(end)) return
    await sleep(50)
  }
  throw new Error(`${file} was not saved`)
}
