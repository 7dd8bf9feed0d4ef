// PROPOSAL_E.md, "Image Spec", "Artifact Spec" and "Referrers API": `refers`, which OCI 1.1 then called `subject`.
import { expect, test } from 'vitest'
import { descriptor, digestOf, IMAGE, INDEX, image, pushImage, start } from '../_registry.ts'
import { artifact, digests, pushed, read, refusedPush } from './_proposals.ts'

const refers = { mediaType: IMAGE, digest: digestOf(image()), size: image().length }
const path = `/v2/app/_oci/artifacts/referrers?digest=${refers.digest}`

async function ready(options: Parameters<typeof start>[0] = {}) {
  const send = start(options)
  await pushImage(send, 'app', 'v1')
  const document = JSON.parse(image())
  const ofImage = await pushed(
    send,
    JSON.stringify({ ...document, artifactType: 'a/image', refers, annotations: { a: 'b' } }),
  )
  const ofArtifact = await pushed(send, artifact({ artifactType: 'a/artifact', refers }))
  return { send, ofImage, ofArtifact }
}

test('image and artifact manifests with "refers" are listed as those with a subject', async () => {
  const { send, ofImage, ofArtifact } = await ready()
  const list = await read<{ manifests: { digest: string }[] }>(
    send,
    `/v2/app/referrers/${refers.digest}`,
  )
  const listed = list.manifests.map(({ digest }) => digest).sort()
  expect(listed).toEqual([ofImage.digest, ofArtifact.digest].sort())
})

test('the list is an image index at the group’s path too, for who accepts one, and says how it is filtered', async () => {
  const { send, ofImage, ofArtifact } = await ready()
  const headers = { Accept: INDEX }
  const whole = await send('GET', path, { headers })
  expect(whole.headers.get('content-type')).toBe(INDEX)
  const index = (await whole.json()) as { manifests: { digest: string }[]; annotations?: unknown }
  const listed = index.manifests.map(({ digest }) => digest).sort()
  expect(listed).toEqual([ofImage.digest, ofArtifact.digest].sort())
  expect(index.annotations).toBeUndefined()

  const filtered = await send('GET', `${path}&artifactType=a%2Fimage`, { headers })
  expect(await filtered.json()).toMatchObject({
    manifests: [{ digest: ofImage.digest, artifactType: 'a/image', annotations: { a: 'b' } }],
    annotations: { 'org.opencontainers.references.filtersApplied': 'artifactType' },
  })
})

test('pages of that index follow each other', async () => {
  const { send } = await ready({ pageSize: 1 })
  const found: string[] = []
  let next: string | undefined = path
  while (next) {
    const answer: Response = await send('GET', next, { headers: { Accept: INDEX } })
    const { manifests } = (await answer.json()) as { manifests: { digest: string }[] }
    found.push(...manifests.map(({ digest }) => digest))
    next = /<([^>]+)>/.exec(answer.headers.get('link') ?? '')?.[1]
  }
  expect(new Set(found).size).toBe(2)
})

test('proposal A’s list is what it was for everybody else', async () => {
  const { send } = await ready()
  const subject = refers
  const { digest } = await pushed(send, artifact({ subject }))
  expect(await digests(send, path)).toContain(digest)
})

test('a "refers" that is no descriptor links nothing, and is kept', async () => {
  const { send } = await ready()
  const text = artifact({ artifactType: 'a/odd', refers: 'v1' })
  const { digest } = await pushed(send, text)
  const stored = await send('GET', `/v2/app/manifests/${digest}`)
  expect(await stored.text()).toBe(text)
})

test('an artifact whose subject is a blob is refused, also where a missing subject is taken', async () => {
  const { send } = await ready({ missingSubject: 'accept' } as never)
  const { config } = JSON.parse(image()) as { config: { digest: string; size: number } }
  const subject = { mediaType: 'application/octet-stream', ...config }
  expect(await refusedPush(send, artifact({ subject }))).toContain('MANIFEST_INVALID')
  const missing = descriptor('nothing')
  await pushed(send, artifact({ subject: { ...missing, mediaType: IMAGE } }))
})
