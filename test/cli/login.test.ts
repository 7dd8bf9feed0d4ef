import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { type RunningServer, serve } from '../../src/node/index.ts'
import { startIn } from './_program.ts'
import { parseAnswer } from './_schemas.ts'
import { onTerminal } from './_terminal.ts'

let server: RunningServer
let open: RunningServer
let home: string
beforeAll(async () => {
  const users = [{ name: 'me', password: 'secret' }]
  server = await serve(embeddedRegistry({ auth: { scheme: 'bearer', users } }))
  open = await serve(embeddedRegistry())
  home = await mkdtemp(join(tmpdir(), 'ocilink-login-'))
})
afterAll(async () => {
  await server?.close()
  await open?.close()
  await rm(home, { recursive: true, force: true })
})

const env = () => ({ PATH: process.env.PATH, HOME: home })
function run(input: string, ...args: string[]) {
  const running = startIn(env(), ...args)
  running.child.stdin!.end(input)
  return running.ended
}
const given = ['--user', 'me', '--password-stdin']
const file = () => join(home, '.docker', 'config.json')

test('a login is tried, kept, used by other commands, and forgotten', async () => {
  const image = `${server.host}/team/app:v1`
  expect((await run('', 'has', image)).code).toBe(4)
  const { code, stdout, stderr } = await run('secret\n', 'login', server.host, ...given)
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `logged in to ${server.host} as me; kept by ${file()}\n`,
  })
  expect(stderr).toMatch(/a credential helper keeps it safer/)
  expect(JSON.parse(await readFile(file(), 'utf8')).auths[server.host]).toEqual({
    auth: btoa('me:secret'),
  })
  // It is not there, and that can be told now.
  expect((await run('', 'has', image)).code).toBe(1)
  expect(await run('', 'logout', server.host)).toMatchObject({ code: 0, stderr: '' })
  expect((await run('', 'has', image)).code).toBe(4)
  const again = await run('', 'logout', server.host, '--json')
  expect([again.code, parseAnswer('logout', again.stdout)]).toEqual([
    1,
    { registry: server.host, erased: false },
  ])
})

test('a wrong password is refused, and not kept or shown', async () => {
  const config = join(home, 'wrong')
  const refused = await run('WRONG', 'login', server.host, ...given, '--config', config)
  expect(refused).toMatchObject({ code: 4, stdout: '' })
  expect(refused.stderr).not.toContain('WRONG')
  await expect(readFile(join(config, 'config.json'))).rejects.toThrow('ENOENT')
})

test('a registry that asks nobody for a login is named as such', async () => {
  const config = join(home, 'open')
  const { code, stdout, stderr } = await run(
    'anything',
    'login',
    open.host,
    ...given,
    ...['--config', config, '--json'],
  )
  expect([code, parseAnswer('login', stdout)]).toEqual([
    0,
    { registry: open.host, username: 'me', checked: false, config: join(config, 'config.json') },
  ])
  expect(stderr).toMatch(/asks nobody for a login/)
  expect((await run('', 'logout', open.host, '--config', config)).code).toBe(0)
})

test.each([
  ['nobody can be asked here', ['login', 'a.example']],
  ['nobody can be asked here', ['login', 'a.example', '--user', 'me']],
  ['a registry is host or host:port', ['login', 'https://a.example', ...given]],
  ['the password is empty', ['login', 'a.example', ...given]],
  ['a user name has no ":"', ['login', 'a.example', '--user', 'a:b', '--password-stdin']],
  ['a user name has no ":"', ['has', '127.0.0.1:1/a', '--user', 'a:b', '--password-stdin']],
  ['--password-stdin needs --user', ['has', '127.0.0.1:1/a', '--password-stdin']],
  ['"registry" must be host', ['logout', 'a/b']],
])('says "%s" where it is called with %j', async (message, args) => {
  const { code, stderr } = await run('', ...args)
  expect(code).toBe(3)
  expect(stderr).toContain(message)
})

test('who sits at a terminal is asked, and a password that is typed is not shown', async () => {
  const answers = [
    { at: /User name for .*: /, keys: 'me\r' },
    { at: /Password: /, keys: 'secret\r' },
  ]
  const { code, output } = await onTerminal(['login', server.host], answers, env())
  expect(code).toBe(0)
  expect(output).toContain(`logged in to ${server.host} as me`)
  expect(output).not.toContain('secret')
  const interrupted = await onTerminal(
    ['login', server.host],
    { at: /User name/, keys: '\x03' },
    env(),
  )
  expect(interrupted.code).toBe(130)
})
