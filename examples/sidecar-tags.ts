// A linking strategy of one's own, outside the package: each artifact is an image manifest that names
// its subject in an annotation, at a tag made of both digests. docs/how-to-write-a-strategy.md walks
// through it. Use it as any other: attach(app, 'v1', artifact, { strategy: sidecarTags() }).

import {
  InvalidInputError,
  parseDescriptor,
  parseManifest,
  type Referrer,
  type Strategy,
} from 'ocilink'
import {
  deleteManifest,
  findManifest,
  headManifest,
  listing,
  listTags,
  putManifest,
  type Repository,
} from 'ocilink/registry'

const SUBJECT = 'com.example.sidecar.subject'
const via = [{ strategy: 'sidecar-tags', source: 'tag' }]
// What a config or layer names where there is none: the two bytes {}.
const data = new TextEncoder().encode('{}')
const EMPTY = parseDescriptor({
  mediaType: 'application/vnd.oci.empty.v1+json',
  digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
  size: 2,
})

const short = (digest: string) => digest.slice(digest.indexOf(':') + 1).slice(0, 32)
const tagOf = (subject: string, artifact: string) => `sidecar-${short(subject)}-${short(artifact)}`

export function sidecarTags(): Strategy {
  return {
    name: 'sidecar-tags',
    spec: 'https://example.com/sidecar-tags',
    needs: [],
    byDigest: true,

    extraBlobs({ config, blobs }) {
      return config && blobs.length > 0 ? [] : [{ descriptor: EMPTY, data }]
    },

    describe(subject, { artifactType, config = EMPTY, blobs, annotations }) {
      return {
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        artifactType,
        config,
        layers: blobs.length > 0 ? blobs : [EMPTY],
        annotations: { ...annotations, [SUBJECT]: subject.digest },
      }
    },

    async publish(repo, subject, manifest, { tags = [], signal }) {
      const { descriptor } = await putManifest(repo, undefined, manifest, { signal })
      for (const tag of [tagOf(subject.digest, descriptor.digest), ...tags]) {
        await putManifest(repo, tag, manifest, { signal })
      }
      const { artifactType, annotations } = manifest as {
        artifactType: string
        annotations: object
      }
      return { ...descriptor, artifactType, ...own(annotations), subject, via, confirmed: true }
    },

    discover(repo, subject, { artifactType, annotations = {}, signal, maxPages }) {
      const prefix = `sidecar-${short(subject)}-`
      return listing(async function* () {
        for await (const page of listTags(repo, { signal, maxPages }).pages()) {
          const found: Referrer[] = []
          for (const tag of page.filter((name) => name.startsWith(prefix))) {
            const referrer = await readReferrer(repo, subject, tag, signal)
            const wanted = Object.entries(annotations)
            if (
              referrer &&
              (artifactType === undefined || referrer.artifactType === artifactType) &&
              wanted.every(([key, value]) => referrer.annotations?.[key] === value)
            ) {
              found.push(referrer)
            }
          }
          yield found
        }
      })
    },

    async withdraw(repo, subject, digest, { signal }) {
      if (await headManifest(repo, digest, { signal })) {
        if (!(await readReferrer(repo, subject, digest, signal))) {
          throw new InvalidInputError(
            'INVALID_INPUT',
            'referrer',
            `a referrer of ${subject}`,
            digest,
          )
        }
      }
      return { digest, deleted: await deleteManifest(repo, digest, { signal }), confirmed: true }
    },
  }
}

/** A manifest that says it belongs to the subject; its short tag alone proves nothing. */
async function readReferrer(
  repo: Repository,
  subject: Referrer['subject']['digest'],
  reference: string,
  signal: AbortSignal | undefined,
): Promise<Referrer | undefined> {
  const stored = await findManifest(repo, reference, { signal })
  if (!stored) return undefined
  const manifest = parseManifest(stored.bytes, stored.descriptor.mediaType)
  if (manifest.annotations?.[SUBJECT] !== subject) return undefined
  const { artifactType = '' } = manifest
  const link = { subject: { digest: subject }, via, confirmed: true }
  return { ...stored.descriptor, artifactType, ...own(manifest.annotations), ...link }
}

/** The artifact's annotations, without the one that makes the link. */
function own(annotations: object): { annotations?: Record<string, string> } {
  const rest = Object.entries(annotations).filter(([key]) => key !== SUBJECT)
  return rest.length > 0 ? { annotations: Object.fromEntries(rest) } : {}
}
