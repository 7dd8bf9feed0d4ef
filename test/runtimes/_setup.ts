// Installs the runtimes and the tarball, and starts the registries. Runs once, before all files.
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { installTarball } from '../_tarball.ts'
import { requireDockerRegistry } from '../live/_tools.ts'
import { wantedRuntimes } from './lib/all.ts'
import { installRuntimes } from './lib/install.ts'
import { startRegistries } from './lib/registries.ts'
import type { Hosts } from './suite/test.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    runtimes: {
      /** Directory of a project that has the package in node_modules/, and the suite beside it. */
      readonly user: string
      readonly hosts: Hosts
    }
  }
}

export default async function setUp({ provide }: TestProject): Promise<() => Promise<void>> {
  requireDockerRegistry()
  const [user, registries] = await Promise.all([
    installTarball(),
    startRegistries(),
    installRuntimes(),
  ])
  for (const part of ['suite', 'lib']) {
    await cp(join(import.meta.dirname, part), join(user, 'runtimes', part), { recursive: true })
  }
  for (const { name, missing } of wantedRuntimes) {
    const reason = missing()
    if (reason) console.warn(`${name} is not run here: ${reason}`)
  }
  provide('runtimes', { user, hosts: registries.hosts })
  return async () => {
    await registries.stop()
    await rm(user, { recursive: true })
  }
}
