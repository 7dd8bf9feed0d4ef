// "Why does X say unsigned?": who sees what, by the rules of examples/explorer, on an embedded registry. Whether real
// clients agree is in test/live/why.test.ts and test/cosign/why.test.ts.
import { describe, expect, test } from 'vitest'
import { factsOf } from '../../examples/explorer/src/why/facts.ts'
import type { Kind } from '../../examples/explorer/src/why/kinds.ts'
import { clients } from '../../examples/explorer/src/why/rules.ts'
import { type Finding, whyNot } from '../../examples/explorer/src/why/why.ts'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import {
  attach,
  convert,
  type Digest,
  type Manifest,
  type Repository,
  referrersTag,
  repository,
  type Strategy,
} from '../../src/index.ts'
import { getManifest, putManifest } from '../../src/registry/index.ts'
import * as factories from '../../src/strategies/index.ts'
import { pushImage } from '../_image.ts'
import { type ArtifactName, artifacts, pushBuildkitImage, takes } from './_linked.ts'

const { cosignTags, digestTags, ociSubject } = factories
const strategies = Object.values(factories)
  .map((factory) => factory() as Strategy)
  .filter(({ choices }) => !choices)

function emptyRepository(options: Parameters<typeof embeddedRegistry>[0] = {}): Repository {
  return repository('registry.example/app', { fetch: embeddedRegistry(options).fetch })
}

/** An image with these attached. */
async function withAttached(
  repo: Repository,
  ...linked: readonly (readonly [ArtifactName, Strategy])[]
): Promise<Digest> {
  const { digest } = await pushImage(repo)
  for (const [name, strategy] of linked)
    await attach(repo, digest, artifacts[name], { strategy, settle: 0 })
  return digest
}

async function find(repo: Repository, subject: Digest, id: string, kind: Kind): Promise<Finding> {
  const client = clients.find((one) => one.id === id)!
  return whyNot(await factsOf(repo, subject), [client]).find((one) => one.kind === kind)!
}

describe('who sees what', () => {
  const kindOf = (name: ArtifactName): Kind =>
    name.includes('SBOM') ? 'sbom' : name.includes('provenance') ? 'provenance' : 'signature'
  const marks = { seen: 'yes', 'not seen': '–', unknown: '?' } as const

  test.each([
    { api: true, file: 'with-the-referrers-api' },
    { api: false, file: 'without-the-referrers-api' },
  ])('is this table: $file', async ({ api, file }) => {
    const rows = [['linked by', 'attached', ...clients.map(({ name }) => name)]]
    rows.push(rows[0]!.map(() => '---'))
    const row = async (way: string, what: string, kind: Kind, repo: Repository, digest: Digest) => {
      const findings = whyNot(await factsOf(repo, digest)).filter((one) => one.kind === kind)
      rows.push([way, what, ...findings.map(({ seen }) => marks[seen])])
    }
    for (const strategy of strategies) {
      for (const what of Object.keys(artifacts) as ArtifactName[]) {
        if (!takes(strategy, artifacts[what])) continue
        const repo = emptyRepository({ referrersApi: api })
        const digest = await withAttached(repo, [what, strategy])
        await row(strategy.name, what, kindOf(what), repo, digest)
      }
    }
    const repo = emptyRepository({ referrersApi: api })
    const { index } = await pushBuildkitImage(repo)
    await row('buildkit', 'an SBOM of BuildKit', 'sbom', repo, index)
    await row('buildkit', 'provenance of BuildKit', 'provenance', repo, index)
    const table = rows.map((cells) => `| ${cells.join(' | ')} |\n`).join('')
    await expect(table).toMatchFileSnapshot(`./who-sees-what-${file}.md`)
  })
})

