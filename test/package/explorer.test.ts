// `ocilink explore`, as it is installed; test/explorer-in-browsers/ has what its page does.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { expect, inject, test } from 'vitest'

const installed = join(inject('user'), 'node_modules/ocilink/dist')

test('its first load is at most 60 kB, packed', () => {
  const directory = join(installed, 'explorer')
  const html = readFileSync(join(directory, 'index.html'), 'utf8')
  const loaded = Array.from(html.matchAll(/(?:src|href)="\.\/([^"]+)"/g), ([, path]) => path!)
  expect(loaded.length).toBeGreaterThan(2)
  const sizes = ['index.html', ...loaded].map(
    (file) => brotliCompressSync(readFileSync(join(directory, file))).byteLength,
  )
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(60_000)
})

test('its address is JSON, too', async () => {
  const child = spawn(process.execPath, [join(installed, 'cli/main.js'), 'explore', '--json'])
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data')
  child.kill('SIGTERM')
  await once(child, 'close')
  expect(String(line).trim()).toMatch(/^\{\s*"url": "http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}\/"\s*\}$/)
})
