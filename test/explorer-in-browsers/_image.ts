// An image for two platforms with what releases have: an SBOM that is signed, a signature, provenance, a report.
import { attach, type Digest, type Repository } from '../../src/index.ts'
import { pushBlob, putManifest } from '../../src/registry/index.ts'
import { cosignTags } from '../../src/strategies/index.ts'
import { pushImage } from '../_image.ts'

const CREATED = 'org.opencontainers.image.created'
const SPDX = 'application/spdx+json'
const DSSE = 'application/vnd.dsse.envelope.v1+json'
const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json'
const NOTATION = 'application/vnd.cncf.notary.signature'
const TESTS = 'application/vnd.example.tests+json'

interface Attached {
  readonly type: string
  readonly mark: string
  readonly date: string
  readonly way: string
  /** Whether it is attached to another one of them. */
  readonly below?: true
}

/** What is attached, by the texts that the page has for it. */
export const attached: readonly Attached[] = [
  { type: SPDX, mark: 'SBOM', date: '2026-01-02 03:04', way: 'oci-subject' },
  { type: NOTATION, mark: 'signature', date: '2026-01-02 03:05', way: 'oci-subject', below: true },
  { type: TESTS, mark: 'other', date: '2026-01-02 03:09', way: 'oci-subject' },
  { type: SIMPLE_SIGNING, mark: 'signature', date: '', way: 'cosign-tags' },
  { type: DSSE, mark: 'provenance', date: '', way: 'cosign-tags' },
]

const packages = [
  ['left-pad', '1.3.0', 'WTFPL'],
  ['zlib', '1.3.1', 'Zlib'],
  ['openssl', '3.5.2', 'Apache-2.0'],
  ['busybox', '1.37.0', 'GPL-2.0-only'],
  ['ca-certificates', '20260611', 'MPL-2.0 AND MIT'],
].map(([name, versionInfo, licenseConcluded]) => ({ name, versionInfo, licenseConcluded }))

/** Pushes it at `v1` and `latest`, and beside it one at `bare`, to which nothing is attached. */
export async function pushRelease(repo: Repository): Promise<Digest> {
  await pushImage(repo, 'bare', 'bare')
  const image = await pushPlatforms(repo)
  const how = { settle: 0 }
  const sbom = {
    artifactType: SPDX,
    blobs: [{ data: JSON.stringify({ spdxVersion: 'SPDX-2.3', packages }), mediaType: SPDX }],
    annotations: { [CREATED]: '2026-01-02T03:04:05Z' },
  }
  const made = await attach(repo, image, sbom, how)
  const signature = {
    artifactType: NOTATION,
    blobs: [{ data: '{"payload":"e30"}', mediaType: 'application/jose+json' }],
    annotations: { [CREATED]: '2026-01-02T03:05:10Z' },
  }
  await attach(repo, made, signature, how)
  const report = {
    artifactType: TESTS,
    blobs: [{ data: '{"passed":212,"failed":0}', mediaType: 'application/json' }],
    annotations: { [CREATED]: '2026-01-02T03:09:00Z' },
  }
  await attach(repo, image, report, how)
  const bySigner = { strategy: cosignTags(), ...how }
  const annotations = { 'dev.cosignproject.cosign/signature': btoa('signed') }
  const payload = JSON.stringify({
    critical: {
      identity: { 'docker-reference': 'registry.example/team/app' },
      image: { 'docker-manifest-digest': image },
      type: 'cosign container image signature',
    },
  })
  const signed = [{ data: payload, mediaType: SIMPLE_SIGNING, annotations }]
  await attach(repo, image, { artifactType: SIMPLE_SIGNING, blobs: signed }, bySigner)
  const attested = [{ data: envelope(image), mediaType: DSSE }]
  await attach(repo, image, { artifactType: DSSE, blobs: attested }, bySigner)
  return image
}

/** An index of two images, at two tags. */
async function pushPlatforms(repo: Repository): Promise<Digest> {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const manifests = []
  for (const architecture of ['amd64', 'arm64']) {
    const platform = { os: 'linux', architecture }
    const config = await pushBlob(repo, JSON.stringify(platform), {
      mediaType: 'application/vnd.oci.image.config.v1+json',
    })
    const layer = await pushBlob(repo, `for ${architecture}`, {
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
    })
    const image = { schemaVersion: 2, mediaType, config, layers: [layer] } as const
    const { descriptor } = await putManifest(repo, undefined, image)
    manifests.push({ ...descriptor, platform })
  }
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests,
  } as const
  await putManifest(repo, 'latest', index)
  const { descriptor } = await putManifest(repo, 'v1', index)
  return descriptor.digest
}

/** Provenance (SLSA 1.0) in an envelope (DSSE 1.0). */
function envelope(image: Digest): string {
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'registry.example/team/app', digest: { sha256: image.slice(7) } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'https://example.com/build/v1',
        externalParameters: { repository: 'https://example.com/team/app', ref: 'refs/tags/v1' },
      },
      runDetails: {
        builder: { id: 'https://example.com/builders/release' },
        metadata: { startedOn: '2026-01-02T03:00:00Z', finishedOn: '2026-01-02T03:04:00Z' },
      },
    },
  }
  const payload = Buffer.from(JSON.stringify(statement)).toString('base64')
  const signatures = [{ keyid: '', sig: btoa('signed') }]
  return JSON.stringify({ payloadType: 'application/vnd.in-toto+json', payload, signatures })
}
