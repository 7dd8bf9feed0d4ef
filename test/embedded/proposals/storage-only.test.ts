// Proposals D, E and F ask nothing of a registry but to keep manifests at tags as they are.
import { expect, test } from 'vitest'
import {
  descriptor,
  digestOf,
  IMAGE,
  image,
  index,
  pushBlob,
  pushImage,
  type Send,
  start,
} from '../_registry.ts'
import { pushed } from './_proposals.ts'

const subject = descriptor(image(), IMAGE)
const hex = subject.digest.slice('sha256:'.length)

async function ready(): Promise<Send> {
  const send = start()
  await pushImage(send, 'app', 'v1')
  return send
}

async function readBack(send: Send, tag: string): Promise<string> {
  const answer = await send('GET', `/v2/app/manifests/${tag}`)
  expect(answer.status).toBe(200)
  return answer.text()
}

test('E: a manifest that "refers", at the digest tag of its subject, is read back as it was', async () => {
  const send = await ready()
  const text = image({ refers: subject, annotations: { 'org.example.flavor': 'vanilla' } })
  const one = await pushed(send, text)
  const list = index([{ ...one, artifactType: 'a/b', annotations: { a: 'b' } }])
  await pushed(send, list, { reference: `sha256-${hex}` })
  expect(await readBack(send, one.digest)).toBe(text)
  expect(await readBack(send, `sha256-${hex}`)).toBe(list)
})

test('E: the digest tag of sha512 is cut to 64 characters of hex', async () => {
  const send = await ready()
  const tag = digestOf(image(), 'sha512')
    .replace(':', '-')
    .slice(0, 7 + 64)
  await pushed(send, index([]), { reference: tag })
  expect(await readBack(send, tag)).toBe(index([]))
})

test('D: many artifacts at tags of their own, of up to 128 characters', async () => {
  const send = await ready()
  await pushBlob(send, 'app', 'sbom')
  const config = { ...descriptor('{}'), mediaType: 'application/vnd.example.sbom.v1+json' }
  const tags: string[] = []
  for (const type of ['sig', 'sbom', 'x'.repeat(39)]) {
    const annotations = { 'org.opencontainers.reference.type': type }
    const text = image({ config, layers: [descriptor('sbom', 'text/spdx')], annotations })
    const hash = digestOf(text).slice('sha256:'.length, 'sha256:'.length + 16)
    const tag = `sha256-${hex}.${hash}.${type}`
    await pushed(send, text, { reference: tag })
    expect(await readBack(send, tag)).toBe(text)
    tags.push(tag)
  }
  expect(tags.at(-1)).toHaveLength(128)
  const answer = await send('GET', '/v2/app/tags/list')
  expect(((await answer.json()) as { tags: string[] }).tags).toEqual([...tags, 'v1'].sort())
})

test('F: an index of the subject and its artifacts, with their annotations, is read back', async () => {
  const send = await ready()
  const one = await pushed(send, image({ annotations: { a: 'b' } }))
  const annotations = {
    'org.opencontainers.reference.digest': subject.digest,
    'org.opencontainers.reference.type': 'sbom',
    'org.opencontainers.reference.description': 'what is in it',
  }
  const text = index([subject, { ...one, annotations }])
  await pushed(send, text, { reference: `sha256-${hex}` })
  expect(await readBack(send, `sha256-${hex}`)).toBe(text)
  const entry = JSON.parse(text).manifests[1] as { digest: string }
  expect((await send('GET', `/v2/app/manifests/${entry.digest}`)).status).toBe(200)
})
