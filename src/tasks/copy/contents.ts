/**
 * Manifests with all that they list: children before parents, each once.
 *
 * @module
 */
import pLimit from 'p-limit'
import { parseAnyManifest } from '../../model/any-manifest.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import type { Manifest } from '../../model/manifest.ts'
import { isKnownManifestType } from '../../model/media-types.ts'
import { successors } from '../../model/successors.ts'
import { acceptOf } from '../../registry/accept.ts'
import { writeAgain } from '../../registry/blobs/missing.ts'
import { findManifest, getManifest, putManifest } from '../../registry/manifests.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'
import { copyBlob } from './blob.ts'
import { during, isNotFound, type Job, onceEach } from './job.ts'
import { sparseHint } from './platforms.ts'

/** A manifest as the source has it. */
export interface SourceManifest extends StoredManifest {
  /** `undefined` for a type that is not known. */
  readonly manifest: Manifest | undefined
}

/** What is copied. */
export interface Contents {
  /** Whether a manifest is at the destination, before it is copied. */
  isThere(descriptor: Descriptor): Promise<boolean>
  /** Copies what a manifest lists, and not the manifest itself. */
  prepare(descriptor: Descriptor): Promise<SourceManifest>
  /** Copies a manifest with all that it lists. */
  place(descriptor: Descriptor): Promise<SourceManifest>
  /** Writes a manifest that was prepared, as its own bytes; `reference` is a tag or its digest. */
  write(source: SourceManifest, reference: string): Promise<void>
  /** Waits until nothing is under way. */
  ended(): Promise<void>
  /** Runs a write; again where the registry says that a blob is missing, which is copied again before. */
  writing<T>(sources: readonly SourceManifest[], write: () => Promise<T>): Promise<T>
}

/**
 * Some more than requests at once. Each that waits has a listener at one signal, and adding one goes through all: 20 000
 * at once took 20 s.
 */
const PREPARED_AT_ONCE = 100

/** Types of layers that registries need not have (image-spec 1.1, "Non-Distributable Layers"; Docker's). */
const FOREIGN = /\.nondistributable\.|\.foreign\./

/**
 * The contents of one copy.
 *
 * @param byTag - a manifest that is not written by its digest, because it is written at a tag afterwards
 */
export function createContents(job: Job, byTag?: Digest | undefined): Contents {
  const { to, ledger, signal, dryRun, distance } = job
  const read = onceEach((descriptor) => readSource(job, descriptor))
  const isThere = onceEach((descriptor) =>
    during(job, { side: 'destination', descriptor }, () => findThere(job, descriptor)),
  )
  const blobOnce = onceEach((descriptor) => moveBlob(job, descriptor))

  const limit = pLimit(PREPARED_AT_ONCE)
  const prepare = onceEach((descriptor) =>
    limit(async () => {
      const source = await read(descriptor)
      await parts(source, false)
      return source
    }),
  )

  const place = onceEach(async (descriptor): Promise<SourceManifest> => {
    const item = ledger.open(descriptor)
    const [source, present] = await Promise.all([read(descriptor), isThere(descriptor)])
    await parts(source, present)
    const writes = !present && !dryRun && descriptor.digest !== byTag
    if (writes) await contents.write(source, descriptor.digest)
    item.done()
    const status = present ? 'present' : 'copied'
    ledger.manifests.set(descriptor.digest, { ...source.descriptor, status })
    return source
  })

  /**
   * Copies what a manifest lists. Registries take an image only with its blobs, so where the image is there they are
   * too; of an index that is no matter of course, so each of its manifests is looked up.
   */
  async function parts(source: SourceManifest, present: boolean): Promise<void> {
    await Promise.all(
      childrenOf(job, source).map(async ({ descriptor, isManifest }) => {
        if (!isManifest) return present ? keep(descriptor) : blobOnce(descriptor)
        try {
          await place(descriptor)
        } catch (error) {
          // An index may list anything, by a type of its own.
          if (isKnownManifestType(descriptor.mediaType) || !isNotFound(error)) throw error
          await blobOnce(descriptor)
        }
      }),
    )
  }

  /** Counts a blob that is there. */
  const keep = onceEach(async (descriptor) => {
    if (ledger.blobs.has(descriptor.digest)) return
    ledger.open(descriptor).done()
    ledger.blobs.set(descriptor.digest, { ...descriptor, status: 'present' })
  })

  const contents: Contents = {
    isThere,
    prepare,
    place,
    async ended() {
      await Promise.all([place.ended(), prepare.ended(), blobOnce.ended()])
    },
    async write(source, reference) {
      const { descriptor, bytes } = source
      const { mediaType } = descriptor
      const put = () => putManifest(to, reference, bytes, { mediaType, linked: true, signal })
      const hint = sparseHint(job, source.manifest)
      const failure = { side: 'destination', descriptor, hint } as const
      await during(job, failure, () => contents.writing([source], put))
    },
    async writing(sources, write) {
      try {
        return await write()
      } catch (error) {
        if (distance === 'same repository') throw error
        const blobs = sources.flatMap((source) =>
          childrenOf(job, source).flatMap(({ descriptor, isManifest }) =>
            isManifest ? [] : [descriptor],
          ),
        )
        const digests = blobs.map(({ digest }) => digest)
        const push = () => Promise.all(blobs.map((blob) => copyBlob(job, blob, IGNORED, true)))
        return writeAgain(to, digests, push, write, error, signal)
      }
    },
  }
  return contents
}

