// Images with artifacts of all kinds attached, for the calls that read them.
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import {
  type ArtifactInput,
  attach,
  type Descriptor,
  type Fetch,
  parseDigest,
  type Repository,
  repository,
  type Strategy,
} from '../../../src/index.ts'
import { putManifest } from '../../../src/registry/index.ts'
import { pushImage } from '../../_image.ts'
import { type Recorded, recorded } from '../../_wire.ts'

export const SPDX = 'application/spdx+json'
export const SLSA = 'https://slsa.dev/provenance/v1'
export const INDEX = 'application/vnd.oci.image.index.v1+json'

export interface World {
  readonly app: Repository
  readonly image: Descriptor
  readonly wire: Recorded
}

export async function setUp(
  options: Parameters<typeof embeddedRegistry>[0] = {},
  warnings: string[] = [],
): Promise<World> {
  const wire = recorded(embeddedRegistry(options).fetch)
  const onWarning = ({ message }: { readonly message: string }) => warnings.push(message)
  const app = repository('registry.test/team/app', { fetch: wire.fetch, retries: 0, onWarning })
  const image = await pushImage(app)
  return { app, image, wire }
}

/** Another client of the same registry, which has seen nothing of it. */
export function fresh({ wire }: World): Repository {
  return repository('registry.test/team/app', { fetch: wire.fetch, retries: 0 })
}

export function sbom(data = '{"spdxVersion":"SPDX-2.3"}', created?: Date): ArtifactInput {
  return {
    artifactType: SPDX,
    blobs: [{ data, mediaType: SPDX }],
    ...(created && { created }),
  }
}

/** A statement about a manifest. */
export function statementOf(
  { digest }: Pick<Descriptor, 'digest'>,
  predicateType: string = SLSA,
  predicate: unknown = { by: 'test' },
): object {
  const [algorithm, hex] = digest.split(':') as [string, string]
  const subject = [{ name: 'app', digest: { [algorithm]: hex } }]
  return { _type: 'https://in-toto.io/Statement/v1', subject, predicateType, predicate }
}

export function envelopeOf(statement: object): object {
  const payload = btoa(JSON.stringify(statement))
  return { payloadType: 'application/vnd.in-toto+json', payload, signatures: [{ sig: 'MEU=' }] }
}

/** As cosign 3 attaches an attestation. */
export function bundleOf(statement: object, predicateType: string = SLSA): ArtifactInput {
  const mediaType = 'application/vnd.dev.sigstore.bundle.v0.3+json'
  const data = JSON.stringify({ mediaType, dsseEnvelope: envelopeOf(statement) })
  return {
    artifactType: mediaType,
    blobs: [{ data, mediaType }],
    annotations: {
      'dev.sigstore.bundle.content': 'dsse-envelope',
      'dev.sigstore.bundle.predicateType': predicateType,
    },
  }
}

/** An image of two platforms at `multi`. */
export async function pushMulti(app: Repository): Promise<{
  readonly index: Descriptor
  readonly platforms: readonly Descriptor[]
}> {
  const platforms: Descriptor[] = []
  for (const architecture of ['amd64', 'arm64']) {
    const image = await pushImage(app, architecture, architecture)
    platforms.push({ ...image, platform: { os: 'linux', architecture } })
  }
  const { descriptor: index } = await putManifest(app, 'multi', {
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: platforms,
  })
  return { index, platforms }
}

export async function attachWith(
  { app, image }: World,
  strategy: Strategy,
  artifact: ArtifactInput = sbom(),
): Promise<void> {
  await attach(app, image, artifact, { strategy, settle: 0 })
}

/** The same registry, with some requests answered otherwise: by what `answer` gives for a line such as `GET /v2/…`. */
export function faulty(
  world: World,
  answer: (line: string, request: Request) => Response | undefined | Promise<Response | undefined>,
  warnings: string[] = [],
): Repository {
  const onWarning = ({ message }: { readonly message: string }) => warnings.push(message)
  const fetch: Fetch = async (request) => {
    const line = `${request.method} ${new URL(request.url).pathname}`
    return (await answer(line, request)) ?? world.wire.fetch(request)
  }
  return repository('registry.test/team/app', { fetch, retries: 0, onWarning })
}

/** An entry of a list, of a manifest that is not there. */
export function madeUp(i: number, annotations?: Readonly<Record<string, string>>): Descriptor {
  const digest = parseDigest(`sha256:${i.toString(16).padStart(64, '0')}`)
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  return { mediaType, digest, size: 500, artifactType: SPDX, ...(annotations && { annotations }) }
}

/** An answer of the referrers API, in pages of a thousand. */
export function listOf(manifests: readonly Descriptor[], request: Request): Response {
  const url = new URL(request.url)
  const from = Number(url.searchParams.get('from'))
  const until = from + 1000
  const page = manifests.slice(from, until)
  const next = `<${url.pathname}?from=${until}>; rel="next"`
  const headers = { 'content-type': INDEX, ...(until < manifests.length && { link: next }) }
  const body = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: page })
  return new Response(body, { headers })
}