describe('a sentence says why, and what helps', () => {
  test('nothing is attached', async () => {
    const repo = emptyRepository()
    const digest = await withAttached(repo)
    expect((await find(repo, digest, 'cosign-3', 'signature')).why).toMatchInlineSnapshot(
      `"Nothing that is attached is a signature: there is none for cosign 3 to see."`,
    )
  })

  test('it is linked where the client does not look, and converting helps', async () => {
    const repo = emptyRepository()
    const digest = await withAttached(repo, ['a signature of cosign 2', digestTags()])
    const before = await find(repo, digest, 'cosign-2', 'signature')
    expect(before).toMatchObject({ seen: 'not seen', digests: [] })
    expect(before.why).toMatchInlineSnapshot(
      `"cosign 2 looks only at the tag sha256-765d2d8f1ae9708c74d6d45983cbfd7f1831b3f646a18fa4f3674208adfddf29.sig; the signature is at a tag of its own (proposal D); \`ocilink convert … --as cosign-tags\` links it there too."`,
    )
    await convert(repo, digest, { to: cosignTags(), settle: 0 })
    const after = await find(repo, digest, 'cosign-2', 'signature')
    expect(after.seen).toBe('seen')
    expect(after.why).toMatchInlineSnapshot(
      `"cosign 2 sees a signature at the tag sha256-765d2d8f1ae9708c74d6d45983cbfd7f1831b3f646a18fa4f3674208adfddf29.sig (cosign verify)."`,
    )
  })

  test('it is of a format that the client does not know, and an option helps', async () => {
    const repo = emptyRepository()
    const digest = await withAttached(repo, ['a signature of cosign 3', ociSubject()])
    const finding = await find(repo, digest, 'cosign-2', 'signature')
    expect(finding.seen).toBe('not seen')
    expect(finding.why).toMatchInlineSnapshot(
      `"cosign 2 looks only at the tag sha256-765d2d8f1ae9708c74d6d45983cbfd7f1831b3f646a18fa4f3674208adfddf29.sig; the signature is in the list of the referrers API as application/vnd.dev.sigstore.bundle.v0.3+json; \`cosign sign\` makes one that it sees; with \`--new-bundle-format\` it sees the one that is there."`,
    )
  })

  test('a bundle keeps the client from the tag where it is', async () => {
    const repo = emptyRepository()
    const digest = await withAttached(
      repo,
      ['a signature of cosign 3', ociSubject()],
      ['an SBOM, attested by cosign 2', cosignTags()],
    )
    const finding = await find(repo, digest, 'cosign-3', 'sbom')
    expect(finding.seen).toBe('not seen')
    expect(finding.why).toMatchInlineSnapshot(
      `"cosign 3 finds a bundle in the list of the referrers API and then does not look at the tag sha256-765d2d8f1ae9708c74d6d45983cbfd7f1831b3f646a18fa4f3674208adfddf29.att, where the SBOM is; \`cosign attest --type spdxjson\` makes one that it sees."`,
    )
  })

  test('a bundle of something else is taken for a signature, and keeps the client from the real one', async () => {
    const repo = emptyRepository()
    const digest = await withAttached(
      repo,
      ['an SBOM, attested by cosign 3', ociSubject()],
      ['a signature of cosign 2', cosignTags()],
    )
    const finding = await find(repo, digest, 'cosign-3', 'signature')
    expect(finding.seen).toBe('seen')
    expect(finding.why).toMatchInlineSnapshot(
      `"cosign 3 sees a signature in the list of the referrers API (cosign verify): what is there is something else, but its type, application/vnd.dev.sigstore.bundle.v0.3+json, is enough; so it does not look at the tag sha256-765d2d8f1ae9708c74d6d45983cbfd7f1831b3f646a18fa4f3674208adfddf29.sig, where the signature is."`,
    )
  })

  test('more is attached than the client takes', async () => {
    const repo = emptyRepository()
    const digest = await withAttached(repo, ['a signature of cosign 3', ociSubject()])
    const facts = await factsOf(repo, digest)
    const [only] = facts.discovery.referrers
    const referrers = Array.from({ length: 51 }, () => only!)
    const kyverno = clients.find(({ id }) => id === 'kyverno')!
    const bundles = Object.values(kyverno.reads)
      .flatMap((rules) => ('never' in rules ? [] : rules))
      .filter(({ atMost }) => atMost)
      .map(({ option: _, ...rule }) => rule)
    const client = { ...kyverno, reads: { signature: bundles, sbom: [], provenance: [] } }
    const [finding] = whyNot({ ...facts, discovery: { ...facts.discovery, referrers } }, [client])
    expect(finding!.seen).toBe('not seen')
    expect(finding!.why).toMatchInlineSnapshot(
      `"Kyverno (ClusterPolicy) refuses an image with more than 50 referrers, and this one has 51."`,
    )
  })

  test('an attested SBOM is enough for a signature', async () => {
    const repo = emptyRepository()
    const digest = await withAttached(repo, ['an SBOM, attested by cosign 3', ociSubject()])
    const finding = await find(repo, digest, 'harbor', 'signature')
    expect(finding.seen).toBe('seen')
    expect(finding.why).toMatchInlineSnapshot(
      `"Harbor sees a signature among the manifests with a subject (the mark "signed"): what is there is something else, but its type, application/vnd.dev.sigstore.bundle.v0.3+json, is enough."`,
    )
  })

  test('the client has no notion of it', async () => {
    const repo = emptyRepository()
    const digest = await withAttached(repo, ['provenance of cosign 3', ociSubject()])
    const finding = await find(repo, digest, 'harbor', 'provenance')
    expect(finding.seen).toBe('not seen')
    expect(finding.why).toMatchInlineSnapshot(
      `"Harbor has no mark for provenance: it lists what has a subject as an accessory, whatever it is."`,
    )
  })

  test('it was linked at the tag before the registry had its API', async () => {
    const { fetch } = embeddedRegistry({ referrersApi: false })
    const before = repository('registry.example/app', { fetch })
    const digest = await withAttached(before, ['an SBOM', ociSubject()])
    const mediaType = 'application/vnd.oci.image.index.v1+json'
    const empty = JSON.stringify({ schemaVersion: 2, mediaType, manifests: [] })
    const repo = repository('registry.example/app', {
      fetch: async (request) =>
        request.url.includes('/referrers/')
          ? new Response(empty, { headers: { 'Content-Type': mediaType } })
          : fetch(request),
    })
    const finding = await find(repo, digest, 'oras', 'sbom')
    expect(finding.seen).toBe('not seen')
    expect(finding.why).toMatchInlineSnapshot(
      `"oras looks only in the list of the referrers API; the SBOM is in the index at the referrers tag, which it does not read where there is the referrers API; \`repair()\` has it listed there; with \`--distribution-spec v1.1-referrers-tag\` it sees the one that is there."`,
    )
  })

  test('the list has another type for it', async () => {
    const repo = emptyRepository({ referrersApi: false })
    const digest = await withAttached(repo, ['a signature of notation', ociSubject()])
    const { bytes } = await getManifest(repo, referrersTag(digest))
    const list = JSON.parse(new TextDecoder().decode(bytes))
    list.manifests[0].artifactType = 'application/vnd.oci.empty.v1+json'
    await putManifest(repo, referrersTag(digest), list as Manifest)
    const finding = await find(repo, digest, 'notation', 'signature')
    expect(finding.seen).toBe('not seen')
    expect(finding.why).toMatchInlineSnapshot(
      `"notation goes by the type in the list, which is application/vnd.oci.empty.v1+json for the signature; \`repair()\` writes the right one."`,
    )
  })

  test('it is in the image’s index, about a platform', async () => {
    const repo = emptyRepository()
    const { index } = await pushBuildkitImage(repo)
    const finding = await find(repo, index, 'oras', 'sbom')
    expect(finding.seen).toBe('not seen')
    expect(finding.why).toMatchInlineSnapshot(
      `"oras looks only in the list of the referrers API; the SBOM is in the image’s own index, attached to sha256:765d2d8f1ae9708c74d6d45983cbfd7f1831b3f646a18fa4f3674208adfddf29 and not to sha256:cc4638ca15a5ae7e0d82a37819e870b10d1c3297a9368532907a7d5d03b31748; \`ocilink convert … --as oci-subject\` links it there too, for who asks about sha256:765d2d8f1ae9708c74d6d45983cbfd7f1831b3f646a18fa4f3674208adfddf29."`,
    )
  })

  test('it is attached to a platform, and not to the index', async () => {
    const repo = emptyRepository()
    const platform = await withAttached(repo, ['a signature of cosign 2', cosignTags()])
    const { manifest } = { manifest: await getManifest(repo, platform) }
    const { descriptor } = await putManifest(repo, 'all', {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [{ ...manifest.descriptor, platform: { architecture: 'amd64', os: 'linux' } }],
    })
    const finding = await find(repo, descriptor.digest, 'cosign-2', 'signature')
    expect(finding.seen).toBe('not seen')
    expect(finding.why).toMatchInlineSnapshot(
      `"cosign 2 looks only at the tag sha256-ecf1a0f77c1756bc6007bfc1e6276367326692e78f2dd40af827cf310387994a.sig; the signature is at cosign’s tag .sig, attached to sha256:765d2d8f1ae9708c74d6d45983cbfd7f1831b3f646a18fa4f3674208adfddf29 and not to sha256:ecf1a0f77c1756bc6007bfc1e6276367326692e78f2dd40af827cf310387994a; asked about sha256:765d2d8f1ae9708c74d6d45983cbfd7f1831b3f646a18fa4f3674208adfddf29 it sees it."`,
    )
  })
})

