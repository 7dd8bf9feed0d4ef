// The tarball, the registries and the clients. What is replaced is installed by the tests, each its own.
import { rm } from 'node:fs/promises'
import type { TestProject } from 'vitest/node'
import { installTarball } from '../_tarball.ts'
import { buildTools, requireDockerRegistry } from '../live/_tools.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Directory of a project that has the package and its dependencies in node_modules/. */
    ocilinkUser: string
  }
}

export default async function setUp({ provide }: TestProject): Promise<() => Promise<void>> {
  requireDockerRegistry()
  await buildTools()
  const user = await installTarball()
  provide('ocilinkUser', user)
  return () => rm(user, { recursive: true })
}
