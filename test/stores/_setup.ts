// Runs once before the tests on real stores: builds them, and the conformance suite.
import { fileURLToPath } from 'node:url'
import { buildModule, buildTools } from '../live/_tools.ts'
import { builtAt, names } from './_stores.ts'

const said: Readonly<Record<string, string>> = {
  versitygw: 'the Versity gateway (a minute or two',
  seaweedfs: 'SeaweedFS (ten minutes, and 4 GB of modules,',
}

export async function setup(): Promise<void> {
  await buildTools()
  for (const name of names) {
    const source = fileURLToPath(new URL(`${name}/`, import.meta.url))
    await buildModule(source, builtAt(name), said[name] ?? name)
  }
}
