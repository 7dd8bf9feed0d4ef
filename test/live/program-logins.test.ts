// The program logs in with what docker has, at a registry that lets nobody else in.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { run as runProgram } from '../cli/_program.ts'
import { olaregBasicAuth } from './_registries.ts'
import { clientsFor } from './_tools.ts'

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