const IGNORED = { moved() {}, done() {} }

async function readSource(job: Job, descriptor: Descriptor): Promise<SourceManifest> {
  const { from, signal } = job
  const { digest } = descriptor
  return during(job, { side: 'source', descriptor }, async () => {
    const stored = await getManifest(from, digest, { accept: acceptOf(descriptor), signal })
    const known = isKnownManifestType(stored.descriptor.mediaType)
    if (known) {
      return { ...stored, manifest: parseAnyManifest(stored.bytes, stored.descriptor.mediaType) }
    }
    const reason = `what a manifest of type ${stored.descriptor.mediaType} lists is not known, so none of it was copied`
    job.ledger.losses.push({ digest, reason })
    return { ...stored, manifest: undefined }
  })
}

/** By `GET`: `HEAD` alone proves nothing where it finds nothing, and is followed by `GET` then. */
async function findThere(job: Job, descriptor: Descriptor): Promise<boolean> {
  if (job.distance === 'same repository') return true
  const { to, signal } = job
  const options = { intent: 'push', accept: acceptOf(descriptor), signal } as const
  return (await findManifest(to, descriptor.digest, options)) !== undefined
}

/** Copies a blob that may be missing at the source where its type says so. */
async function moveBlob(job: Job, descriptor: Descriptor): Promise<void> {
  const { ledger } = job
  const item = ledger.open(descriptor)
  try {
    const status = await copyBlob(job, descriptor, item)
    item.done()
    ledger.blobs.set(descriptor.digest, { ...descriptor, status })
  } catch (error) {
    const foreign = FOREIGN.test(descriptor.mediaType) || (descriptor.urls?.length ?? 0) > 0
    if (!foreign || !isNotFound(error)) throw error
    const where = descriptor.urls?.length ? `, but at ${descriptor.urls.join(', ')}` : ''
    const reason = `a layer that is not distributed: the source does not have it${where}`
    ledger.losses.push({ digest: descriptor.digest, reason })
  }
}

/** What a manifest lists, and not what it is attached to. */
function childrenOf(
  job: Job,
  { manifest }: SourceManifest,
): readonly { readonly descriptor: Descriptor; readonly isManifest: boolean }[] {
  if (!manifest) return []
  return successors(manifest).flatMap(({ role, descriptor }) => {
    switch (role) {
      case 'subject':
      case 'reference':
      case 'refers':
        return []
      case 'manifest':
        return job.leftOut(descriptor) ? [] : [{ descriptor, isManifest: true }]
      case 'object':
        return [{ descriptor, isManifest: isKnownManifestType(descriptor.mediaType) }]
      case 'config':
      case 'layer':
      case 'blob':
        return [{ descriptor, isManifest: false }]
      default:
        return role satisfies never
    }
  })
}
