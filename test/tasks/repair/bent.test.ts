// repair() where one answer is not what it should be: no entry that is right is lost, and what could not be read is no
// "complete".
import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import {
  attach,
  type Descriptor,
  isOcilinkError,
  referrersTag,
  repair,
  repository,
} from '../../../src/index.ts'
import { getManifest, putManifest } from '../../../src/registry/index.ts'
import { pushImage } from '../../_image.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const EMPTY = 'application/vnd.oci.empty.v1+json'
const coded = (code: string) => Response.json({ errors: [{ code }] }, { status: 404 })

async function setUp(bend: (count: number) => Response | undefined) {
  const registry = embeddedRegistry({ profile: 'distribution2' })
  const straight = repository('registry.test/team/app', { fetch: registry.fetch })
  const { digest } = await pushImage(straight)
  for (const text of ['1', '2', '3']) {
    const artifact = { artifactType: 'application/vnd.example.note', annotations: { text } }
    await attach(straight, digest, artifact, { settle: 0 })
  }
  const tag = referrersTag(digest)
  const read = async (): Promise<{ manifests: Descriptor[] }> =>
    JSON.parse(new TextDecoder().decode((await getManifest(straight, tag)).bytes))
  const right = await read()
  const [first, ...others] = right.manifests
  const manifests = [{ ...first!, artifactType: EMPTY }, ...others]
  await putManifest(straight, tag, { ...right, manifests } as never)
  let count = 0
  const app = repository('registry.test/team/app', {
    retries: 0,
    fetch: async (request) => bend(++count) ?? registry.fetch(request),
  })
  return { app, right, read, sent: () => count }
}

const empty = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [] })

describe.each<[string, () => Response, readonly number[]]>([
  // The third read is that of the tag: by what the registry itself says, there is no list.
  ['404 of a proxy', () => new Response('<html>', { status: 404 }), []],
  ['404 of a manifest that is not known', () => coded('MANIFEST_UNKNOWN'), [3]],
  ['404 of a repository that is not known', () => coded('NAME_UNKNOWN'), []],
  ['an empty list', () => new Response(empty, { headers: { 'content-type': INDEX } }), [3]],
  ['a page', () => new Response('<html>', { headers: { 'content-type': 'text/html' } }), []],
  ['202', () => new Response(null, { status: 202 }), []],
  ['403', () => Response.json({}, { status: 403 }), []],
  ['500', () => Response.json({}, { status: 500 }), []],
])('one answer is %s', (_, answer, unseen) => {
  test('costs no entry, and is not said to be all', async () => {
    for (let at = 1; ; at++) {
      const { app, right, read, sent } = await setUp((count) =>
        count === at ? answer() : undefined,
      )
      const result = await repair(app, 'v1', { settle: 0 }).catch((error: unknown) => error)
      if (sent() < at) break
      const now = await read()
      const digests = ({ manifests }: typeof now) => manifests.map(({ digest }) => digest)
      expect(digests(now), `${at}`).toEqual(digests(right))
      if (result instanceof Error) expect(isOcilinkError(result), `${at}`).toBe(true)
      else if (!unseen.includes(at) && (result as { complete: boolean }).complete)
        expect(now, `${at}`).toEqual(right)
    }
  })
})

test('an entry whose manifest cannot be read is left, and the rest corrected', async () => {
  const { app, right, read } = await setUp((count) =>
    count === 5 ? new Response('<html>', { status: 404 }) : undefined,
  )
  const { items, left, complete } = await repair(app, 'v1', { settle: 0 })
  expect(complete).toBe(false)
  expect(left).toMatchObject([{ unread: true, reason: expect.stringContaining('cannot be read') }])
  expect(items.length + left.length).toBeLessThanOrEqual(2)
  expect((await read()).manifests).toHaveLength(right.manifests.length)
})
