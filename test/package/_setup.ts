// Packs what "npm run build" made, and installs it in a project of its own, as its users do.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'

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
  if (!existsSync(join(root, 'dist/index.js'))) throw new Error('run "npm run build" first')
  const user = await mkdtemp(join(tmpdir(), 'ocilink-package-'))
  await npm(root, 'pack', '--pack-destination', user)
  const [tarball] = (await readdir(user)).filter((name) => name.endsWith('.tgz'))
  await writeFile(join(user, 'package.json'), '{ "private": true, "type": "module" }')
  // The dependencies come from npm's cache where "npm ci" has left them.
  await npm(user, 'install', '--prefer-offline', '--omit=peer', '--no-audit', `./${tarball}`)
  for (const name of tools) {
    const target = join(user, 'node_modules', name)
    await mkdir(join(target, '..'), { recursive: true })
    if (!existsSync(target)) await symlink(join(root, 'node_modules', name), target)
  }
  provide('user', user)
  return () => rm(user, { recursive: true })
}

async function npm(cwd: string, ...args: readonly string[]): Promise<void> {
  // Without the variables of the npm that runs this, which name this package and its settings.
  const own = Object.entries(process.env).filter(
    ([name]) => !/^npm_(package|lifecycle|config)_/.test(name),
  )
  await promisify(execFile)('npm', [...args, '--ignore-scripts'], {
    cwd,
    env: Object.fromEntries(own),
    shell: process.platform === 'win32',
  })
}
