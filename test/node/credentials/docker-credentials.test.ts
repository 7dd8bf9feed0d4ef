import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { embeddedRegistry, type Permission } from '../../../src/embedded/index.ts'
import { isOcilinkError } from '../../../src/errors.ts'
import { repository, sibling } from '../../../src/index.ts'
import { type DockerCredentialsOptions, dockerCredentials } from '../../../src/node/index.ts'
import { findManifest, getManifest } from '../../../src/registry/index.ts'

let home: string
let env: Record<string, string | undefined>

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'ocilink-credentials-'))
  await mkdir(join(home, 'bin'))
  env = { HOME: home, PATH: `${join(home, 'bin')}:/usr/bin:/bin` }
})

afterEach(() => rm(home, { recursive: true, force: true }))

async function write(name: string, content: unknown): Promise<string> {
  const path = join(home, name)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const docker = (content: unknown) => write('.docker/config.json', content)

async function helper(name: string, script: string): Promise<void> {
  const path = join(home, 'bin', `docker-credential-${name}`)
  await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
}

/** A helper that keeps what it was asked, then answers. */
const answering = (name: string, answer: unknown) =>
  helper(
    name,
    `echo "$@" > ${home}/arguments; cat > ${home}/stdin; echo '${JSON.stringify(answer)}'`,
  )

const basic = (text: string) => ({ auth: Buffer.from(text).toString('base64') })

const ask = (registry: string, options: DockerCredentialsOptions = {}) =>
  dockerCredentials({ env, ...options })(registry)

async function failure(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  const error = await promise.then(
    (value) => expect.fail(`resolved to ${inspect(value)}`),
    (reason: Error) => reason,
  )
  expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain('hunter2')
  return error
}

/** Whether a process runs; one that has ended and waits for its parent does not. */
async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return status !== '' && !/\) Z/.test(status)
}

const stdin = () => readFile(join(home, 'stdin'), 'utf8')

describe('whether there may be credentials', () => {
  const mayKnow = (repository?: string, options: DockerCredentialsOptions = {}) =>
    dockerCredentials({ env, ...options }).mayKnow!('r.example', repository)

  it('is no where no file names the registry, and no helper is asked', async () => {
    expect(await mayKnow()).toBe(false)
    await docker({ auths: { 'other.example': basic('a:b'), 'r.example/team': basic('a:b') } })
    expect(await mayKnow('app')).toBe(false)
    expect(await mayKnow('team/app')).toBe(true)
  })

  it.each([
    { auths: { 'https://r.example/v1/': basic('a:b') } },
    { credHelpers: { 'r.example': 'none' } },
    { credsStore: 'none' },
  ])('is yes with %j', async (config) => {
    await docker(config)
    expect(await mayKnow()).toBe(true)
  })

  it('is yes where a file cannot be read, or one that was given is not there', async () => {
    await docker('{')
    expect(await mayKnow()).toBe(true)
    expect(await mayKnow('app', { config: join(home, 'missing.json') })).toBe(true)
  })
})

