// Packs what "npm run build" made, and installs it in a project of its own, as its users do.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '..')

/** Makes a project that has the package and its dependencies in node_modules/; gives its directory. */
export async function installTarball(): Promise<string> {
  if (!existsSync(join(root, 'dist/index.js'))) throw new Error('run "npm run build" first')
  const user = await mkdtemp(join(tmpdir(), 'ocilink-package-'))
  await npm(root, 'pack', '--pack-destination', user, '--ignore-scripts')
  const [tarball] = (await readdir(user)).filter((name) => name.endsWith('.tgz'))
  await writeFile(join(user, 'package.json'), '{ "private": true, "type": "module" }')
  // The dependencies come from npm's cache where "npm ci" has left them.
  const quietly = ['--prefer-offline', '--omit=peer', '--no-audit', '--ignore-scripts']
  await npm(user, 'install', ...quietly, `./${tarball}`)
  return user
}

/** Runs npm without the variables of the npm that runs this, which name this package and its settings. */
export async function npm(cwd: string, ...args: readonly string[]): Promise<void> {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^npm_(package|lifecycle|config)_/.test(name),
  )
  await promisify(execFile)('npm', args, {
    cwd,
    env: Object.fromEntries(own),
    shell: process.platform === 'win32',
  })
}
