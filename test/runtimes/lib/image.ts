// What the programs of docs/runtimes.md work on: `team/app:v1` with an SBOM, on a registry that lets pages in.
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import { attach, repository } from '../../../src/index.ts'
import { serve } from '../../../src/node/index.ts'
import { pushImage } from '../../_image.ts'

export interface Served {
  /** `127.0.0.1:<port>` */
  readonly host: string
  /** Digest of the SBOM. */
  readonly sbom: string
  /** What is attached to the image now. */
  count(): Promise<number>
  close(): Promise<void>
}

export async function serveImage(): Promise<Served> {
  const registry = embeddedRegistry()
  const server = await serve(registry, { closeTimeout: 100 })
  const app = repository('registry.test/team/app', { fetch: registry.fetch })
  const image = await pushImage(app)
  const mediaType = 'application/spdx+json'
  const blobs = [{ data: '{"spdxVersion":"SPDX-2.3"}', mediaType }]
  const { digest } = await attach(app, 'v1', { artifactType: mediaType, blobs })
  return {
    host: server.host,
    sbom: digest,
    async count() {
      const path = `/v2/team/app/referrers/${image.digest}`
      const answer = await registry.fetch(new Request(`http://registry.test${path}`))
      return ((await answer.json()) as { manifests: unknown[] }).manifests.length
    },
    close: () => server.close(),
  }
}
