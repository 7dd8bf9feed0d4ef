// The program against real registries, and beside the tools that people have.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { run as runProgram } from '../cli/_program.ts'
import { dockerRegistry, olareg, olaregBasicAuth, type RunningRegistry } from './_registries.ts'
import { type Clients, clientsFor } from './_tools.ts'

const TYPE = 'application/spdx+json'

describe.each([dockerRegistry, olareg])('at $name', (registry) => {
  let running: RunningRegistry
  let clients: Clients
  let directory: string
  beforeAll(async () => {
    running = await registry.start()
    clients = await clientsFor(running)
    directory = await mkdtemp(join(tmpdir(), 'ocilink-program-'))
  })
  afterAll(async () => {
    await clients?.close()
    await running?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  test('what it attaches oras and regctl find, and what oras attaches it finds, reads, moves and takes away', async () => {
    const image = `${running.host}/team/app:v1`
    const subject = await clients.pushImage('team/app', 'v1')
    await writeFile(join(directory, 'sbom.json'), '{"spdxVersion":"SPDX-2.3"}')
    const sbom = `${join(directory, 'sbom.json')}:application/json`
    expect(await runProgram('has', image)).toMatchObject({ code: 1, stdout: 'no\n' })
    expect(await runProgram('attach', image, sbom, '-t', TYPE)).toMatchObject({
      code: 0,
      stderr: '',
    })
    const byDigest = `${running.host}/team/app@${subject}`
    expect(await clients.orasDiscover(byDigest)).toMatchObject([{ artifactType: TYPE }])
    expect(await clients.regctlList(byDigest)).toMatchObject([{ artifactType: TYPE }])
    await clients.oras('attach', '--artifact-type', 'text/plain', '--annotation', 'a=b', byDigest)

    const tree = await runProgram('tree', image)
    expect(tree).toMatchObject({ code: 0, stderr: '' })
    expect(tree.stdout.match(/─ (text\/plain|application\/spdx\+json) {2}sha256:/g)).toHaveLength(2)
    expect((await runProgram('read', image, '-t', TYPE)).stdout).toBe('{"spdxVersion":"SPDX-2.3"}')
    const layout = `oci-layout:${join(directory, 'layout')}:v1`
    expect((await runProgram('copy', image, layout)).code).toBe(0)
    expect(await runProgram('diff', image, layout)).toMatchObject({ code: 0, stdout: '' })
    const moved = `${running.host}/team/moved:v1`
    expect((await runProgram('save', layout, join(directory, 'app.tar'))).code).toBe(0)
    expect((await runProgram('load', join(directory, 'app.tar'), moved)).code).toBe(0)
    expect(await clients.orasDiscover(`${running.host}/team/moved@${subject}`)).toHaveLength(2)
    expect((await runProgram('remove', moved, '--yes')).code).toBe(0)
    expect(await runProgram('has', moved)).toMatchObject({ code: 1 })
    expect(await runProgram('detect', image)).toMatchObject({ code: 0, stderr: '' })
  }, 120_000)
})

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