describe('"unknown" is not "none"', () => {
  test('where a list cannot be read', async () => {
    const { fetch } = embeddedRegistry()
    const repo = repository('registry.example/app', { fetch })
    const digest = await withAttached(repo, ['an SBOM', ociSubject()])
    const broken = repository('registry.example/app', {
      fetch: async (request) =>
        request.url.includes('/referrers/') ? new Response('', { status: 403 }) : fetch(request),
    })
    const finding = await find(broken, digest, 'oras', 'sbom')
    expect(finding).toMatchObject({ seen: 'unknown', digests: [] })
    expect(finding.why).toMatch(/^Whether oras sees an SBOM cannot be told: .*403/)
    // What looks elsewhere is sure all the same.
    expect((await find(broken, digest, 'connaisseur', 'signature')).seen).toBe('not seen')
  })

  test('where nobody can read what is stated', async () => {
    const repo = emptyRepository()
    const { digest } = await pushImage(repo)
    const mediaType = 'application/vnd.dev.sigstore.bundle.v0.3+json'
    const blobs = [{ mediaType, data: 'no bundle' }]
    await attach(repo, digest, { artifactType: mediaType, blobs })
    expect(await find(repo, digest, 'cosign-3', 'sbom')).toMatchObject({ seen: 'unknown' })
  })
})

describe('the rules', () => {
  const all = clients.flatMap(({ id, reads }) =>
    Object.values(reads).flatMap((rules) =>
      ('never' in rules ? [rules] : rules).map((rule) => ({ id, rule })),
    ),
  )

  test('each says where it is written', () => {
    for (const { rule } of all) expect(rule.source).toMatch(/^https:\/\/\S+( \(\w+\))?$/)
  })

  test('those of clients that run in the tests are checked there', () => {
    const ids = [...new Set(all.filter(({ rule }) => rule.checked).map(({ id }) => id))]
    expect(ids).toEqual(['cosign-2', 'cosign-3', 'oras', 'regctl', 'notation'])
  })
})