describe('files', () => {
  it('names a file that was given and is not there', async () => {
    const config = join(home, 'missing.json')
    expect(await failure(ask('r', { config }))).toMatchObject({
      code: 'INVALID_INPUT',
      path: 'config',
      input: config,
    })
  })

  it.each([
    ['a pipe', (path: string) => execFileSync('mkfifo', [path])],
    ['a directory', (path: string) => mkdir(path)],
    ['a device', (path: string) => symlink('/dev/zero', path)],
  ])('does not read %s', async (_, make) => {
    const path = join(home, 'odd.json')
    await make(path)
    expect(await failure(ask('r', { config: path }))).toMatchObject({
      code: 'INVALID_INPUT',
      path,
    })
  })

  it('knows nobody when there are no files', async () => {
    expect(await ask('registry.example.com')).toBeUndefined()
  })

  it('reads user and password of ~/.docker/config.json', async () => {
    await docker({ auths: { 'registry.example.com': basic('ann:pass:with:colons') } })
    expect(await ask('registry.example.com')).toEqual({
      username: 'ann',
      password: 'pass:with:colons',
    })
    expect(await ask('other.example.com')).toBeUndefined()
  })

  it('prefers the path it was given, then $DOCKER_CONFIG', async () => {
    const config = await write('mine.json', { auths: { r: basic('mine:1') } })
    await write('elsewhere/config.json', { auths: { r: basic('elsewhere:1') } })
    await docker({ auths: { r: basic('home:1') } })
    env.DOCKER_CONFIG = join(home, 'elsewhere')
    expect(await ask('r', { config })).toMatchObject({ username: 'mine' })
    expect(await ask('r')).toMatchObject({ username: 'elsewhere' })
  })

  it("asks podman's files in order after docker's", async () => {
    env.REGISTRY_AUTH_FILE = await write('auth-file.json', { auths: { a: basic('file:1') } })
    env.XDG_RUNTIME_DIR = join(home, 'run')
    await write('run/containers/auth.json', {
      auths: { a: basic('run:1'), b: basic('run:1') },
    })
    await write('.config/containers/auth.json', {
      auths: { a: basic('config:1'), b: basic('config:1'), c: basic('config:1') },
    })
    await docker({ auths: { d: basic('docker:1') } })
    const source = dockerCredentials({ env })
    expect(await Promise.all(['a', 'b', 'c', 'd', 'e'].map((host) => source(host)))).toMatchObject([
      { username: 'file' },
      { username: 'run' },
      { username: 'config' },
      { username: 'docker' },
      undefined,
    ])
  })

  it('takes an empty file and an empty entry for nothing', async () => {
    await docker('')
    await write('.config/containers/auth.json', { auths: { r: {} } })
    expect(await ask('r')).toBeUndefined()
  })

  it('reads a file at the first call, and again only after a change', async () => {
    const source = dockerCredentials({ env })
    const path = await docker({ auths: { r: basic('one:1') } })
    expect(await source('r')).toMatchObject({ username: 'one' })

    const past = new Date(1_000_000)
    await utimes(path, past, past)
    expect(await source('r')).toMatchObject({ username: 'one' })
    // Same size, time and inode: not read again.
    await writeFile(path, JSON.stringify({ auths: { r: basic('two:2') } }))
    await utimes(path, past, past)
    expect(await source('r')).toMatchObject({ username: 'one' })

    await writeFile(path, JSON.stringify({ auths: { r: basic('three:3') } }))
    expect(await source('r')).toMatchObject({ username: 'three' })
    await rm(path)
    expect(await source('r')).toBeUndefined()
  })

  it.each([
    ['no JSON', '{"auths": {"r": {"auth": "hunter2', /config\.json" must be JSON/],
    ['a list', ['hunter2'], /config\.json" must be a JSON object/],
    ['auths of text', { auths: 'hunter2' }, /config\.json: auths" must be a JSON object/],
    [
      'an entry of text',
      { auths: { r: 'hunter2' } },
      /config\.json: auths\['r'\]" must be an object/,
    ],
    [
      'auth that is no base64',
      { auths: { r: { auth: 'hunter2!' } } },
      /auths\['r'\]\.auth" must be base64 of user:password/,
    ],
    ['auth with damaged base64', { auths: { r: { auth: 'YW5u*OjE=' } } }, /auths\['r'\]\.auth/],
    ['auth without a colon', { auths: { r: basic('hunter2') } }, /auths\['r'\]\.auth/],
    ['auth without a user', { auths: { r: basic(':hunter2') } }, /auths\['r'\]\.auth/],
    [
      'a token that is no text',
      { auths: { r: { identitytoken: ['hunter2'] } } },
      /auths\['r'\]\.identitytoken" must be a string/,
    ],
    ['a store that is no text', { credsStore: ['hunter2'] }, /credsStore" must be a string/],
    ['a helper that is no text', { credHelpers: { r: 1 } }, /credHelpers\['r'\]" must be a string/],
  ])('names file and field of %s, and no secret', async (_, content, message) => {
    await docker(content)
    const error = await failure(ask('r'))
    expect(error).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringMatching(message) })
    expect(isOcilinkError(error)).toBe(true)
  })

  it('is not disturbed by a broken entry of another registry', async () => {
    await docker({ auths: { bad: 'x', r: basic('ann:1') } })
    expect(await ask('r')).toMatchObject({ username: 'ann' })
  })

  it('says so when a file cannot be read', async () => {
    await mkdir(join(home, '.docker/config.json'), { recursive: true })
    expect(await failure(ask('r'))).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/must be a readable file, got "a directory"/),
    })
  })
})

