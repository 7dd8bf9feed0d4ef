// Every call takes every way of naming a subject, and refuses the others before any request.
import { expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import {
  attach,
  detach,
  detect,
  discover,
  hasReferrer,
  type Repository,
  referrers,
  repository,
  type Subject,
} from '../../src/index.ts'
import { all, pushImage } from '../_image.ts'
import { recorded } from '../_wire.ts'

const note = { artifactType: 'application/vnd.example.note', annotations: { text: 'x' } }
const nothing = `sha256:${'0'.repeat(64)}`

const calls: Record<string, (app: Repository, subject: Subject) => Promise<unknown>> = {
  attach: (app, subject) => attach(app, subject, note),
  referrers: async (app, subject) => all(referrers(app, subject)),
  hasReferrer: (app, subject) => hasReferrer(app, subject),
  discover: (app, subject) => discover(app, subject),
  detect: (app, subject) => detect(app, { subject }),
  detach: (app, subject) => detach(app, subject, nothing),
}

async function setUp() {
  const wire = recorded(embeddedRegistry().fetch)
  const app = repository('registry.test/team/app', { fetch: wire.fetch })
  const image = await pushImage(app)
  // An artifact is a subject too: of its signatures.
  const sbom = await attach(app, image, note)
  await attach(app, sbom, note)
  wire.reset()
  return { app, wire, sbom }
}

/** Requests that were sent at the same time are answered in any order. */
function inOrder(result: unknown): unknown {
  const sorted = (key: string, value: unknown) =>
    key === 'requests'
      ? (value as { readonly path: string }[]).toSorted((a, b) => (a.path < b.path ? -1 : 1))
      : value
  return JSON.parse(JSON.stringify(result ?? null, sorted))
}

test.each(Object.entries(calls))('%s takes each of them', async (name, call) => {
  const { app, sbom } = await setUp()
  const [found] = await all(referrers(app, 'v1'))
  expect(found!.digest).toBe(sbom.digest)
  const ways = [
    sbom.digest,
    `v1@${sbom.digest}`,
    `registry.test/team/app@${sbom.digest}`,
    { mediaType: sbom.mediaType, digest: sbom.digest, size: sbom.size },
    sbom,
    found!,
  ]
  const results = (await Promise.all(ways.map((subject) => call(app, subject)))).map(inOrder)
  for (const result of results) expect(result).toEqual(results[0])
  if (name === 'referrers') expect(results[0]).toHaveLength(1)
})

test.each(Object.entries(calls))('%s refuses what names nothing here', async (_, call) => {
  const { app, wire } = await setUp()
  for (const subject of ['app:v1', 'other.test/team/app:v1', 'registry.test/team/app', '']) {
    const refused = async () => call(app, subject)
    await expect(refused()).rejects.toMatchObject({
      code: expect.stringMatching(/^INVALID_/),
      path: 'subject',
    })
  }
  expect(wire.lines()).toEqual([])
})
