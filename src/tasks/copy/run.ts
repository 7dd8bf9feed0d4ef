/**
 * One copy from start to end: the image, then what is attached to it, then the tags.
 *
 * @module
 */
import pLimit from 'p-limit'
import { ConflictError, RegistryError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import { getManifest, headManifest, putManifest } from '../../registry/manifests.ts'
import { internalsOf, ownerOf, type Repository } from '../../registry/repository.ts'
import { type Reads, readKey, type StoredManifest } from '../../registry/stored-manifest.ts'
import { observed } from '../../registry/views.ts'
import { reporter } from '../lib/reporter.ts'
import { type Contents, createContents, type SourceManifest } from './contents.ts'
import { during, type Job } from './job.ts'
import { createLedger } from './ledger.ts'
import type { CopyOptions } from './options.ts'
import { choosePlatforms, sparseHint } from './platforms.ts'
import { copyReferrers, findReferrers } from './referrers.ts'
import type { CopyReport } from './report.ts'

/** Contents in memory whole at once: as many as a repository sends requests. */
const SMALL_AT_ONCE = 12
/** Blobs that move in parts at once: of each, two parts are in memory. */
const LARGE_AT_ONCE = 3

/** What is at the destination changes while it is copied. */
const UNSHARED: Reads = { get: () => undefined, set: () => new Map() }

/** @param tags - checked */
export async function runCopy(
  from: Repository,
  target: string | Descriptor,
  to: Repository,
  tags: readonly string[],
  options: CopyOptions,
): Promise<CopyReport> {
  const { dryRun = false, onProgress, settle, signal: given } = options
  const stop = new AbortController()
  const signal = given ? AbortSignal.any([given, stop.signal]) : stop.signal
  let requests = 0
  const count = () => void requests++
  const reads: Reads = new Map()
  const progress = reporter(onProgress)
  const shared: Job = {
    from: observed(from, count, reads),
    to: observed(to, count, UNSHARED),
    distance: distanceOf(from, to),
    mounts: { work: false, refused: false },
    chunks: { refused: false },
    dryRun,
    ledger: createLedger((event) => {
      progress.report(event)
      progress.throwIfFailed()
    }),
    small: pLimit(SMALL_AT_ONCE),
    large: pLimit(LARGE_AT_ONCE),
    leftOut: () => false,
    settle,
    signal,
  }
  let contents: Contents | undefined
  try {
    const chosen = await choosePlatforms(shared, target, options.platforms)
    const job: Job = { ...shared, leftOut: chosen.leftOut }
    const image = await readImage(job, chosen.target, reads)
    const { digest } = image.descriptor
    // Where nothing is attached to it, its tag is the first that needs it.
    const byTag = !options.referrers && tags.length > 0 ? digest : undefined
    contents = createContents(job, byTag)
    const [source, discovery] = await Promise.all([
      contents.place(image.descriptor),
      options.referrers && findReferrers(job, contents, image, chosen.index, options),
    ])
    const attached = discovery
      ? await copyReferrers(job, contents, digest, discovery, options)
      : { referrers: [], sources: [], complete: true }
    await setTags(job, contents, source, tags)
    await progress.end()
    const { manifests, blobs, losses } = job.ledger
    return {
      complete: attached.complete && losses.length === 0,
      descriptor: image.descriptor,
      tags,
      manifests: [...manifests.values()],
      blobs: [...blobs.values()],
      referrers: attached.referrers,
      losses,
      sources: attached.sources,
      ...('cut' in attached && { cut: attached.cut }),
      requests,
      dryRun,
    }
  } catch (error) {
    stop.abort(error)
    await contents?.ended()
    throw error
  }
}

/** Reads what is to be copied; everything later finds it in `reads`. */
async function readImage(
  job: Job,
  target: string | Descriptor,
  reads: Reads,
): Promise<StoredManifest> {
  const { from, signal } = job
  const descriptor = typeof target === 'string' ? undefined : target
  const reference = descriptor?.digest ?? (target as string)
  const image = await during(job, { side: 'source', descriptor }, () =>
    getManifest(from, reference, { signal }),
  )
  reads.set(readKey(image.descriptor.digest, undefined), Promise.resolve(image))
  return image
}

function distanceOf(from: Repository, to: Repository): Job['distance'] {
  if (ownerOf(from).address === ownerOf(to).address) {
    return internalsOf(from).options.fetch === internalsOf(to).options.fetch
      ? 'same repository'
      : 'other registry'
  }
  // Where two registries only have one name, a mount does not find the blob, and its bytes are sent.
  return internalsOf(from).origin.origin === internalsOf(to).origin.origin
    ? 'same registry'
    : 'other registry'
}

/** Sets the tags, when all else is there. */
async function setTags(
  job: Job,
  contents: Contents,
  image: SourceManifest,
  tags: readonly string[],
): Promise<void> {
  if (job.dryRun) return
  const { descriptor } = image
  const { to, signal } = job
  const { mediaType, digest } = descriptor
  const failure = {
    side: 'destination',
    descriptor,
    hint: sparseHint(job, image.manifest),
  } as const
  await during(job, failure, () =>
    Promise.all(
      tags.map(async (tag) => {
        const put = () => putManifest(to, tag, image.bytes, { mediaType, linked: true, signal })
        try {
          await contents.writing([image], put)
        } catch (cause) {
          if (!(cause instanceof RegistryError) || cause.status >= 429) throw cause
          const there = await headManifest(to, tag, { intent: 'push', signal })
          // Where tags are immutable, a copy before this one may have set it.
          if (there?.digest === digest) return
          if (!there) throw cause
          const message = `The registry does not let the tag ${tag} be moved from ${there.digest} to ${digest}: ${cause.message}. Choose another with "tags"`
          throw new ConflictError(message, tag, 1, { cause })
        }
      }),
    ),
  )
}
