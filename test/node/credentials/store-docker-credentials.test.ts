import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  dockerCredentials,
  eraseDockerCredentials,
  storeDockerCredentials,
} from '../../../src/node/index.ts'
import { thrownBy } from '../../model/_bytes.ts'

const login = { username: 'me', password: 'pä$$ "word"' }
let home: string
let env: Record<string, string | undefined>
let path: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'ocilink-store-'))
  env = { HOME: home, PATH: `${home}/bin:/usr/bin:/bin` }
  path = join(home, '.docker', 'config.json')
})
afterEach(() => rm(home, { recursive: true, force: true }))

const store = (registry = 'r.example', credentials = login) =>
  storeDockerCredentials(registry, credentials, { env })
const erase = (registry = 'r.example') => eraseDockerCredentials(registry, { env })
const find = (registry = 'r.example') => dockerCredentials({ env })(registry)
const read = async () => JSON.parse(await readFile(path, 'utf8'))

async function write(config: object): Promise<void> {
  await mkdir(join(home, '.docker'), { recursive: true })
  await writeFile(path, JSON.stringify(config))
}

/** A helper that keeps logins in a file. */
async function helper(name: string, script?: string): Promise<void> {
  const kept = `${home}/kept-${name}`
  const program = join(home, 'bin', `docker-credential-${name}`)
  await mkdir(join(home, 'bin'), { recursive: true })
  const keeping = `case "$1" in
store) cat > ${kept} ;;
get) cat ${kept} 2>/dev/null || { echo 'credentials not found in native keychain'; exit 1; } ;;
erase) rm ${kept} 2>/dev/null || { echo 'credentials not found in native keychain'; exit 1; } ;;
esac`
  await writeFile(program, `#!/bin/sh\n${script ?? keeping}\n`)
  await chmod(program, 0o755)
}

describe('a login', () => {
  it('is kept in a new file that its owner alone can read, found, and forgotten', async () => {
    expect(await store()).toEqual({ config: path, helper: undefined })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(home, '.docker'))).mode & 0o777).toBe(0o700)
    expect(await find()).toEqual(login)
    expect(await find('other.example')).toBeUndefined()
    expect(await erase()).toBe(true)
    expect(await find()).toBeUndefined()
    expect(await erase()).toBe(false)
    expect(await readdir(join(home, '.docker'))).toEqual(['config.json'])
  })

  it('leaves what else is in the file, its permissions, and a link to it', async () => {
    const elsewhere = join(home, 'real.json')
    const others = { auths: { 'b.example': { auth: btoa('a:b') } }, HttpHeaders: { a: 'b' } }
    await mkdir(join(home, '.docker'))
    await writeFile(elsewhere, JSON.stringify(others), { mode: 0o640 })
    await symlink(elsewhere, path)
    await store()
    await erase()
    expect(await read()).toEqual(others)
    expect((await stat(elsewhere)).mode & 0o777).toBe(0o640)
    expect(await readFile(elsewhere, 'utf8')).toBe(await readFile(path, 'utf8'))
  })

  it('replaces the one before, and is forgotten under each key of the registry', async () => {
    await write({ auths: { 'https://r.example/v1/': { auth: btoa('old:old') } } })
    await store()
    expect(await find()).toEqual(login)
    await store('r.example', { username: 'you', password: 'b' })
    expect(await find()).toEqual({ username: 'you', password: 'b' })
    await erase()
    expect(await read()).toEqual({ auths: {} })
  })

  it('for Docker Hub has the key that docker looks for', async () => {
    await store('docker.io')
    expect(Object.keys((await read()).auths)).toEqual(['https://index.docker.io/v1/'])
    expect(await find('registry-1.docker.io')).toEqual(login)
    expect(await erase('index.docker.io')).toBe(true)
  })

  it.each([{ credsStore: 'all' }, { credHelpers: { 'r.example': 'all' } }])(
    'is kept by the helper that %j names, and not in the file',
    async (config) => {
      await helper('all')
      await write(config)
      expect(await store()).toEqual({ config: path, helper: 'all' })
      expect(await readFile(path, 'utf8')).not.toContain('auth"')
      expect((await read()).auths).toEqual({ 'r.example': {} })
      expect(await find()).toEqual(login)
      expect(await erase()).toBe(true)
      expect(await find()).toBeUndefined()
      expect(await read()).toMatchObject({ ...config, auths: {} })
    },
  )

  it('stays in the file where the registry is named without a helper', async () => {
    await helper('all')
    await write({ credsStore: 'all', credHelpers: { 'r.example': '' } })
    expect((await store()).helper).toBeUndefined()
    expect(await find()).toEqual(login)
  })
})

describe('nothing is written', () => {
  it.each([
    { username: '', password: 'a' },
    { username: 'a:b', password: 'a' },
    { username: 'a', password: '' },
    { username: 'a', password: 'a\u0000' },
    { username: 'a', password: 'a\nb' },
    { username: 'a', password: undefined as unknown as string },
    undefined as unknown as typeof login,
  ])('for %j', async (credentials) => {
    const error = await thrownBy(() => store('r.example', credentials ?? (null as never)))
    expect(error).toMatchObject({
      code: 'INVALID_INPUT',
      path: expect.stringMatching(/^credentials/),
    })
    expect(await readdir(home)).toEqual([])
  })

  it.each(['', 'a/b', 'a\nb'])('for the registry %j', async (registry) => {
    expect(await thrownBy(() => store(registry))).toMatchObject({ path: 'registry' })
    expect(await thrownBy(() => erase(registry))).toMatchObject({ path: 'registry' })
    expect(await readdir(home)).toEqual([])
  })

  it.each(['{', '[]', '{"auths":[]}', '{"credsStore":{}}', '{"credsStore":"../a"}'])(
    'where the file is %j',
    async (text) => {
      await mkdir(join(home, '.docker'))
      await writeFile(path, text)
      for (const call of [store, erase]) {
        expect(await thrownBy(() => call())).toMatchObject({ code: 'INVALID_INPUT' })
      }
      expect(await readFile(path, 'utf8')).toBe(text)
    },
  )

  it.each([['exit 1'], ['echo secret; exit 2'], [undefined]])(
    'where the helper fails (%s) or is not there, and no password is shown',
    async (script) => {
      if (script) await helper('all', script)
      await write({ credsStore: 'all' })
      for (const call of [store, erase]) {
        const error = await thrownBy(() => call())
        expect(error).toMatchObject({ code: 'AUTH_REQUIRED' })
        expect(`${error} ${JSON.stringify(error)}`).not.toMatch(/secret|word/)
      }
      expect(await read()).toEqual({ credsStore: 'all' })
    },
  )
})

describe('several at the same time', () => {
  const hosts = Array.from({ length: 12 }, (_, at) => `r${at}.example`)

  it('are all kept, and all forgotten', async () => {
    await Promise.all(hosts.map((host) => store(host)))
    expect(Object.keys((await read()).auths).sort()).toEqual([...hosts].sort())
    await Promise.all(hosts.map((host) => erase(host)))
    expect((await read()).auths).toEqual({})
    expect(await readdir(join(home, '.docker'))).toEqual(['config.json'])
  })

  it('do not wait for one that was killed', async () => {
    await store()
    const lock = `${path}.ocilink-lock`
    await writeFile(lock, '')
    const long = new Date(Date.now() - 60_000)
    await utimes(lock, long, long)
    await store('other.example')
    expect(Object.keys((await read()).auths)).toEqual(['r.example', 'other.example'])
    expect(await readdir(join(home, '.docker'))).toEqual(['config.json'])
  })
})
