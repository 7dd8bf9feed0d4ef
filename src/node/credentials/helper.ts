/**
 * Runs a credential helper, a program that docker's config file names: `docker-credential-<name>` with `get`, `store` or
 * `erase`, what it is about on stdin, JSON on stdout.
 *
 * @see {@link https://github.com/docker/docker-credential-helpers}
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { access, constants, stat } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import { AuthError, InvalidInputError } from '../../errors.ts'
import type { Credentials } from '../../registry/auth/credentials.ts'
import { type Config, type Environment, entriesFor, hidden, serverUrl } from './config-files.ts'

/** How to run a helper. */
export interface HelperOptions {
  readonly env: Environment
  /** Milliseconds. */
  readonly timeout: number
  readonly signal: AbortSignal | undefined
}

/** Answers are a few hundred bytes; tokens of some clouds are a few kB. */
export const maxBytes: number = 64 * 1024

/** The text with which helpers say that they know nothing, on stdout. */
const notFound = 'credentials not found in native keychain'

/**
 * Asks a helper for a login. Its name must be checked already, and `server` must be one line.
 *
 * What the helper prints is never shown: it may be the secret.
 *
 * @returns `undefined` when the helper has nothing for this server
 * @throws AuthError `AUTH_REQUIRED`, or the signal's reason
 */
export async function askHelper(
  name: string,
  server: string,
  options: HelperOptions,
): Promise<Credentials | undefined> {
  const { program, code, output } = await run(name, 'get', server, options)
  if (output.trim() === notFound) return undefined
  if (code !== 0) {
    fail(`${program} failed (${code}); to see why: echo ${server} | ${program} get`)
  }
  return parseAnswer(output, program)
}

/**
 * Gives a helper a login to keep.
 *
 * @throws AuthError `AUTH_REQUIRED`, or the signal's reason
 */
export async function giveHelper(
  name: string,
  server: string,
  credentials: { readonly username: string; readonly password: string },
  options: HelperOptions,
): Promise<void> {
  const { username: Username, password: Secret } = credentials
  const text = JSON.stringify({ ServerURL: server, Username, Secret })
  const { program, code } = await run(name, 'store', text, options)
  if (code !== 0) fail(`${program} did not keep the login for ${server} (${code})`)
}

/**
 * Lets a helper forget a login.
 *
 * @throws AuthError `AUTH_REQUIRED`, or the signal's reason
 */
export async function askHelperToForget(
  name: string,
  server: string,
  options: HelperOptions,
): Promise<void> {
  const { program, code, output } = await run(name, 'erase', server, options)
  if (code !== 0 && output.trim() !== notFound)
    fail(`${program} did not forget the login for ${server} (${code})`)
}

/**
 * The helper of a registry, and the one of all registries that have none of their own.
 *
 * @throws `InvalidInputError` `INVALID_INPUT` naming the file and the field
 */
export function helpersOf(
  { path, credHelpers, credsStore }: Config,
  host: string,
): { readonly own: string | undefined; readonly all: string | undefined } {
  const [own] = entriesFor(credHelpers, host, serverUrl(host))
  return {
    own: own && checkHelper(own[1], `${path}: credHelpers['${own[0]}']`),
    // An empty name in credHelpers means: for this registry no helper, use `auths`.
    all: own ? undefined : checkHelper(credsStore, `${path}: credsStore`),
  }
}

function checkHelper(name: unknown, path: string): string | undefined {
  if (name === undefined || name === '') return undefined
  if (typeof name !== 'string')
    throw new InvalidInputError('INVALID_INPUT', path, 'a string', hidden)
  if (/^[A-Za-z0-9._-]+$/.test(name)) return name
  const expected = 'a helper name of A-Z, a-z, 0-9, ".", "_" and "-"'
  throw new InvalidInputError('INVALID_INPUT', path, expected, name)
}

interface Ended {
  readonly program: string
  readonly code: number | string
  readonly output: string
}

async function run(
  name: string,
  action: 'get' | 'store' | 'erase',
  input: string,
  options: HelperOptions,
): Promise<Ended> {
  const program = `docker-credential-${name}`
  const file = await find(program, options.env.PATH ?? '')
  if (!file) fail(`${program}, which the config file names, is in no absolute directory of PATH`)
  return { program, ...(await runFile(file, program, action, input, options)) }
}

function parseAnswer(output: string, program: string): Credentials | undefined {
  let answer: { Username?: unknown; Secret?: unknown } | null = null
  try {
    answer = JSON.parse(output)
  } catch {
    // Thrown below, without the cause: JSON.parse quotes what it read.
  }
  const { Username: username, Secret: secret } = answer ?? {}
  if (typeof username !== 'string' || typeof secret !== 'string') {
    fail(`${program} must answer JSON with the strings "Username" and "Secret", and did not`)
  }
  if (username === '' && secret === '') return undefined
  return username === '<token>' ? { identityToken: secret } : { username, password: secret }
}

/** Relative entries of PATH are skipped: they would run a program of the directory one is in. */
async function find(program: string, path: string): Promise<string | undefined> {
  const fileName = process.platform === 'win32' ? `${program}.exe` : program
  for (const directory of path.split(delimiter)) {
    if (!isAbsolute(directory)) continue
    const file = join(directory, fileName)
    try {
      await access(file, constants.X_OK)
      if ((await stat(file)).isFile()) return file
    } catch {
      // Not here.
    }
  }
  return undefined
}

function runFile(
  file: string,
  program: string,
  action: string,
  input: string,
  { env, timeout, signal }: HelperOptions,
): Promise<Omit<Ended, 'program'>> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, [action], {
      env: { ...env },
      shell: false,
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
      // A group of its own, so that it can be ended with its children.
      detached: hasGroups,
    })
    const chunks: Buffer[] = []
    let size = 0

    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
    // Does not wait for the end of the output, which a child of the helper may hold open.
    const stop = (reason: unknown) => {
      end()
      endAll(child)
      child.stdin.destroy()
      child.stdout.destroy()
      reject(reason)
    }
    const onAbort = () => stop(signal?.reason)
    const late = () => stop(error(`${program} did not answer within ${timeout} ms`))
    const timer = setTimeout(late, Math.min(timeout, 2 ** 31 - 1))
    signal?.addEventListener('abort', onAbort)
    if (signal?.aborted) onAbort()

    child.on('error', (cause) => stop(error(`${program} could not be started`, { cause })))
    child.on('close', (code, killed) => {
      end()
      resolve({ code: code ?? killed ?? 'ended', output: Buffer.concat(chunks).toString() })
    })
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > maxBytes) stop(error(`${program} printed more than ${maxBytes} bytes`))
      else chunks.push(chunk)
    })
    // A helper may answer without reading; that is its business.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

// Windows has no process groups.
const hasGroups = process.platform !== 'win32'

/** Ends a helper and what it has started. */
function endAll(child: ChildProcess): void {
  try {
    if (hasGroups && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    else child.kill('SIGKILL')
  } catch {
    // All of them have ended.
  }
}

function error(message: string, options?: ErrorOptions): AuthError {
  return new AuthError('AUTH_REQUIRED', message, {}, options)
}

function fail(message: string): never {
  throw error(message)
}
