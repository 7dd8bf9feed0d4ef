/**
 * Docker's config.json and podman's auth.json: where they are, their outer shape, and which keys
 * stand for which registry.
 *
 * @module
 */

import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { InvalidInputError } from '../../errors.ts'
import { isObject } from '../../platform/options.ts'

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What is used of a file; entries are checked when they are used. */
export interface Config {
  readonly path: string
  readonly auths: Readonly<Record<string, unknown>>
  readonly credHelpers: Readonly<Record<string, unknown>>
  readonly credsStore: unknown
}

/** Stands in errors for a value that may be a secret. */
export const hidden = '[hidden]'

/** Real files have a few kB; this is only to stop at a wrong one. */
const maxBytes = 4 * 1024 * 1024

/** The files to look into, in order. */
export function configPaths(docker: string | undefined, env: Environment): string[] {
  const home = env.HOME || homedir()
  const dockerDirectory = env.DOCKER_CONFIG || join(home, '.docker')
  const paths = [docker ?? join(dockerDirectory, 'config.json')]
  if (env.REGISTRY_AUTH_FILE) paths.push(env.REGISTRY_AUTH_FILE)
  if (env.XDG_RUNTIME_DIR) paths.push(join(env.XDG_RUNTIME_DIR, 'containers', 'auth.json'))
  paths.push(join(env.XDG_CONFIG_HOME || join(home, '.config'), 'containers', 'auth.json'))
  return paths
}

/** Reads files, each again only when its time, size or inode has changed; undefined for one that is missing. */
export function createConfigReader(): (path: string) => Promise<Config | undefined> {
  const known = new Map<string, { stamp: string; config: Config }>()
  return async (path) => {
    try {
      const found = await stat(path, { bigint: true })
      // A pipe would be waited for, and a device read without end.
      if (!found.isFile()) {
        invalid(path, 'a readable file', found.isDirectory() ? 'a directory' : 'a pipe or a device')
      }
      const { ino, mtimeNs, size } = found
      const stamp = `${ino} ${mtimeNs} ${size}`
      const before = known.get(path)
      if (before?.stamp === stamp) return before.config
      if (size > maxBytes) invalid(path, `at most ${maxBytes} bytes`, `${size} bytes`)
      const config = parseConfig(path, await readFile(path, 'utf8'))
      known.set(path, { stamp, config })
      return config
    } catch (error) {
      if (error instanceof InvalidInputError) throw error
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
      throw new InvalidInputError('INVALID_INPUT', path, 'a readable file', code, { cause: error })
    }
  }
}

/**
 * Entries of `auths` or `credHelpers` for a registry, the one that docker itself writes first.
 *
 * @param host - from {@link canonicalHost}
 * @param preferred - the key that docker writes
 */
export function entriesFor(
  map: Readonly<Record<string, unknown>>,
  host: string,
  preferred: string,
): [key: string, value: unknown][] {
  const found = Object.entries(map).filter(([key]) => hostOfKey(key) === host)
  return found.sort(([a], [b]) => Number(b === preferred) - Number(a === preferred))
}

/**
 * Entries of `auths` for a part of a registry that a repository is in, the longest first, as podman has them
 * (containers-auth.json(5), "FORMAT"): `quay.io/my-org` is for `my-org` and all below it.
 *
 * @param host - from {@link canonicalHost}
 */
export function namespaceEntries(
  auths: Readonly<Record<string, unknown>>,
  host: string,
  repository: string,
): [key: string, value: unknown][] {
  const parts = repository.split('/')
  const names = parts.map((_, i) => parts.slice(0, parts.length - i).join('/'))
  return names.flatMap((name) =>
    Object.entries(auths).filter(([key]) => {
      const [, registry, part] = /^([^/]+)\/(.+?)\/?$/.exec(key) ?? []
      return registry !== undefined && canonicalHost(registry) === host && part === name
    }),
  )
}

/** What docker calls the registry when it stores credentials. */
export function serverUrl(host: string): string {
  return host === 'docker.io' ? 'https://index.docker.io/v1/' : host
}

/**
 * Reads a registry's name: `host` or `host:port`.
 *
 * @throws `InvalidInputError` `INVALID_INPUT`, `TypeError` for what is no text
 */
export function parseHost(registry: string): string {
  if (typeof registry !== 'string') {
    throw new TypeError(`"registry" must be a string, got ${typeof registry}`)
  }
  // The text goes to a helper's stdin, where a line break would start another field.
  if (!/^[A-Za-z0-9._:[\]-]+$/.test(registry)) {
    throw new InvalidInputError('INVALID_INPUT', 'registry', 'host or host:port', registry)
  }
  return canonicalHost(registry)
}

/** Lower case, and one name for Docker Hub's three. */
export function canonicalHost(host: string): string {
  const lower = host.toLowerCase()
  return /^(index\.|registry-1\.)?docker\.io$/.test(lower) ? 'docker.io' : lower
}

/**
 * The registry of a key such as `host`, `https://host` or `https://host/v1/`. Other paths stand for
 * something else: `host/team` is a part of it (see {@link namespaceEntries}), and docker keeps tokens of its own under
 * `https://index.docker.io/v1/access-token`.
 */
function hostOfKey(key: string): string | undefined {
  const host = /^(?:https?:\/\/)?([^/]+)(?:\/(?:v[12]\/?)?)?$/i.exec(key)?.[1]
  return host === undefined ? undefined : canonicalHost(host)
}

function parseConfig(path: string, text: string): Config {
  let json: unknown
  try {
    json = text.trim() === '' ? {} : JSON.parse(text)
  } catch {
    // Without the cause: JSON.parse quotes the text around the mistake, and that may be a secret.
    invalid(path, 'JSON', hidden)
  }
  const root = object(json, path)
  return {
    path,
    auths: object(root.auths ?? {}, `${path}: auths`),
    credHelpers: object(root.credHelpers ?? {}, `${path}: credHelpers`),
    credsStore: root.credsStore,
  }
}

function object(value: unknown, path: string): Record<string, unknown> {
  return isObject(value) ? value : invalid(path, 'a JSON object', hidden)
}

function invalid(path: string, expected: string, input: unknown): never {
  throw new InvalidInputError('INVALID_INPUT', path, expected, input)
}
