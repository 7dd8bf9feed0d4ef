// `ocilink explore`, as it is installed, in Chromium.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { type Browser, chromium, type Page } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { attach, copy, discover, repository } from '../../src/index.ts'
import { archive, layout, type RunningServer, saveArchive, serve } from '../../src/node/index.ts'
import { cosignTags } from '../../src/strategies/index.ts'
import { pushImage } from '../_image.ts'
import { dockerRegistry } from '../live/_registries.ts'

const program = join(inject('user'), 'node_modules/ocilink/dist/cli/main.js')
const pictures = join(import.meta.dirname, '../../.cache/pictures')
const SPDX = 'application/spdx+json'
const sbom = {
  spdxVersion: 'SPDX-2.3',
  packages: [{ name: 'left-pad', versionInfo: '1.3.0', licenseDeclared: 'WTFPL' }],
}

let registry: RunningServer
let image: string
let explorer: { readonly url: string; stop(): Promise<void> }
let browser: Browser
let page: Page
/** What the console said, and what was requested elsewhere. */
let noise: string[]

beforeAll(async () => {
  await mkdir(pictures, { recursive: true })
  const users = [{ name: 'me', password: 'secret' }]
  registry = await serve(
    embeddedRegistry({ profile: 'distribution2', auth: { scheme: 'basic', users } }),
  )
  const credentials = { username: 'me', password: 'secret' }
  const app = repository(`${registry.host}/team/app`, { credentials })
  const { digest } = await pushImage(app)
  image = `${registry.host}/team/app:v1`
  const mediaType = SPDX
  const blobs = [{ data: JSON.stringify(sbom), mediaType }]
  const annotations = { 'org.opencontainers.image.created': '2026-01-02T03:04:05Z' }
  const made = await attach(app, digest, { artifactType: SPDX, blobs, annotations })
  await attach(app, made, { artifactType: 'application/vnd.example.note' })
  const signature = {
    data: '{}',
    mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
    annotations: { 'dev.cosignproject.cosign/signature': btoa('signed') },
  }
  await attach(
    app,
    digest,
    { artifactType: 'application/vnd.dev.cosign.artifact.sig.v1+json', blobs: [signature] },
    { strategy: cosignTags() },
  )
  const hostile = 'text/html;<img src=x onerror=alert(1)>\u202e\u0007'
  await attach(app, digest, { artifactType: 'text/plain', annotations: { note: hostile } })
  const config = join(inject('user'), 'docker')
  await mkdir(config, { recursive: true })
  const auths = { [registry.host]: { auth: btoa('me:secret') } }
  await writeFile(join(config, 'config.json'), JSON.stringify({ auths }))
  explorer = await start('explore', image, '--config', config)
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
})
afterAll(async () => {
  await browser?.close()
  await explorer?.stop()
  await registry?.close()
})

beforeEach(async () => {
  page = await browser.newPage({ viewport: { width: 1300, height: 1000 } })
  noise = []
  page.on('console', (message) => noise.push(message.text()))
  page.on('pageerror', ({ message }) => noise.push(message))
  page.on('dialog', (dialog) => noise.push(dialog.message()))
  const { origin } = new URL(explorer.url)
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith('data:'))
      noise.push(request.url())
  })
})
afterEach(async () => {
  expect(noise).toEqual([])
  await page.close()
})

async function start(...args: string[]) {
  const child = spawn(process.execPath, [program, ...args])
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data')
  return {
    url: String(line).trim(),
    async stop() {
      child.kill('SIGTERM')
      await once(child, 'close')
    },
  }
}

test('its first load is at most 60 kB, packed', () => {
  const directory = join(inject('user'), 'node_modules/ocilink/dist/explorer')
  const html = readFileSync(join(directory, 'index.html'), 'utf8')
  const loaded = Array.from(html.matchAll(/(?:src|href)="\.\/([^"]+)"/g), ([, path]) => path!)
  expect(loaded.length).toBeGreaterThan(2)
  const sizes = ['index.html', ...loaded].map(
    (file) => brotliCompressSync(readFileSync(join(directory, file))).byteLength,
  )
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(60_000)
})

test('its address is JSON, too', async () => {
  const other = await start('explore', '--json')
  await other.stop()
  expect(other.url).toMatch(/^\{\s*"url": "http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}\/"\s*\}$/)
})

const look = async () => {
  await page.goto(explorer.url)
  await page.locator('.summary').waitFor()
}

test('shows tags without those that only link, with marks, and everything that is attached', async () => {
  await look()
  const names = page.getByRole('navigation').getByRole('button')
  expect(await names.allTextContents()).toEqual(['v1'])
  await page.getByRole('navigation').getByText('signed').waitFor()
  expect(await page.locator('nav .mark').allTextContents()).toEqual(['signed', 'SBOM'])
  expect(await page.locator('.summary').textContent()).toBe('4 artifacts.')
  const found = await page.locator('.tree .aside').allTextContents()
  expect(found.filter((text) => text.endsWith('by cosign-tags'))).toHaveLength(1)
  expect(found.some((text) => text.includes('2026-01-02 03:04, by oci-subject'))).toBe(true)
  // What is attached to the SBOM is below it.
  expect(await page.locator('.tree .tree .type').allTextContents()).toEqual([
    'application/vnd.example.note',
  ])
  await page.screenshot({ path: join(pictures, 'explorer-light.png') })
})

