// What is different where a person looks: on a pseudo-terminal, made by `script` of util-linux.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { attach, hasReferrer, repository } from '../../src/index.ts'
import { type RunningServer, serve } from '../../src/node/index.ts'
import { bundledProgram } from '../_bundle.ts'
import { pushImage } from '../_image.ts'

let server: RunningServer
beforeAll(async () => {
  server = await serve(embeddedRegistry())
})
afterAll(() => server?.close())

/** Runs the program on a terminal, and types an answer when it asks. */
async function onTerminal(args: readonly string[], answer: string) {
  const command = [process.execPath, await bundledProgram(), ...args].join(' ')
  const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: 'pipe' })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    if (text.includes('[y/N]')) child.stdin.write(answer)
  })
  const [code] = await once(child, 'close')
  return { code, output }
}

async function attached(name: string) {
  const repo = repository(`${server.host}/${name}`)
  const { digest } = await pushImage(repo)
  const { digest: referrer } = await attach(repo, digest, { artifactType: 'text/plain' })
  return { repo, digest, referrer, reference: `${server.host}/${name}:v1` }
}

test('what is to be deleted is shown and asked for, and stays unless the answer is yes', async () => {
  const { repo, digest, referrer, reference } = await attached('team/asked')
  for (const answer of ['n\r', '\r', 'yeah\r']) {
    const { code, output } = await onTerminal(['detach', reference, referrer], answer)
    expect(code).toBe(1)
    expect(output).toContain(`Take away text/plain  ${referrer}  (oci-subject)? [y/N]`)
    expect(await hasReferrer(repo, digest)).toBe(true)
  }
  expect((await onTerminal(['detach', reference, referrer], 'y\r')).code).toBe(0)
  expect(await hasReferrer(repo, digest)).toBe(false)
})

test('Ctrl-C at a question ends with 130, and nothing is deleted', async () => {
  const { repo, digest, reference } = await attached('team/interrupted')
  const { code } = await onTerminal(['remove', reference], '\x03')
  expect(code).toBe(130)
  expect(await hasReferrer(repo, digest)).toBe(true)
})
