// The program logs in with what docker has, at a registry that lets nobody else in.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { run as runProgram, startIn } from '../cli/_program.ts'
import { olaregBasicAuth, olaregTokenAuth } from './_registries.ts'
import { clientsFor, run, toolPath } from './_tools.ts'

test("docker's logins are used", async () => {
  const running = await olaregBasicAuth.start()
  onTestFinished(() => running.stop())
  const clients = await clientsFor(running)
  onTestFinished(() => clients.close())
  await clients.pushImage('team/app', 'v1')
  const image = `${running.host}/team/app:v1`
  const config = await mkdtemp(join(tmpdir(), 'ocilink-docker-'))
  onTestFinished(() => rm(config, { recursive: true }))
  const { username, password } = running.login!
  const auth = Buffer.from(`${username}:${password}`).toString('base64')
  await writeFile(
    join(config, 'config.json'),
    JSON.stringify({ auths: { [running.host]: { auth } } }),
  )
  expect(await runProgram('has', image, '--config', config)).toMatchObject({
    code: 1,
    stdout: 'no\n',
  })
  expect((await runProgram('has', image, '--config', join(config, 'none'))).code).toBe(3)
})

test.each([olaregBasicAuth, olaregTokenAuth])(
  'a login that it keeps is used by oras at $name, and one that oras keeps by it',
  async (registry) => {
    const running = await registry.start()
    onTestFinished(() => running.stop())
    const clients = await clientsFor(running)
    onTestFinished(() => clients.close())
    await clients.pushImage('team/app', 'v1')
    const home = await mkdtemp(join(tmpdir(), 'ocilink-home-'))
    onTestFinished(() => rm(home, { recursive: true }))
    const env = { PATH: process.env.PATH, HOME: home }
    const { username, password } = running.login!
    const image = `${running.host}/team/app:v1`
    const ask = (...args: string[]) => {
      const started = startIn(env, ...args)
      started.child.stdin!.end(password)
      return started.ended
    }
    const oras = (...args: string[]) => run(toolPath('oras'), [...args, '--plain-http'], { env })

    const given = ['login', running.host, '--user', username, '--password-stdin']
    expect((await ask(...given)).code).toBe(0)
    await oras('manifest', 'fetch', image)
    expect((await ask('logout', running.host)).code).toBe(0)
    await expect(oras('manifest', 'fetch', image)).rejects.toThrow()
    expect((await ask('has', image)).code).toBe(4)

    await run(
      toolPath('oras'),
      [...given.map((arg) => arg.replace('--user', '-u')), '--plain-http'],
      {
        env,
        input: password,
      },
    )
    expect((await ask('has', image)).code).toBe(1)
    const wrong = startIn(env, ...given)
    wrong.child.stdin!.end('WRONG')
    expect((await wrong.ended).code).toBe(4)
    // The one before is kept.
    expect((await ask('has', image)).code).toBe(1)
  },
  60_000,
)
