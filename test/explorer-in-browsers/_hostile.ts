// What somebody who may push can attach: markup, control characters, and much of it.
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { type Descriptor, type Repository, repository } from '../../src/index.ts'
import { type RunningServer, serve } from '../../src/node/index.ts'
import { pushBlob, putManifest } from '../../src/registry/index.ts'
import { pushImage } from '../_image.ts'

const MARKUP = '<img src=x onerror=alert(1)><script>alert(2)</script>'
/** A bell, the end of a text in C, and what turns the direction of text. */
const CONTROLS = '\u0007\u0000\u202e'
const HTML = `<!doctype html><body onload="alert(3)">${MARKUP}`

interface Artifact {
  readonly artifactType: string
  readonly data: string | Uint8Array
  readonly annotations?: Readonly<Record<string, string>>
}

/** As many packages as an operating system has, and more. */
const packages = Array.from({ length: 30_000 }, (_, at) => ({
  name: `${at}${MARKUP}${CONTROLS}`,
  versionInfo: `1.0.${at}`,
  licenseConcluded: '<b>none</b>',
}))

const artifacts: readonly Artifact[] = [
  {
    artifactType: `text/html;${MARKUP}${CONTROLS}`,
    data: HTML,
    annotations: { [`<b>${CONTROLS}`]: `${MARKUP}${CONTROLS}`, long: 'x'.repeat(300_000) },
  },
  {
    artifactType: 'application/spdx+json',
    data: JSON.stringify({ spdxVersion: 'SPDX-2.3', packages }),
  },
  // Over the 8 MiB that are shown.
  { artifactType: 'application/vnd.example.large', data: new Uint8Array(9 * 1024 * 1024) },
  { artifactType: 'application/vnd.example.binary', data: Uint8Array.of(0xff, 0xfe, 0, 0xd8) },
  { artifactType: 'application/vnd.example.deep+json', data: '['.repeat(250_000) },
]

/** What would run in the page's origin, if a browser took it for what it says that it is. */
const pages: Readonly<Record<string, string>> = {
  'text/html': '<title>none</title><script src="javascript"></script>',
  'text/javascript': 'document.title = "ran"',
}

/** A registry with all of it at `team/hostile:v1`; its tags and its errors are hostile, too. */
export async function serveHostile(): Promise<RunningServer> {
  const tags = JSON.stringify({ name: 'team/hostile', tags: ['v1', MARKUP, `v2${CONTROLS}`] })
  const errors = JSON.stringify({ errors: [{ code: 'DENIED', message: MARKUP + CONTROLS }] })
  const headers = { 'content-type': 'application/json' }
  const registry = embeddedRegistry({
    faults: [
      { path: '/v2/team/hostile/tags/list', answer: { status: 200, headers, body: tags } },
      ...['text/html', 'text/javascript'].map((type) => ({
        path: `/v2/team/hostile/blobs/${type.slice(5)}`,
        answer: { status: 200, headers: { 'content-type': type }, body: pages[type]! },
      })),
      { path: /^\/v2\/team\/denied\/referrers/, answer: { status: 403, headers, body: errors } },
    ],
  })
  for (const name of ['team/hostile', 'team/denied']) {
    const repo = repository(`registry.test/${name}`, { fetch: registry.fetch })
    const image = await pushImage(repo)
    if (name === 'team/denied') continue
    for (const artifact of artifacts) await push(repo, image, artifact)
  }
  return serve(registry)
}

/** As it is: what writes artifacts would refuse it. */
async function push(repo: Repository, subject: Descriptor, artifact: Artifact): Promise<void> {
  const { artifactType, data, annotations } = artifact
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const config = await pushBlob(repo, '{}', { mediaType: 'application/vnd.oci.empty.v1+json' })
  const layer = { ...(await pushBlob(repo, data)), mediaType: artifactType }
  const { digest, size } = subject
  const manifest = {
    schemaVersion: 2,
    mediaType,
    artifactType,
    config,
    layers: [layer],
    subject: { mediaType, digest, size },
    ...(annotations && { annotations }),
  }
  const bytes = new TextEncoder().encode(JSON.stringify(manifest))
  await putManifest(repo, undefined, bytes, { mediaType })
}
