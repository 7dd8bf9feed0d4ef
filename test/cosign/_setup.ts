// Runs once before the tests: builds cosign from the go.mod beside this file, and the registries.
import { fileURLToPath } from 'node:url'
import { buildModule, buildTools, requireDockerRegistry } from '../live/_tools.ts'
import { cosign2Directory, cosignDirectory } from './_cosign.ts'

export async function setup(): Promise<void> {
  requireDockerRegistry()
  await buildTools()
  const here = fileURLToPath(new URL('.', import.meta.url))
  await buildModule(here, cosignDirectory, 'cosign (some minutes, and 2 GB of modules,')
  await buildModule(`${here}cosign-2`, cosign2Directory, 'cosign 2 (some minutes')
}
