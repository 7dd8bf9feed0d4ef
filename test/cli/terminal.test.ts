// What is different where a person looks: on a pseudo-terminal.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { attach, hasReferrer, repository } from '../../src/index.ts'
import { type RunningServer, serve } from '../../src/node/index.ts'
import { pushImage } from '../_image.ts'
import { onTerminal } from './_terminal.ts'

/** Of `{}`, which each artifact without files has. */
const EMPTY = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'

let server: RunningServer
beforeAll(async () => {
  server = await serve(embeddedRegistry())
})
afterAll(() => server?.close())

const typing = (keys: string) => ({ at: '[y/N]', keys })

async function attached(name: string) {
  const repo = repository(`${server.host}/${name}`)
  const { digest } = await pushImage(repo)
  const { digest: referrer } = await attach(repo, digest, { artifactType: 'text/plain' })
  return { repo, digest, referrer, reference: `${server.host}/${name}:v1` }
}

test('what is to be deleted is shown and asked for, and stays unless the answer is yes', async () => {
  const { repo, digest, referrer, reference } = await attached('team/asked')
  for (const answer of ['n\r', '\r', 'yeah\r']) {
    const { code, output } = await onTerminal(['detach', reference, referrer], typing(answer))
    expect(code).toBe(1)
    expect(output).toContain(`Take away text/plain  ${referrer}  (oci-subject)? [y/N]`)
    expect(await hasReferrer(repo, digest)).toBe(true)
  }
  expect((await onTerminal(['detach', reference, referrer], typing('y\r'))).code).toBe(0)
  expect(await hasReferrer(repo, digest)).toBe(false)
})

test('Ctrl-C at a question ends with 130, and nothing is deleted', async () => {
  const { repo, digest, reference } = await attached('team/interrupted')
  const { code, screen } = await onTerminal(['remove', reference], typing('\x03'))
  expect(code).toBe(130)
  expect(screen).not.toContain('were done')
  expect(await hasReferrer(repo, digest)).toBe(true)
})

test('a terminal that has colours shows some, unless they are not wanted', async () => {
  const { reference } = await attached('team/coloured')
  const sequence = '\u001b['
  expect((await onTerminal(['tree', reference], undefined, {})).output).toContain(
    `${sequence}1mtext/plain`,
  )
  expect((await onTerminal(['tree', reference, '--no-color'], undefined, {})).output).not.toContain(
    sequence,
  )
  expect((await onTerminal(['tree', reference])).output).not.toContain(sequence)
  const wrong = `${reference.replace('v1', 'none')}`
  expect((await onTerminal(['tree', wrong], undefined, {})).output).toContain(
    `${sequence}31mocilink:`,
  )
})

test('what others wrote does nothing to the terminal', async () => {
  const { repo, digest, reference } = await attached('team/hostile')
  const artifactType = 'text/\u001b]0;owned\u0007\u001b[2J\u009b1mplain'
  const subject = { mediaType: 'application/vnd.oci.image.manifest.v1+json', size: 1, digest }
  const empty = { mediaType: 'application/vnd.oci.empty.v1+json', size: 2, digest: EMPTY }
  const parts = { artifactType, config: empty, layers: [empty], subject }
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: subject.mediaType, ...parts })
  const headers = { 'content-type': subject.mediaType }
  const url = `http://${server.host}/v2/${repo.name}/manifests/hostile`
  expect((await fetch(url, { method: 'PUT', headers, body: manifest })).status).toBe(201)
  for (const command of ['tree', 'list', 'discover']) {
    const { output } = await onTerminal([command, reference])
    expect(output).toContain('owned')
    for (const char of ['\u001b]', '\u0007', '\u001b[2J', '\u009b'])
      expect(output).not.toContain(char)
  }
})
