// What remove() and prune() leave on real registries, as oras and regctl see it; what was attached by ocilink, oras and
// regctl goes alike.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  attach,
  type Fetch,
  prune,
  type Referrer,
  type Removal,
  type Repository,
  referrersTag,
  remove,
  repository,
} from '../../src/index.ts'
import { deleteManifest, findManifest, listTags } from '../../src/registry/index.ts'
import { cosignTags, digestTags, ociSubject } from '../../src/strategies/index.ts'
import { all, pushImage } from '../_image.ts'
import { distribution, dockerRegistry, olareg, type RunningRegistry } from './_registries.ts'
import { type Clients, clientsFor } from './_tools.ts'

const SPDX = 'application/spdx+json'
const ORAS = 'application/vnd.example.by-oras'
const REGCTL = 'application/vnd.example.by-regctl'

describe.concurrent.each([olareg, dockerRegistry, distribution])('$name', (registry) => {
  let running: RunningRegistry
  let clients: Clients
  beforeAll(async () => {
    running = await registry.start()
    clients = await clientsFor(running)
    await writeFile(join(clients.directory, 'note.txt'), 'by oras')
  })
  afterAll(async () => {
    await clients?.close()
    await running?.stop()
  })

  /** Attaches with three tools, and with ocilink in three ways. */
  async function attachWithAll(app: Repository, image: string): Promise<readonly string[]> {
    const reference = `${running.host}/${app.name}@${image}`
    await clients.oras('attach', '--artifact-type', ORAS, reference, 'note.txt:text/plain')
    const put = ['artifact', 'put', '--artifact-type', REGCTL, '--subject', reference]
    await clients.regctl(put, 'by regctl')
    const own: string[] = []
    for (const strategy of [ociSubject(), digestTags(), cosignTags({ suffix: 'sbom' })]) {
      const data = `{"by":"${strategy.name}","about":"${image}"}`
      const blobs = [{ data, mediaType: SPDX }]
      own.push((await attach(app, image, { artifactType: SPDX, blobs }, { strategy })).digest)
    }
    const listed = await clients.orasDiscover(reference)
    expect(listed.map(({ artifactType }) => artifactType).sort()).toEqual(
      [ORAS, REGCTL, SPDX].sort(),
    )
    return [...new Set([...own, ...listed.map(({ digest }) => digest)])]
  }

  const missing = async (app: Repository, digests: readonly string[]) => {
    const found = await Promise.all(digests.map((digest) => findManifest(app, digest)))
    return digests.filter((_, i) => found[i] === undefined)
  }
  const typesListed = async (app: Repository, image: string) => {
    const reference = `${running.host}/${app.name}@${image}`
    const types = (list: readonly { artifactType: string }[]) =>
      list.map(({ artifactType }) => artifactType).sort()
    return [
      types(await clients.orasDiscover(reference)),
      types(await clients.regctlList(reference)),
    ]
  }

  test('an image goes with what three tools attached, after a plan, and nothing of another', async () => {
    const app = repository(`${running.host}/deletes/removed`)
    const image = await clients.pushImage(app.name, 'v1')
    const other = (await pushImage(app, 'v2')).digest
    const dead = await attachWithAll(app, image)
    const lives = await attachWithAll(app, other)
    const before = await all(listTags(app))

    const made = await remove(app, 'v1', { referrers: true, dryRun: true })
    expect(await all(listTags(app))).toEqual(before)
    expect(await missing(app, [image, ...dead, ...lives])).toEqual([])
    const plan: Removal = JSON.parse(JSON.stringify(made))
    const planned = plan.items.map(({ digest }) => digest as string)
    for (const digest of [image, ...dead]) expect(planned).toContain(digest)

    const removal = await remove(app, 'v1', { referrers: true, plan })
    expect(removal.items).toEqual(made.items.map((item) => ({ ...item, status: 'done' })))
    expect(removal.complete).toBe(true)
    expect(await missing(app, [image, ...dead])).toEqual([image, ...dead])
    expect(await missing(app, [other, ...lives])).toEqual([])
    const tags = await all(listTags(app))
    expect(tags.filter((tag) => tag.startsWith(image.replace(':', '-')))).toEqual([])
    expect(tags).toContain('v2')
    const reference = `${running.host}/${app.name}@${image}`
    expect(await clients.orasDiscover(reference).catch(() => [])).toEqual([])
    // Of two that are deleted at the same moment olareg 0.2 sometimes goes on listing one.
    const left = await clients.regctlList(reference).catch(() => [])
    if (registry !== olareg) expect(left).toEqual([])
    const digests = left.map(({ digest }) => digest)
    expect(await missing(app, digests)).toEqual(digests)
    const types = [ORAS, REGCTL, SPDX].sort()
    expect(await typesListed(app, other)).toEqual([types, types])
    expect(await prune(app, { dryRun: true })).toMatchObject({ items: [], complete: true })
  })

  test('of an image with two tags only the named one goes, and all is listed as before', async () => {
    const app = repository(`${running.host}/deletes/two-tags`)
    const image = await clients.pushImage(app.name, 'v1')
    const attached = await attachWithAll(app, image)
    await clients.crane('tag', `${running.host}/${app.name}:v1`, 'latest')
    const { items, complete } = await remove(app, 'v1', { referrers: true })
    // docker-registry 2.8 deletes no tags.
    const status = registry === dockerRegistry ? 'refused' : 'done'
    expect(items).toMatchObject([{ action: 'delete-tag', tags: ['v1'], status }])
    expect(complete).toBe(status === 'done')
    expect(await all(listTags(app))).toContain('latest')
    expect(await missing(app, [image, ...attached])).toEqual([])
    const types = [ORAS, REGCTL, SPDX].sort()
    expect(await typesListed(app, image)).toEqual([types, types])
  })

  test('what tags link to an image that was deleted is pruned, and nothing else', async () => {
    const app = repository(`${running.host}/deletes/pruned`)
    const image = await clients.pushImage(app.name, 'v1')
    const other = (await pushImage(app, 'v2')).digest
    const dead = await attachWithAll(app, image)
    const lives = await attachWithAll(app, other)
    await deleteManifest(app, image)

    const plan = await prune(app, { dryRun: true })
    expect(await missing(app, [...dead, ...lives])).toEqual([])
    // By its list alone olareg knows what is attached by a subject: nobody finds that by a tag.
    const found = registry.referrersApi ? dead.slice(1, 3) : dead
    const { items, complete } = await prune(app, { plan })
    expect(items.map(({ status }) => status)).toEqual(items.map(() => 'done'))
    expect(complete).toBe(true)
    expect(await missing(app, [other, ...lives])).toEqual([])
    expect(await missing(app, found)).toEqual(found)
    const tags = await all(listTags(app))
    expect(tags.filter((tag) => tag.startsWith(image.replace(':', '-')))).toEqual([])
    const types = [ORAS, REGCTL, SPDX].sort()
    expect(await typesListed(app, other)).toEqual([types, types])
    expect(await prune(app)).toMatchObject({ items: [], complete: true })
  })

  test(`an image with 20 referrers takes at most ${registry.referrersApi ? 25 : 30} requests`, async () => {
    const straight = repository(`${running.host}/deletes/counted`)
    const image = await clients.pushImage(straight.name, 'v1')
    // One after the other: olareg may list one of two that come at the same moment.
    const made: Referrer[] = []
    for (let i = 0; i < 20; i++) {
      const artifact = { artifactType: SPDX, annotations: { i: `${i}` } }
      made.push(await attach(straight, image, artifact, { settle: 0 }))
    }
    const requests: string[] = []
    const watched: Fetch = async (request) => {
      requests.push(`${request.method} ${new URL(request.url).pathname}`)
      return fetch(request)
    }
    const app = repository(`${running.host}/${straight.name}`, { fetch: watched })
    const { items, complete } = await remove(app, 'v1', { referrers: true })
    expect(complete, JSON.stringify(items)).toBe(true)
    expect(
      await missing(
        straight,
        made.map(({ digest }) => digest),
      ),
    ).toHaveLength(20)
    expect(await findManifest(straight, image)).toBeUndefined()
    expect(await findManifest(straight, referrersTag(made[0]!.subject.digest))).toBeUndefined()
    const limit = registry.referrersApi ? 25 : 30
    const again = requests.slice(limit)
    // Of deletes that come at the same time olareg loses some: what is left is looked up and deleted again.
    const isAgain = (line: string) =>
      registry.referrersApi &&
      [...made.map(({ digest }) => digest), image, '/manifests/v1', '/tags/list'].some((end) =>
        line.endsWith(end),
      )
    expect(
      again.filter((line) => !isAgain(line)),
      requests.join('\n'),
    ).toEqual([])
  })
})
