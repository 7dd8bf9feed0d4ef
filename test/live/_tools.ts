// The real clients and registries that the live tests run: built from the go.mod beside this file,
// and started with a home directory of their own, so that no login of this machine is read.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const binaries = fileURLToPath(new URL('../../.cache/live-tools/', import.meta.url))

export interface Login {
  readonly username: string
  readonly password: string
}

/** The path of a tool named in go.mod, such as `oras`. */
export const toolPath = (name: string): string => join(binaries, name)

/** Builds what go.mod names, unless that was done for the same go.mod and go.sum. */
export function buildTools(): Promise<void> {
  return buildModule(here, binaries, 'oras, regctl, crane and the registries (some minutes')
}

/** Builds a program of ours that is in a directory beside this file, with the modules of go.mod; and gives its path. */
export async function buildProgram(name: string): Promise<string> {
  const path = join(binaries, `our-${name}`)
  const env = { ...process.env, CGO_ENABLED: '0' }
  await run('go', ['build', '-o', path, `./${name}`], { cwd: here, env })
  return path
}

/** Builds the tools of a Go module into a directory, unless that was done for the same files. */
export async function buildModule(source: string, target: string, what: string): Promise<void> {
  const stamp = join(target, 'built-from')
  const sources = ['go.mod', 'go.sum'].map((name) => readFileSync(join(source, name)))
  const wanted = createHash('sha256').update(Buffer.concat(sources)).digest('hex')
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === wanted) return
  if (!findProgram('go')) {
    throw new Error('The live tests build their tools with Go, and there is no "go" on the PATH.')
  }
  console.log(`Building ${what} the first time) ...`)
  await rm(target, { recursive: true, force: true })
  await mkdir(target, { recursive: true })
  await run('go', ['build', '-o', target, 'tool'], {
    cwd: source,
    env: { ...process.env, CGO_ENABLED: '0' },
  })
  await writeFile(stamp, wanted)
}

/** Fails when Debian's docker-registry is missing: a suite that skips it would prove little. */
export function requireDockerRegistry(): void {
  requireProgram('docker-registry')
}

/** The same for skopeo. */
export function requireSkopeo(): void {
  requireProgram('skopeo')
}

function requireProgram(name: string): void {
  if (findProgram(name)) return
  throw new Error(
    `The live tests need ${name}: ` +
      `apt-get update && apt-get install --no-install-recommends ${name}`,
  )
}

function findProgram(name: string): string | undefined {
  const directories = (process.env.PATH ?? '').split(delimiter)
  return directories.map((directory) => join(directory, name)).find((path) => existsSync(path))
}

export interface RunOptions {
  readonly cwd?: string | undefined
  readonly env?: NodeJS.ProcessEnv | undefined
  /** What the program reads on standard input. */
  readonly input?: string | undefined
}

/** Runs a program to its end and returns its standard output; any other end than 0 throws. */
export function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: options.cwd, env: options.env })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) resolve(stdout)
      else {
        const line = [program, ...args].join(' ')
        reject(new Error(`${line} ended with ${code ?? signal}:\n${stderr}${stdout}`))
      }
    })
    // A program that does not read its input closes the pipe early; its exit status tells enough.
    child.stdin.on('error', () => {})
    child.stdin.end(options.input ?? '')
  })
}

/** What a listing of another client says about one referrer. */
export interface Listed {
  readonly digest: string
  readonly artifactType: string
  readonly annotations: Record<string, string>
}

/** The other clients, all logged in to one registry. */
export interface Clients {
  /** The directory that the clients run in: files to attach are written here. */
  readonly directory: string
  /** oras, with `--plain-http`; `program` runs it, and all others, as it is called. */
  oras(verb: string, ...args: string[]): Promise<string>
  program(name: string, ...args: string[]): Promise<string>
  regctl(args: readonly string[], input?: string): Promise<string>
  crane(...args: string[]): Promise<string>
  /** Pushes an image of one empty layer with crane and returns its digest. */
  pushImage(repository: string, tag: string): Promise<string>
  orasDiscover(reference: string): Promise<Listed[]>
  regctlList(reference: string): Promise<Listed[]>
  close(): Promise<void>
}

/**
 * Gives the clients a home directory for one registry. All of them read docker's config.json, so
 * one file logs all of them in, with basic as with token auth.
 */
export async function clientsFor(registry: {
  readonly host: string
  readonly login?: Login | undefined
  readonly orasListFlags?: readonly string[] | undefined
}): Promise<Clients> {
  const { host, login, orasListFlags = [] } = registry
  const directory = await mkdtemp(join(tmpdir(), 'ocilink-clients-'))
  const auth = login && Buffer.from(`${login.username}:${login.password}`).toString('base64')
  const config = auth ? { auths: { [host]: { auth } } } : {}
  await writeFile(join(directory, 'config.json'), JSON.stringify(config))
  await writeFile(join(directory, 'empty.tar'), new Uint8Array(1024))
  const env = { PATH: process.env.PATH, HOME: directory, DOCKER_CONFIG: directory }

  const clients: Clients = {
    directory,
    oras: (verb, ...args) =>
      run(toolPath('oras'), [verb, '--plain-http', ...args], { cwd: directory, env }),
    program: (name, ...args) => {
      const own = toolPath(name)
      return run(existsSync(own) ? own : name, args, { cwd: directory, env })
    },
    regctl: (args, input) =>
      run(toolPath('regctl'), ['--host', `reg=${host},tls=disabled`, ...args], {
        cwd: directory,
        env,
        input,
      }),
    crane: (...args) => run(toolPath('crane'), ['--insecure', ...args], { cwd: directory, env }),
    async pushImage(repository, tag) {
      const reference = `${host}/${repository}:${tag}`
      await clients.crane('append', '--oci-empty-base', '-f', 'empty.tar', '-t', reference)
      return (await clients.crane('digest', reference)).trim()
    },
    async orasDiscover(reference) {
      const flags = ['--format', 'json', '--depth', '1', ...orasListFlags]
      const json = await clients.oras('discover', ...flags, reference)
      return (JSON.parse(json).referrers ?? []).map(listed)
    },
    async regctlList(reference) {
      const json = await clients.regctl(['artifact', 'list', '--format', '{{json .}}', reference])
      return (JSON.parse(json).descriptors ?? []).map(listed)
    },
    close: () => rm(directory, { recursive: true, force: true }),
  }
  return clients
}

function listed(entry: Partial<Listed>): Listed {
  return {
    digest: entry.digest ?? '',
    artifactType: entry.artifactType ?? '',
    annotations: { ...entry.annotations },
  }
}
