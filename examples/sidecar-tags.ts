// A linking strategy of one's own, outside the package: each artifact is an image manifest that names
// its subject in an annotation, at a tag made of both digests. docs/how-to-write-a-strategy.md walks
// through it. Use it as any other: attach(app, 'v1', artifact, { strategy: sidecarTags() }).

import {
  EMPTY,
  EMPTY_BYTES,
  type ImageManifest,
  InvalidInputError,
  parseManifest,
  type Referrer,
  type Strategy,
  type Via,
} from 'ocilink'
import {
  deleteManifest,
  findManifest,
  headManifest,
  listing,
  listTags,
  putManifest,
  type Repository,
  whatReaches,
} from 'ocilink/registry'

const SUBJECT = 'com.example.sidecar.subject'
const via: readonly Via[] = [{ strategy: 'sidecar-tags', source: 'tag', kept: 'tag' }]

const short = (digest: string) => digest.slice(digest.indexOf(':') + 1).slice(0, 32)
const tagOf = (subject: string, artifact: string) => `sidecar-${short(subject)}-${short(artifact)}`

export function sidecarTags(): Strategy<ImageManifest> {
  return {
    name: 'sidecar-tags',
    spec: 'https://example.com/sidecar-tags',
    needs: [],
    byDigest: true,

    check() {},

    blobs({ config, blobs }) {
      return config && blobs.length > 0 ? [] : [{ descriptor: EMPTY, data: EMPTY_BYTES }]
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

    read(manifest) {
      if (!('layers' in manifest) || !manifest.annotations?.[SUBJECT]) return undefined
      const { artifactType = '', config, layers, annotations } = manifest
      return {
        artifactType,
        blobs: layers.filter(({ digest }) => digest !== EMPTY.digest),
        ...(config.digest !== EMPTY.digest && { config }),
        ...own(annotations),
      }
    },

    async publish(repo, subject, referrers, { signal }) {
      return Promise.all(
        referrers.map(async ({ manifest, bytes, tags = [] }) => {
          const { artifactType, mediaType, annotations } = manifest
          const content = bytes ?? manifest
          const how = { mediaType, signal }
          const { descriptor } = await putManifest(repo, undefined, content, how)
          for (const tag of [tagOf(subject.digest, descriptor.digest), ...tags]) {
            await putManifest(repo, tag, content, how)
          }
          const type = artifactType !== undefined && { artifactType }
          return { ...descriptor, ...type, ...own(annotations), subject, via, confirmed: true }
        }),
      )
    },

    discover(repo, subject, { artifactType, annotations = {}, signal, maxPages }) {
      const prefix = `sidecar-${short(subject)}-`
      const types = artifactType && [artifactType].flat()
      return listing(async function* () {
        for await (const page of listTags(repo, { signal, maxPages }).pages()) {
          const found: Referrer[] = []
          for (const tag of page.filter((name) => name.startsWith(prefix))) {
            const referrer = await readReferrer(repo, subject, tag, signal)
            const wanted = Object.entries(annotations)
            if (
              referrer &&
              (!types || types.includes(referrer.artifactType ?? '')) &&
              wanted.every(([key, value]) => referrer.annotations?.[key] === value)
            ) {
              found.push(referrer)
            }
          }
          yield found
        }
      })
    },

    async withdraw(repo, subject, digest, { tags, maxTags, signal }) {
      if (!(await headManifest(repo, digest, { signal }))) {
        return { digest, deleted: false, confirmed: true }
      }
      if (!(await readReferrer(repo, subject, digest, signal))) {
        const expected = `a referrer of ${subject}`
        throw new InvalidInputError('INVALID_INPUT', 'referrer', expected, digest)
      }
      const tag = tagOf(subject, digest)
      const roots = [{ digest: subject }]
      const reason = await whatReaches(repo, digest, {
        except: [tag],
        roots,
        tags,
        maxTags,
        signal,
      })
      if (reason === undefined) {
        return { digest, deleted: await deleteManifest(repo, digest, { signal }), confirmed: true }
      }
      await deleteManifest(repo, tag, { signal })
      return { digest, deleted: false, action: 'tag-deleted', reason, confirmed: true }
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
  const found = { subject: { digest: subject }, via, confirmed: true }
  return { ...stored.descriptor, artifactType, ...own(manifest.annotations), ...found }
}

/** The artifact's annotations, without the one that makes the link. */
function own(annotations: Readonly<Record<string, string>> = {}): {
  annotations?: Record<string, string>
} {
  const rest = Object.entries(annotations).filter(([key]) => key !== SUBJECT)
  return rest.length > 0 ? { annotations: Object.fromEntries(rest) } : {}
}
