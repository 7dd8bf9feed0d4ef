// Images in a registry, with something attached: by the library, so that each test of a command stands alone.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../src/embedded/index.ts'
import { attach, type Digest, type Repository, repository } from '../../src/index.ts'
import { serve } from '../../src/node/index.ts'
import { digestTags, ociSubject } from '../../src/strategies/index.ts'
import { pushImage } from '../_image.ts'

export const SBOM = 'application/spdx+json'
export const sbom = '{"spdxVersion":"SPDX-2.3"}'
export const IN_TOTO = 'application/vnd.in-toto+json'
export const PROVENANCE = 'https://slsa.dev/provenance/v1'

/** An image of a registry, and its repository. */
export interface Image {
  readonly repo: Repository
  readonly digest: Digest
  /** `host/name:v1`. */
  readonly reference: string
}

/** With what is attached to it. */
export interface LinkedImage extends Image {
  /** The same SBOM by OCI 1.1 and at a digest tag, and a statement. */
  readonly byList: Digest
  readonly byTag: Digest
  readonly stated: Digest
  readonly statement: object
}

/** A registry, and a directory with `sbom.json` in it. */
export interface Place {
  readonly host: string
  file(name: string): string
  image(name: string): Promise<Image>
  linked(name: string): Promise<LinkedImage>
  close(): Promise<void>
}

/** Starts a registry, by default one without the referrers API. */
export async function startPlace(
  options: EmbeddedRegistryOptions = { profile: 'distribution2' },
): Promise<Place> {
  const server = await serve(embeddedRegistry(options))
  const directory = await mkdtemp(join(tmpdir(), 'ocilink-cli-'))
  const file = (name: string) => join(directory, name)
  await writeFile(file('sbom.json'), sbom)

  const place: Place = {
    host: server.host,
    file,
    async image(name: string) {
      const repo = repository(`${server.host}/${name}`)
      const { digest } = await pushImage(repo)
      return { repo, digest, reference: `${server.host}/${name}:v1` }
    },
    async linked(name: string) {
      const image = await place.image(name)
      const { repo, digest } = image
      // Nobody else writes here: none is waited for.
      const options = { settle: 0 }
      const strategies = [ociSubject(), digestTags()]
      const given = { artifactType: SBOM, annotations: { team: 'a=b' } }
      const blobs = [{ data: sbom, mediaType: 'application/json' }] as const
      const made = await attach(repo, digest, { ...given, blobs }, { strategies, ...options })
      const subject = [{ name: 'app', digest: { sha256: digest.slice('sha256:'.length) } }]
      const _type = 'https://in-toto.io/Statement/v1'
      const statement = { _type, subject, predicateType: PROVENANCE, predicate: {} }
      const data = JSON.stringify(statement)
      const stated = await attach(
        repo,
        digest,
        { artifactType: IN_TOTO, blobs: [{ data, mediaType: IN_TOTO }] },
        options,
      )
      const [byList, byTag] = made.map(({ referrer }) => referrer!.digest)
      return { ...image, byList: byList!, byTag: byTag!, stated: stated.digest, statement }
    },
    async close() {
      await server.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
  return place
}
