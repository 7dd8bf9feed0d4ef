// What is opened, one after the other and at once: never is anything shown of what was open before.
import { mkdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { attach } from '../../../src/index.ts'
import { layout, saveArchive } from '../../../src/node/index.ts'
import { pushImage } from '../../_image.ts'
import { click, has, open, shown, shows, texts, until } from '../_page.ts'
import type { Tab } from '../engines/engine.ts'
import type { Given } from './given.ts'

const APP = 'registry.example/team/app:v1'
const problem = async (tab: Tab) => (await texts(tab, '[role=alert]'))[0]
const isStart = () => document.querySelector('main')?.textContent?.startsWith('Paste a reference')

export function testOpening(given: () => Given): void {
  test('shows another archive of the same name, and not what the one before had', async () => {
    const { tab, places } = given()
    await tab.goto(places.url)
    for (const type of ['text/first', 'text/second']) {
      await tab.choose(await archiveOf(join(places.directory, tab.version, type), type))
      await until(tab, (type) => document.querySelector('.tree')?.textContent?.includes(type), type)
      expect(await texts(tab, '.tree .type')).toEqual([type])
      expect(await texts(tab, '.reference')).toEqual(['same.tar:v1'])
    }
  })

  test('opens the same file again, which may have been written anew', async () => {
    const { tab, places } = given()
    await tab.goto(places.url)
    const directory = join(places.directory, tab.version, 'again')
    await tab.choose(await archiveOf(directory, 'text/before'))
    await shows(tab, 'text/before')
    await tab.choose(await archiveOf(directory, 'text/after'))
    await shows(tab, 'text/after')
    expect(await texts(tab, '.tree .type')).toEqual(['text/after'])
  })

  test('asks again for what is open, and goes back to where it began', async () => {
    const { tab, places } = given()
    await tab.goto(places.url)
    await until(tab, isStart)
    await click(tab, 'input')
    await tab.type(APP)
    await tab.press('Enter')
    await shown(tab)
    expect(await tab.evaluate(() => document.title)).toBe(`${APP} – ocilink explorer`)
    const before = places.asked.length
    await click(tab, 'button', 'Show')
    await until(tab, () => document.querySelector('.waiting:not(:empty)') === null)
    await shown(tab)
    const again = places.asked.slice(before).map((line) => line.replace(/.*\/app\//, ''))
    expect(again).toEqual(expect.arrayContaining(['manifests/v1', 'tags/list']))
    await tab.evaluate(() => history.back())
    await until(tab, isStart)
    expect(await tab.evaluate(() => document.title)).toBe('ocilink explorer')
  })

  test('says what is wrong with an address that nobody encoded, and shows nothing else', async () => {
    const { tab, places } = given()
    await open(tab, places.url, APP)
    await tab.evaluate(() => {
      location.hash = '%zz'
    })
    await has(tab, '[role=alert]:not(:empty)')
    expect(await problem(tab)).toMatch(/got "library\/%zz"$/)
    expect(await texts(tab, '.reference')).toEqual([])
  })

  test('opens what is dropped: a file, or a reference, and one at a time', async () => {
    const { tab, places } = given()
    await tab.goto(places.url)
    await tab.evaluate(drop, [], APP)
    await shows(tab, '5 artifacts.')
    await tab.evaluate(drop, ['one.tar', 'two.tar'])
    await has(tab, '[role=alert]:not(:empty)')
    expect(await problem(tab)).toBe('One file at a time: 2 were dropped.')
    await tab.evaluate(drop, ['none.tar'])
    await until(tab, () =>
      document.querySelector('[role=alert]')?.textContent?.startsWith('none.tar: '),
    )
    const file = await archiveOf(join(places.directory, tab.version, 'dropped'), 'text/dropped')
    await tab.evaluate(drop, [basename(file)], (await readFile(file)).toString('base64'))
    await shows(tab, 'text/dropped')
    expect(await problem(tab)).toBe('')
  })

  test('has the focus at a platform that was chosen, and marks it nowhere as a tag', async () => {
    const { tab, places } = given()
    await open(tab, places.url, APP)
    await click(tab, '.platforms button', 'linux/amd64')
    await until(tab, () => document.activeElement?.textContent?.includes('app@sha256:'))
    expect(await texts(tab, '[aria-current]')).toEqual([])
  })

  test('reads out what happens, and not all there is', async () => {
    const { tab, places } = given()
    await open(tab, places.url, APP)
    await click(tab, '.tree button', 'application/spdx+json')
    await shows(tab, 'left-pad')
    const live = await texts(tab, '[role=status], [role=alert], [aria-live]')
    expect(live.filter(Boolean)).toEqual(['5 artifacts.', '3 parts'])
  })
}

/** Drops files, or a text; a file has what is given in base64. Runs in the page. */
function drop(names: string[], content = ''): void {
  const dataTransfer = new DataTransfer()
  const bytes = names.length > 0 ? Uint8Array.from(atob(content), (c) => c.charCodeAt(0)) : ''
  for (const name of names) dataTransfer.items.add(new File([bytes], name))
  if (names.length === 0) dataTransfer.setData('text/plain', content)
  document.body.dispatchEvent(
    new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }),
  )
}

/** `same.tar` in a directory: an image at `v1`, and an artifact. */
async function archiveOf(directory: string, artifactType: string): Promise<string> {
  await mkdir(directory, { recursive: true })
  const box = await layout(join(directory, artifactType.replace('/', '-')))
  const repo = box.repository()
  await attach(repo, await pushImage(repo), { artifactType })
  const file = join(directory, 'same.tar')
  await saveArchive(box, file)
  await box.close()
  return file
}
