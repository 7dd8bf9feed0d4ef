// The tarball in a project of its own, with what checks types and what uses the optional parts.
import { existsSync } from 'node:fs'
import { mkdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { installTarball } from '../_tarball.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Directory of a project that has the package and its dependencies in node_modules/. */
    user: string
  }
}

const root = join(import.meta.dirname, '../..')

/** What the project needs beside the package, to check types and to use the optional parts. */
const tools = ['@types/node', 'undici-types', 'msw']

export default async function setUp({ provide }: TestProject): Promise<() => Promise<void>> {
  const user = await installTarball()
  for (const name of tools) {
    const target = join(user, 'node_modules', name)
    await mkdir(join(target, '..'), { recursive: true })
    if (!existsSync(target)) await symlink(join(root, 'node_modules', name), target)
  }
  provide('user', user)
  return () => rm(user, { recursive: true })
}
