// Images with one thing attached, in one way: what discovery rules are asked about.
import type { ArtifactInput, Digest, Repository, Strategy } from '../../src/index.ts'
import { pushBlob, putManifest } from '../../src/registry/index.ts'
import { pushImage } from '../_image.ts'

export const types = {
  simpleSigning: 'application/vnd.dev.cosign.simplesigning.v1+json',
  bundle: 'application/vnd.dev.sigstore.bundle.v0.3+json',
  envelope: 'application/vnd.dsse.envelope.v1+json',
  notation: 'application/vnd.cncf.notary.signature',
  spdx: 'application/spdx+json',
} as const

const spdxPredicate = 'https://spdx.dev/Document'
const signPredicate = 'https://sigstore.dev/cosign/sign/v1'
const slsaPredicate = 'https://slsa.dev/provenance/v1'

/** A statement in an envelope, of which nobody but its reader knows what it states. */
const envelope = (predicateType: string): string => {
  const _type = 'https://in-toto.io/Statement/v0.1'
  const statement = { _type, subject: [], predicateType, predicate: {} }
  const payload = Buffer.from(JSON.stringify(statement)).toString('base64')
  return JSON.stringify({ payloadType: 'application/vnd.in-toto+json', payload, signatures: [] })
}

const one = (
  type: string,
  data: string,
  more: Partial<ArtifactInput> = {},
  annotations: Record<string, string> = {},
): ArtifactInput => ({
  artifactType: type,
  blobs: [{ mediaType: type, data, annotations }],
  ...more,
})

const bundle = (predicateType: string): ArtifactInput =>
  one(types.bundle, JSON.stringify({ mediaType: types.bundle, predicateType }), {
    annotations: {
      'dev.sigstore.bundle.content': 'dsse-envelope',
      'dev.sigstore.bundle.predicateType': predicateType,
    },
  })

export type ArtifactName =
  | 'a signature of cosign 2'
  | 'a signature of cosign 3'
  | 'a signature of notation'
  | 'an SBOM'
  | 'an SBOM, attested by cosign 2'
  | 'an SBOM, attested by cosign 3'
  | 'provenance of cosign 3'

/** Artifacts of each format, without a real signature: enough for what only lists. */
export const artifacts: Readonly<Record<ArtifactName, ArtifactInput>> = {
  'a signature of cosign 2': one(
    types.simpleSigning,
    '{"critical":{}}',
    {},
    {
      'dev.cosignproject.cosign/signature': 'MEYCIQ==',
    },
  ),
  'a signature of cosign 3': bundle(signPredicate),
  'a signature of notation': one(types.notation, '{"payload":""}'),
  'an SBOM': one(types.spdx, '{"spdxVersion":"SPDX-2.3"}'),
  'an SBOM, attested by cosign 2': one(
    types.envelope,
    envelope(spdxPredicate),
    {},
    {
      predicateType: spdxPredicate,
    },
  ),
  'an SBOM, attested by cosign 3': bundle(spdxPredicate),
  'provenance of cosign 3': bundle(slsaPredicate),
}

/** The ways of linking that take an artifact: cosign's tags have a place for its own formats alone. */
export function takes(strategy: Strategy, artifact: ArtifactInput): boolean {
  if (strategy.readOnly) return false
  try {
    strategy.check(artifact as Parameters<Strategy['check']>[0])
    return true
  } catch {
    return false
  }
}

/** An index of one image with BuildKit's attestation manifest about it: an SBOM and provenance. */
export async function pushBuildkitImage(
  repo: Repository,
  tag = 'v1',
): Promise<{ readonly index: Digest; readonly attestation: Digest }> {
  const image = await pushImage(repo, 'platform')
  const layers = await Promise.all(
    [spdxPredicate, slsaPredicate].map(async (predicateType) => {
      const mediaType = 'application/vnd.in-toto+json'
      const subject = [{ name: 'app', digest: { sha256: image.digest.replace('sha256:', '') } }]
      const _type = 'https://in-toto.io/Statement/v0.1'
      const statement = JSON.stringify({ _type, subject, predicateType, predicate: {} })
      const layer = await pushBlob(repo, statement, { mediaType })
      return { ...layer, annotations: { 'in-toto.io/predicate-type': predicateType } }
    }),
  )
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const config = await pushBlob(repo, '{"architecture":"unknown","os":"unknown"}', {
    mediaType: 'application/vnd.oci.image.config.v1+json',
  })
  const attestation = { schemaVersion: 2, mediaType, config, layers } as const
  const { descriptor } = await putManifest(repo, 'attestation', attestation)
  const { descriptor: index } = await putManifest(repo, tag, {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      { ...image, platform: { architecture: 'amd64', os: 'linux' } },
      {
        ...descriptor,
        platform: { architecture: 'unknown', os: 'unknown' },
        annotations: {
          'vnd.docker.reference.type': 'attestation-manifest',
          'vnd.docker.reference.digest': image.digest,
        },
      },
    ],
  })
  return { index: index.digest, attestation: descriptor.digest }
}
