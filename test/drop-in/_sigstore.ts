// @sigstore/cli as it is on npm: with ours in the place of its @sigstore/oci, and unchanged beside it. It signs by
// services of this machine.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { LiveRegistry } from '../live/_registries.ts'
import { type Clients, clientsFor, run } from '../live/_tools.ts'
import { installExample } from './_install.ts'

export const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json'

/** By its package the second is the first. */
const packages = { ours: '@sigstore/cli', 'its own': 'unchanged-cli' } as const

/** Whose module `sigstore attach` attaches by. */
export type Which = keyof typeof packages

/** Both, and the services. */
export interface Sigstore {
  /** The project that both are installed in. */
  readonly place: string
  readonly services: string
  stop(): void
}

export async function startSigstore(): Promise<Sigstore> {
  const place = await installExample('sigstore')
  const mock = pathToFileURL(join(place, 'node_modules/@sigstore/mock/dist/index.js')).href
  const program = join(import.meta.dirname, '_sigstore-services.ts')
  const child: ChildProcess = fork(program, [mock], { execArgv: [] })
  const [services] = await once(child, 'message')
  return { place, services, stop: () => child.disconnect() }
}

/** The file that `sigstore attach` gets where it requires @sigstore/oci. */
export function moduleOf({ place }: Sigstore, which: Which): string {
  const command = join(place, 'node_modules', packages[which], 'dist/commands/attach.js')
  return createRequire(command).resolve('@sigstore/oci')
}

/** Runs the CLI in a directory, which is its home too, and gives what it prints. */
function runCli({ place }: Sigstore, which: Which, home: string, args: readonly string[]) {
  const program = join(place, 'node_modules', packages[which], 'bin/run')
  const env = { PATH: `${home}:${process.env.PATH}`, HOME: home, CI: 'true', SIGSTORE_ID_TOKEN }
  // It says on standard error what it has attached.
  const both = ['-c', 'exec "$0" "$@" 2>&1', process.execPath, program, ...args]
  return run('sh', both, { cwd: home, env })
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const claims = { iss: 'https://issuer.example', sub: 'somebody', aud: 'sigstore' }
/** Unsigned: the mock takes any. */
const SIGSTORE_ID_TOKEN = `${part({ alg: 'none' })}.${part(claims)}.${part({})}`

/** Has the CLI sign a statement about an image; `bundle.json` is then in its directory. */
export async function attest(
  sigstore: Sigstore,
  which: Which,
  home: string,
  digest: string,
): Promise<void> {
  const [algorithm = '', hex] = digest.split(':')
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'app', digest: { [algorithm]: hex } }],
    predicateType: 'https://example.com/tested/v1',
    predicate: { passed: true },
  }
  await writeFile(join(home, 'statement.json'), JSON.stringify(statement))
  const services = ['--fulcio-url', '--rekor-url', '--tsa-server-url']
  const urls = services.flatMap((option) => [option, sigstore.services])
  await runCli(sigstore, which, home, ['attest', 'statement.json', ...urls, '-o', 'bundle.json'])
}

/** Has it attach that bundle; gives the digest that it says. */
export async function attach(
  sigstore: Sigstore,
  which: Which,
  home: string,
  ...args: readonly string[]
): Promise<string> {
  const command = ['attach', '--attestation', 'bundle.json', ...args]
  const said = await runCli(sigstore, which, home, command)
  const digest = /^Artifact attached to image: (sha256:[0-9a-f]{64})$/m.exec(said)?.[1]
  if (!digest) throw new Error(said)
  return digest
}

export interface Running {
  readonly clients: Clients
  readonly host: string
  /** The home directory of the CLI, with the login where the registry has one. */
  readonly home: string
  stop(): Promise<void>
}

export async function start(registry: Pick<LiveRegistry, 'start'>): Promise<Running> {
  const running = await registry.start()
  const clients = await clientsFor(running)
  const home = clients.directory
  await mkdir(join(home, '.docker'))
  await copyFile(join(home, 'config.json'), join(home, '.docker/config.json'))
  const stop = async () => {
    await clients.close()
    await running.stop()
  }
  return { clients, host: running.host, home, stop }
}
