// Everything that the page is shown: registries with names that do not change, the gateway, and `ocilink explore`.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { copy, repository } from '../../src/index.ts'
import { layout, saveArchive } from '../../src/node/index.ts'
import { dockerRegistryBasicAuth, olareg } from '../live/_registries.ts'
import { serveHostile } from './_hostile.ts'
import { pushRelease } from './_image.ts'
import { serveMany } from './_many.ts'
import { type NamesProxy, namesProxy } from './_names-proxy.ts'

export interface Places {
  /** Of the page; what is shown comes behind `#`. */
  readonly url: string
  /** What registries were asked. */
  readonly asked: NamesProxy['asked']
  /** The release with all that is attached to it. */
  readonly archive: string
  /** A directory for what is saved; removed at the end. */
  readonly directory: string
  close(): Promise<void>
}

/** @param user - directory of a project in which the package is installed */
export async function openPlaces(user: string): Promise<Places> {
  const ends: (() => unknown)[] = []
  const close = async () => {
    for (const end of ends.toReversed()) await end()
  }
  try {
    return { ...(await start(user, ends)), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** @param ends - gets what ends each, in the order in which they began */
async function start(user: string, ends: (() => unknown)[]): Promise<Omit<Places, 'close'>> {
  const directory = await mkdtemp(join(tmpdir(), 'ocilink-explorer-'))
  ends.push(() => rm(directory, { recursive: true }))
  const started = async <T extends { stop(): unknown } | { close(): unknown }>(
    starting: Promise<T>,
  ): Promise<T> => {
    const one = await starting
    ends.push(() => ('stop' in one ? one.stop() : one.close()))
    return one
  }
  const program = (...args: string[]) => started(startProgram(user, directory, args))

  const debian = await started(dockerRegistryBasicAuth.start())
  const other = await started(olareg.start())
  const app = repository(`${debian.host}/team/app`, { credentials: debian.login! })
  await Promise.all([pushRelease(app), pushRelease(repository(`${other.host}/team/app`))])
  const upstream = ['--upstream', debian.host, '--allowed-host', 'gateway.example']
  const gateway = await program('gateway', ...upstream)
  const proxy = await started(
    namesProxy({
      'registry.example': debian.host,
      'gateway.example': new URL(gateway.url).host,
      'olareg.example': other.host,
      'hostile.example': (await started(serveHostile())).host,
      'many.example': (await started(serveMany())).host,
    }),
  )
  const { username, password } = debian.login!
  const login = { auth: Buffer.from(`${username}:${password}`).toString('base64') }
  const auths = { 'registry.example': login, 'gateway.example': login }
  await writeFile(join(directory, 'config.json'), JSON.stringify({ auths }))
  const by = ['--config', directory, '--proxy', proxy.url, '--plain-http']
  const { url } = await program('explore', ...by)
  return { url, asked: proxy.asked, archive: await archived(app, directory), directory }
}

/** Starts the installed program, and waits for its address. */
async function startProgram(user: string, home: string, args: readonly string[]) {
  const program = join(user, 'node_modules/ocilink/dist/cli/main.js')
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env.PATH, HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data')
  return {
    url: String(line).trim(),
    async stop() {
      child.kill('SIGTERM')
      await once(child, 'close')
    },
  }
}

async function archived(app: ReturnType<typeof repository>, directory: string): Promise<string> {
  const box = await layout(join(directory, 'box'))
  await copy(app, 'v1', box.repository(), { referrers: true, depth: 3, tags: ['v1'] })
  const file = join(directory, 'team-app.tar')
  await saveArchive(box, file)
  await box.close()
  return file
}
