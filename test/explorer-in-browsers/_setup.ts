// The package as npm installs it, and what drives browsers.
import { rm } from 'node:fs/promises'
import type { TestProject } from 'vitest/node'
import { installTarball } from '../_tarball.ts'
import { buildTools, requireDockerRegistry } from '../live/_tools.ts'
import { installRuntimes } from '../runtimes/lib/install.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Directory of a project that has the package and its dependencies in node_modules/. */
    user: string
    /** Whether files that tests write are written again: `-u`. */
    update: boolean
  }
}

export default async function setUp({
  provide,
  vitest,
}: TestProject): Promise<() => Promise<void>> {
  requireDockerRegistry()
  const [user] = await Promise.all([installTarball(), installRuntimes(), buildTools()])
  provide('user', user)
  provide('update', vitest.config.snapshotOptions.updateSnapshot === 'all')
  return () => rm(user, { recursive: true })
}