describe('entries', () => {
  it.each([
    'registry.example.com:5000',
    'REGISTRY.example.com:5000',
    'https://registry.example.com:5000',
    'https://registry.example.com:5000/v1/',
    'http://registry.example.com:5000/v2',
  ])('finds %s', async (key) => {
    await docker({ auths: { [key]: basic('ann:1') } })
    expect(await ask('registry.example.com:5000')).toEqual({ username: 'ann', password: '1' })
  })

  it.each([
    'registry.example.com/team',
    'registry.example.com:5000',
    'https://registry.example.com/v1/access-token',
    'example.com',
    'user@registry.example.com',
  ])('does not take %s for the host', async (key) => {
    await docker({ auths: { [key]: basic('ann:1') } })
    expect(await ask('registry.example.com')).toBeUndefined()
  })

  it.each([
    ['docker.io', 'https://index.docker.io/v1/'],
    ['docker.io', 'docker.io'],
    ['index.docker.io', 'docker.io'],
    ['registry-1.docker.io', 'https://index.docker.io/v1/'],
  ])('finds Docker Hub, asked as %s, under %s', async (registry, key) => {
    await docker({ auths: { [key]: basic('ann:1') } })
    expect(await ask(registry)).toMatchObject({ username: 'ann' })
  })

  it('prefers the key that docker writes', async () => {
    await docker({
      auths: {
        'docker.io': basic('podman:1'),
        'https://index.docker.io/v1/access-token': basic('token:1'),
        'https://index.docker.io/v1/': basic('docker:1'),
      },
    })
    expect(await ask('docker.io')).toMatchObject({ username: 'docker' })
  })

  it('prefers tokens to the placeholder in auth', async () => {
    const placeholder = basic('00000000-0000-0000-0000-000000000000:')
    await docker({
      auths: {
        a: { ...placeholder, identitytoken: 'refresh' },
        b: { ...placeholder, registrytoken: 'bearer' },
        c: { username: 'ann', password: 'plain' },
      },
    })
    expect(await ask('a')).toEqual({ identityToken: 'refresh' })
    expect(await ask('b')).toEqual({ registryToken: 'bearer' })
    expect(await ask('c')).toEqual({ username: 'ann', password: 'plain' })
  })

  it('reads names of Object.prototype as keys like any other', async () => {
    await docker('{"auths": {"__proto__": {"auth": "YW5uOjE="}}, "credHelpers": {}}')
    expect(await ask('constructor')).toBeUndefined()
    expect(await ask('__proto__')).toEqual({ username: 'ann', password: '1' })
  })

  it.each(['r\nhost=evil.example.com', 'r\r', '', 'a/b', 'user@host', 'a b'])(
    'refuses %j as a registry',
    async (registry) => {
      await docker({ credsStore: 'mine' })
      await answering('mine', { Username: 'ann', Secret: '1' })
      expect(await failure(ask(registry))).toMatchObject({ code: 'INVALID_INPUT' })
      await expect(stdin()).rejects.toThrow('ENOENT')
    },
  )
})

