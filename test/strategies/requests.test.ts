// Counts what every strategy sends, and writes the table that docs/strategies/requests.md is. Where a
// number changes this fails; `npx vitest run --project node test/strategies/requests.test.ts -u` writes
// the file again, and the difference is there to be read.
import { expect, test, vi } from 'vitest'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../src/embedded/index.ts'
import {
  attach,
  detach,
  hasReferrer,
  isOcilinkError,
  type Repository,
  referrers,
  repository,
  type Strategy,
} from '../../src/index.ts'
import { pushBlob, putManifest } from '../../src/registry/index.ts'
import * as strategies from '../../src/strategies/index.ts'
import { all, pushImage } from '../_image.ts'
import { recorded } from '../_wire.ts'

vi.setConfig({ testTimeout: 60_000 })

const registries: Readonly<Record<string, EmbeddedRegistryOptions>> = {
  'With the APIs of every proposal, and single POST uploads': {},
  'With neither, as docker-registry 2.8 and distribution 3': { profile: 'distribution2' },
}

/** What is done one after the other by one process, to a subject that is known by its digest. */
const columns = [
  'attach',
  'attach again',
  'list',
  'list again',
  'filter by annotation',
  'is there one?',
  'detach',
] as const
type Column = (typeof columns)[number]

const typeOf: Readonly<Record<string, string>> = {
  'cosign-tags': 'application/vnd.dev.cosign.simplesigning.v1+json',
}

/** An artifact of one blob of 10 KB, as each strategy takes it. */
function artifact(strategy: Strategy, seed: number) {
  const artifactType = typeOf[strategy.name] ?? 'application/vnd.example.signature'
  const annotations = { 'dev.cosignproject.cosign/signature': `${seed}`, key: 'value' }
  const data = `${seed}`.padStart(10_240, 'x')
  return { artifactType, annotations, blobs: [{ data, mediaType: artifactType, annotations }] }
}

/** What only the manifest of an attestation says. */
const attested = { 'in-toto.io/predicate-type': 'https://spdx.dev/Document' }

/** An image index with an attestation of BuildKit's, for who only reads. */
async function pushAttested(app: Repository): Promise<string> {
  const image = await pushImage(app, 'platform')
  const statement = await pushBlob(app, '{}', { mediaType: 'application/vnd.in-toto+json' })
  const { descriptor: attestation } = await putManifest(app, undefined, {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: statement,
    layers: [{ ...statement, annotations: attested }],
  })
  const annotations = {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': image.digest,
  }
  const platform = { os: 'unknown', architecture: 'unknown' }
  const { descriptor } = await putManifest(app, 'v1', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [image, { ...attestation, platform, annotations }],
  })
  return descriptor.digest
}

/** Requests, and in brackets round trips: the longest chain of requests that wait for each other. */
async function measure(strategy: Strategy, options: EmbeddedRegistryOptions) {
  const registry = embeddedRegistry(options)
  const before = repository('registry.test/team/app', { fetch: registry.fetch })
  const subject = strategy.readOnly
    ? await pushAttested(before)
    : (await pushImage(before, 'v1')).digest
  // 20 ms an answer: enough to tell who waited for whom, within the window of a shared tag.
  const wire = recorded(registry.fetch, 20)
  const open = () => repository('registry.test/team/app', { fetch: wire.fetch })
  const cells = new Map<Column, string>()
  const count = async <T>(column: Column, act: () => Promise<T>): Promise<T> => {
    wire.reset()
    const result = await act()
    cells.set(column, `${wire.lines().length} (${wire.depth()})`)
    return result
  }

  let digest = ''
  if (!strategy.readOnly) {
    const writer = open()
    // As a process that is not alone, but for the wait.
    const write = { strategy, settle: 1 }
    const act = (seed: number) => attach(writer, subject, artifact(strategy, seed), write)
    digest = (await count('attach', () => act(1))).digest
    digest = (await count('attach again', () => act(2))).digest
  }
  const app = open()
  const annotations = strategy.readOnly ? attested : { key: 'value' }
  const list = (filter = {}) => all(referrers(app, subject, { strategy, ...filter }))
  const found = await count('list', () => list())
  await count('list again', () => list())
  const filtered = await count('filter by annotation', () => list({ annotations }))
  await count('is there one?', () => hasReferrer(app, subject, { strategy, artifactType: 'a/b' }))
  if (!strategy.readOnly) {
    await count('detach', () => detach(app, subject, digest, { strategy, settle: 1 }))
  }
  expect(found.length).toBeGreaterThan(0)
  expect(filtered.map((one) => one.digest)).toEqual(found.map((one) => one.digest))
  return cells
}

async function row(strategy: Strategy, options: EmbeddedRegistryOptions): Promise<string> {
  let cells: ReadonlyMap<Column, string>
  try {
    cells = await measure(strategy, options)
  } catch (error) {
    if (!isOcilinkError(error) || error.code !== 'UNSUPPORTED') throw error
    cells = new Map()
  }
  const texts = columns.map((column) => cells.get(column) || '–')
  return `| \`${strategy.name}\` | ${texts.join(' | ')} |`
}

const intro = `# Requests per strategy

This page is written by \`test/strategies/requests.test.ts\`, which counts what is sent and fails where
this page says something else.

Each cell is a number of requests, and in brackets the round trips: the longest chain of requests that
wait for each other. The artifact has one blob of 10 KB, the subject is given by its digest, no login is
wanted, and the 2-byte blob \`{}\` is not in the repository before the first \`attach\`. One process attaches
twice. Another one then lists both, lists again, lists those with an annotation, asks for a type that is
not there, and detaches one. A dash: not possible on such a registry, or with this strategy.
`

// Where the machine stalls for longer than the window of a shared tag, the tag is rightly read again.
test('what every strategy sends is what the table of requests says', { retry: 3 }, async () => {
  let page = intro
  for (const [title, options] of Object.entries(registries)) {
    page += `\n## ${title}\n\n| strategy | ${columns.join(' | ')} |\n|${'---|'.repeat(columns.length + 1)}\n`
    for (const factory of Object.values(strategies) as (() => Strategy)[]) {
      page += `${await row(factory(), options)}\n`
    }
  }
  await expect(page).toMatchFileSnapshot('../../docs/strategies/requests.md')
})