test('shows an SBOM as a table, by the keyboard alone, in the dark too', async () => {
  await page.emulateMedia({ colorScheme: 'dark' })
  await look()
  const button = page.getByRole('button', { name: SPDX })
  for (
    let at = 0;
    at < 20 && !(await button.evaluate((one) => one === document.activeElement));
    at++
  )
    await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('cell', { name: 'left-pad' }).waitFor()
  expect(await page.getByRole('row').allTextContents()).toContain('left-pad1.3.0WTFPL')
  const colour = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  expect(colour).toBe('rgb(22, 22, 26)')
  await page.screenshot({ path: join(pictures, 'explorer-dark.png') })
})

test('says what other tools would see, and why not', async () => {
  await look()
  await page.getByText('Why does somebody say').click()
  const row = (name: RegExp) => page.getByRole('row', { name })
  await row(/^cosign 2.* signature/)
    .first()
    .waitFor()
  expect(
    await row(/^cosign 2.* signature/)
      .first()
      .textContent(),
  ).toMatch(/signatureseen/)
  expect(
    await row(/^notation.* signature/)
      .first()
      .textContent(),
  ).toMatch(/signaturenot seen/)
  await page.screenshot({ path: join(pictures, 'explorer-why.png'), fullPage: true })
})

test('shows what others wrote as text', async () => {
  await look()
  await page.getByRole('button', { name: 'text/plain' }).click()
  await page.getByText('<img src=x onerror=alert(1)>').first().waitFor()
  expect(await page.locator('img').count()).toBe(0)
})

test('says what could not be read, and why', async () => {
  await page.goto(
    explorer.url.replace(encodeURIComponent('v1'), 'none').replace('%3Av1', '%3Anone'),
  )
  await page.getByText('There is no such tag or manifest').waitFor()
  await page.getByRole('textbox', { name: 'Image' }).fill('UPPER/case')
  await page.keyboard.press('Enter')
  expect(await page.getByRole('alert').textContent()).toMatch(/"reference/)
})

test('opens an archive with the network blocked', async () => {
  const directory = join(inject('user'), 'box')
  const box = await layout(directory)
  const credentials = { username: 'me', password: 'secret' }
  const app = repository(`${registry.host}/team/app`, { credentials })
  await copy(app, 'v1', box.repository(), { referrers: true, depth: 2, tags: ['v1'] })
  const file = join(inject('user'), 'app.tar')
  await saveArchive(box, file)
  await box.close()
  await page.goto(explorer.url.replace(/#.*/, ''))
  // What is loaded on demand may come from the server yet; a registry may not.
  await page.route('**/registries/**', (route) => {
    noise.push(route.request().url())
    return route.abort()
  })
  await page.locator('input[type=file]').setInputFiles(file)
  await page.locator('.summary').waitFor()
  expect(await page.locator('.summary').textContent()).toBe('4 artifacts.')
  await page.getByRole('button', { name: SPDX }).click()
  await page.getByRole('cell', { name: 'left-pad' }).waitFor()
})

test('saves what is shown as an archive, which other programs read', async () => {
  await look()
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save as an archive' }).click(),
  ])
  expect(saved.suggestedFilename()).toBe('team-app.tar')
  const file = join(inject('user'), 'saved.tar')
  await saved.saveAs(file)
  const box = await archive(file)
  const { flat } = await discover(box.repository(), 'v1', { depth: 3 })
  expect(flat.map(({ artifactType }) => artifactType)).toContain('application/vnd.example.note')
  expect(flat).toHaveLength(4)
  await box.close()
  await page.getByText('Saved.').waitFor()
  await page.getByRole('button', { name: 'Save as an archive' }).waitFor()
})

test('shows what is attached at docker-registry', async () => {
  const running = await dockerRegistry.start()
  try {
    const app = repository(`${running.host}/team/live`)
    const { digest } = await pushImage(app)
    await attach(app, digest, { artifactType: SPDX, blobs: [{ data: '{}', mediaType: SPDX }] })
    await page.goto(`${explorer.url.replace(/#.*/, '')}#${running.host}/team/live:v1`)
    await page.getByText('1 artifact.').waitFor()
    await page.locator('nav').getByText('SBOM').waitFor()
    await page.getByRole('row', { name: /^oci-subject answered 1/ }).waitFor()
  } finally {
    await running.stop()
  }
})

test('shows a thousand referrers without a stall', async () => {
  const many = embeddedRegistry()
  const server = await serve(many)
  const app = repository('registry.test/team/many', { fetch: many.fetch, plainHttp: true })
  const { digest } = await pushImage(app)
  const artifacts = Array.from({ length: 1000 }, (_, at) => at)
  for (const at of artifacts) {
    await attach(app, digest, { artifactType: 'text/plain', annotations: { n: `${at}` } })
  }
  // The longest that nothing else could be done in the page, in milliseconds.
  await page.addInitScript(() => {
    const stall = { longest: 0, last: performance.now() }
    Object.assign(globalThis, { stall })
    setInterval(() => {
      stall.longest = Math.max(stall.longest, performance.now() - stall.last)
      stall.last = performance.now()
    }, 10)
  })
  await page.goto(`${explorer.url.replace(/#.*/, '')}#${server.host}/team/many:v1`)
  await page.getByText('1000 artifacts.').waitFor({ timeout: 60_000 })
  expect(await page.locator('.tree button').count()).toBe(1000)
  const longest = await page.evaluate(
    () => (globalThis as unknown as { stall: { longest: number } }).stall.longest,
  )
  expect(longest).toBeGreaterThan(9)
  expect(longest).toBeLessThan(1500)
  await server.close()
})