describe('helpers', () => {
  it('asks the helper of the registry first, by "get" and stdin', async () => {
    await docker({
      auths: { r: basic('auths:1') },
      credsStore: 'store',
      credHelpers: { r: 'own' },
    })
    await answering('own', { ServerURL: 'r', Username: 'own', Secret: 'hunter2' })
    await answering('store', { ServerURL: 'x', Username: 'store', Secret: 'hunter2' })
    expect(await ask('r')).toEqual({ username: 'own', password: 'hunter2' })
    expect(await stdin()).toBe('r')
    expect(await ask('x')).toEqual({ username: 'store', password: 'hunter2' })
    expect(await stdin()).toBe('x')
  })

  it('asks for Docker Hub by the address that docker uses', async () => {
    await docker({ credHelpers: { 'docker.io': 'own' } })
    await answering('own', { Username: 'ann', Secret: '1' })
    await ask('docker.io')
    expect(await stdin()).toBe('https://index.docker.io/v1/')
  })

  it('takes the user <token> for an identity token', async () => {
    await docker({ credsStore: 'store' })
    await answering('store', { Username: '<token>', Secret: 'refresh' })
    expect(await ask('r')).toEqual({ identityToken: 'refresh' })
  })

  it('asks the next file, but not auths, when a helper knows nothing', async () => {
    await docker({ credsStore: 'store', auths: { r: basic('left-over:1') } })
    await helper('store', 'echo "credentials not found in native keychain"; exit 1')
    expect(await ask('r')).toBeUndefined()
    await write('.config/containers/auth.json', { auths: { r: basic('podman:1') } })
    expect(await ask('r')).toMatchObject({ username: 'podman' })
  })

  it('uses auths where credHelpers names none', async () => {
    await docker({ credHelpers: { r: '' }, credsStore: 'store', auths: { r: basic('ann:1') } })
    expect(await ask('r')).toMatchObject({ username: 'ann' })
  })

  it.each(['../../evil', 'a/b', 'a b', 'a;touch evil', '$(id)', 'a\nb', 'ä', 'a\0'])(
    'does not start a helper of the name %j',
    async (name) => {
      await docker({ credsStore: name })
      expect(await failure(ask('r'))).toMatchObject({
        code: 'INVALID_INPUT',
        message: expect.stringMatching(/config\.json: credsStore" must be a helper name/),
      })
    },
  )

  it('finds helpers only in absolute directories of PATH', async () => {
    await docker({ credsStore: 'store' })
    await answering('store', { Username: 'ann', Secret: '1' })
    env.PATH = `${relative(process.cwd(), join(home, 'bin'))}:.::/usr/bin:/bin`
    expect(await failure(ask('r'))).toMatchObject({
      code: 'AUTH_REQUIRED',
      message: expect.stringMatching(/docker-credential-store.* in no absolute directory of PATH/),
    })
  })

  it('skips what is not executable', async () => {
    await docker({ credsStore: 'store' })
    await write('bin/docker-credential-store', 'no program')
    expect(await failure(ask('r'))).toMatchObject({ code: 'AUTH_REQUIRED' })
  })

  it.each([
    ['prints garbage', 'echo hunter2'],
    ['prints another shape', 'echo \'["hunter2"]\''],
    ['prints null', 'echo null'],
    ['prints nothing', ''],
    ['prints a secret that is no text', `echo '{"Username": "ann", "Secret": {"a": "hunter2"}}'`],
    ['fails', 'echo hunter2; echo hunter2 >&2; exit 3'],
    ['dies', 'kill -9 $$'],
  ])('is an error that shows no secret when a helper %s', async (_, script) => {
    await docker({ credsStore: 'store' })
    await helper('store', script)
    const error = await failure(ask('r'))
    expect(error).toMatchObject({
      code: 'AUTH_REQUIRED',
      message: expect.stringMatching(/^docker-credential-store /),
    })
  })

  it('is an error when a helper cannot be started', async () => {
    await docker({ credsStore: 'store' })
    await helper('store', '')
    await writeFile(join(home, 'bin/docker-credential-store'), '#!/no/such/interpreter')
    expect(await failure(ask('r'))).toMatchObject({
      code: 'AUTH_REQUIRED',
      message: 'docker-credential-store could not be started',
    })
  })

  it('stops a helper that prints 1 MB', async () => {
    await docker({ credsStore: 'store' })
    await helper('store', 'head -c 1000000 /dev/zero; exec sleep 20')
    expect(await failure(ask('r'))).toMatchObject({
      code: 'AUTH_REQUIRED',
      message: 'docker-credential-store printed more than 65536 bytes',
    })
  })

  it('takes an answer of 60 kB', async () => {
    await docker({ credsStore: 'store' })
    const secret = 'x'.repeat(60_000)
    await answering('store', { Username: 'ann', Secret: secret })
    expect(await ask('r')).toEqual({ username: 'ann', password: secret })
  })

  it('stops a helper that hangs, also when a child of it holds the output open', async () => {
    await docker({ credsStore: 'store' })
    await helper('store', 'sleep 3')
    const begin = performance.now()
    expect(await failure(ask('r', { timeout: 100 }))).toMatchObject({
      code: 'AUTH_REQUIRED',
      message: 'docker-credential-store did not answer within 100 ms',
    })
    expect(performance.now() - begin).toBeLessThan(2000)
  })

  it('ends the children of a helper with it', async () => {
    await docker({ credsStore: 'store' })
    await helper('store', `sleep 100 & echo $! > ${home}/child; sleep 100`)
    await failure(ask('r', { timeout: 1000 }))
    const child = Number(await readFile(join(home, 'child'), 'utf8'))
    await expect.poll(() => isRunning(child)).toBe(false)
  })

  it('stops on abort, with the reason as it is', async () => {
    await docker({ credsStore: 'store' })
    await helper('store', `echo started > ${home}/started; exec sleep 20`)
    const controller = new AbortController()
    const reason = new Error('enough')
    const asked = ask('r', { signal: controller.signal })
    setTimeout(() => controller.abort(reason), 50)
    await expect(asked).rejects.toBe(reason)
    await expect(ask('r', { signal: controller.signal })).rejects.toBe(reason)
  })

  it('does not mind a helper that never reads', async () => {
    await docker({ credsStore: 'store' })
    await helper('store', `exec <&-; echo '{"Username": "ann", "Secret": "1"}'`)
    // More than a pipe holds, so that writing it fails.
    expect(await ask('r'.repeat(1_000_000))).toEqual({ username: 'ann', password: '1' })
  })
})

describe('a registry that wants a login', () => {
  const users = [{ name: 'u', password: 'p' }]
  const login = (registry: string, scheme: 'basic' | 'bearer', anonymous: Permission[] = []) => {
    const auth = { scheme, users, anonymous }
    const { fetch } = embeddedRegistry({ auth })
    return repository(`${registry}/team/app`, { fetch, credentials: dockerCredentials({ env }) })
  }

  it.each(['basic', 'bearer'] as const)(
    'says how to log in where there is none: %s',
    async (scheme) => {
      const path = await docker({ auths: { 'other.example.com': basic('u:hunter2') } })
      const error = await failure(getManifest(login('registry.example.com', scheme), 'v1'))
      expect(error).toMatchObject({ code: 'AUTH_REQUIRED' })
      expect(error.message).toContain(`there is no login for registry.example.com in ${path}, `)
      expect(error.message).toMatch(/; run "docker login registry\.example\.com"$/)
    },
  )

  it('says so of Docker Hub in its own way, and where there are no files', async () => {
    const error = await failure(getManifest(login('docker.io', 'basic'), 'v1'))
    expect(error.message).toMatch(/there is no login for docker\.io in .*; run "docker login"$/)
  })

  it('says nothing of it where a login was refused', async () => {
    await docker({ auths: { 'registry.example.com': basic('u:hunter2') } })
    const error = await failure(getManifest(login('registry.example.com', 'basic'), 'v1'))
    expect(error).toMatchObject({ code: 'AUTH_DENIED' })
    expect(error.message).not.toContain('docker login')
  })
})

it('refuses an unknown option, and names the nearest', () => {
  const wrong = { timeuot: 1 } as DockerCredentialsOptions
  expect(() => dockerCredentials(wrong)).toThrow('did you mean "timeout"?')
  expect(() => dockerCredentials({ env: 'PATH' as never })).toThrow('"env" must be an object')
})

describe('a key of podman for a part of a registry', () => {
  const auths = {
    'quay.io': basic('all:1'),
    'quay.io/my-org': basic('org:1'),
    'quay.io/my-org/app': basic('app:1'),
    'quay.io/my-organisation': basic('other:1'),
  }
  const of = (repository: string | undefined, registry = 'quay.io') =>
    dockerCredentials({ env })(registry, repository)

  it.each([
    ['my-org/app', 'app'],
    ['my-org/app/part', 'app'],
    ['my-org/apple', 'org'],
    ['my-org', 'org'],
    ['my-organisation/app', 'other'],
    ['other/my-org/app', 'all'],
    ['', 'all'],
    [undefined, 'all'],
  ])('is used for %s: %s', async (repository, username) => {
    await write('.config/containers/auth.json', { auths })
    expect(await of(repository)).toEqual({ username, password: '1' })
  })

  it('is found by any name of its registry', async () => {
    const { 'quay.io': _, ...parts } = auths
    const hub = { 'index.docker.io/my-org': basic('hub:1'), 'QUAY.IO/my-org/': basic('upper:1') }
    await docker({ auths: { ...parts, 'quay.io/my-org': {}, ...hub } })
    expect(await of('my-org/x', 'registry-1.docker.io')).toMatchObject({ username: 'hub' })
    expect(await of('my-org/x')).toMatchObject({ username: 'upper' })
    expect(await of('elsewhere/x')).toBeUndefined()
  })

  it('stands above credsStore, and below a helper of its registry', async () => {
    await answering('store', { Username: 'store', Secret: '1' })
    await docker({ auths, credsStore: 'store' })
    expect(await of('my-org/x')).toMatchObject({ username: 'org' })
    expect(await of('x')).toMatchObject({ username: 'store' })
    await docker({ auths, credsStore: 'store', credHelpers: { 'quay.io': 'store' } })
    expect(await of('my-org/x')).toMatchObject({ username: 'store' })
    await docker({ auths, credsStore: 'store', credHelpers: { 'quay.io': '' } })
    expect(await of('x')).toMatchObject({ username: 'all' })
  })

  it('with a scheme is none: docker keeps tokens of its own under such keys', async () => {
    await docker({ auths: { 'https://quay.io/my-org': basic('token:1') } })
    expect(await of('my-org/x')).toBeUndefined()
  })

  it('is what the repositories of one registry log in with, each with its own', async () => {
    await write('.config/containers/auth.json', { auths })
    const sent: string[] = []
    const fetch = async ({ url, headers }: Request) => {
      const authorization = headers.get('authorization')
      if (!authorization) {
        const challenge = { 'www-authenticate': 'Basic realm="quay"' }
        return new Response(null, { status: 401, headers: challenge })
      }
      sent.push(`${new URL(url).pathname.split('/')[2]} ${atob(authorization.slice(6))}`)
      return new Response(null, { status: 404 })
    }
    const app = repository('quay.io/my-org/x', { fetch, credentials: dockerCredentials({ env }) })
    for (const repo of [app, sibling(app, 'elsewhere/x'), app]) await findManifest(repo, 'v1')
    expect(sent).toEqual(['my-org org:1', 'elsewhere all:1', 'my-org org:1'])
  })

  it('is asked for by a name alone', async () => {
    expect(await failure(of(7 as never))).toBeInstanceOf(TypeError)
  })
})
