// The fuzz run and the soak, for seconds: that they run, with a seed, and find nothing.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const root = new URL('../../', import.meta.url).pathname

async function last(script: string, ...options: string[]): Promise<Record<string, number>> {
  const flags = ['--conditions=source', '--expose-gc', '--no-warnings']
  const path = `test/fuzz/${script}.ts`
  const { stdout } = await run(process.execPath, [...flags, path, ...options], { cwd: root })
  return JSON.parse(stdout.trim().split('\n').at(-1)!)
}

test('npm run fuzz', async () => {
  const counts = await last('fuzz', '--seed', '7', '--seconds', '3')
  expect(counts).toMatchObject({ seed: 7, unhandled: 0 })
  expect(counts.server).toBeGreaterThan(50)
  expect(counts.client).toBeGreaterThan(10)
})

test('npm run soak', async () => {
  const counts = await last('soak', '--seed', '7', '--minutes', '0.1', '--faults', '5')
  expect(counts).toMatchObject({ wrong: 0, unhandled: 0 })
  expect(counts.faults).toBeGreaterThan(0)
  expect(counts.calls).toBeGreaterThan(50)
})
