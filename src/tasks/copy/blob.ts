/**
 * One blob from one repository to another: present, mounted, or its bytes moved and checked as they pass
 * (distribution-spec 1.1, "Pulling blobs" and "Pushing blobs").
 *
 * @module
 */
import { AuthError, ContentError, RegistryError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import { verifyBytes } from '../../model/digest.ts'
import { decodeBase64 } from '../../platform/base64.ts'
import { openBlob } from '../../registry/blobs/blob-reader.ts'
import { hasBlob, mountBlob } from '../../registry/blobs/blobs.ts'
import { getBlobBytes } from '../../registry/blobs/get.ts'
import { pushBlob } from '../../registry/blobs/push.ts'
import { closeUpload, openUpload } from '../../registry/blobs/upload.ts'
import { copyError, during, type Job } from './job.ts'
import type { Item } from './ledger.ts'
import type { CopiedBlob } from './report.ts'

type Status = CopiedBlob['status']

/**
 * Blobs up to this many bytes are sent without looking whether they are there: a request costs as much as the bytes.
 * The rest is held in memory in parts.
 */
const SMALL = 1024 * 1024
/** Bytes of one part. */
const PART = 8 * 1024 * 1024
/** Bytes that are read ahead while a part is sent. With as many as a part has, a gibibyte took 80 MiB in place of 50. */
const AHEAD = 1024 * 1024

/**
 * Copies a blob.
 *
 * Requests: within one registry a mount, and no more where it mounts. Else `HEAD` at the destination for more than
 * 1 MiB; `GET` at the source, none where the descriptor carries its content; and those of pushing a blob.
 *
 * @param again - whether the destination has said that the blob is missing: then it is looked up
 * @throws `CopyError`
 */
export async function copyBlob(
  job: Job,
  blob: Descriptor,
  item: Item,
  again = false,
): Promise<Status> {
  const { to, distance, mounts, signal } = job
  if (distance === 'same repository') return 'present'
  if (job.dryRun) return plan(job, blob)
  if (distance === 'same registry' && !mounts.refused && !again && (await mount(job, blob))) {
    return 'mounted'
  }
  return during(job, { side: 'destination', descriptor: blob }, async () => {
    const looked = again || blob.size > SMALL
    if (looked && (await hasBlob(to, blob.digest, { signal }))) return 'present'
    return blob.size > SMALL
      ? job.large(() => sendLarge(job, blob, item))
      : job.small(() => sendSmall(job, blob))
  })
}

/** What would be done with a blob. */
async function plan(job: Job, blob: Descriptor): Promise<Status> {
  const { from, to, distance, signal } = job
  const here = during(job, { side: 'source', descriptor: blob }, async () => {
    if (inlined(blob) || (await hasBlob(from, blob.digest, { signal }))) return
    // The answer to a read says why.
    await (await openBlob(from, blob, signal)).cancel(undefined)
  })
  const there = during(job, { side: 'destination', descriptor: blob }, () =>
    hasBlob(to, blob.digest, { signal }),
  )
  const [, present] = await Promise.all([here, there])
  if (present) return 'present'
  return distance === 'same registry' ? 'mounted' : 'copied'
}

/**
 * Mounts a blob. One that fails before any has succeeded is enough to know that this registry, or this user, may not,
 * or that it is another registry of the same name.
 */
async function mount({ from, to, mounts, signal }: Job, { digest }: Descriptor): Promise<boolean> {
  try {
    const mounted = await mountBlob(to, digest, from.name, { signal })
    mounts.work ||= mounted
    mounts.refused ||= !mounts.work
    return mounted
  } catch (error) {
    signal.throwIfAborted()
    const refused = error instanceof RegistryError && error.status < 500 && error.status !== 429
    if (!refused && !(error instanceof AuthError)) throw error
    mounts.refused = true
    return false
  }
}

async function sendSmall(job: Job, blob: Descriptor): Promise<Status> {
  const { to, signal } = job
  const { digest, size } = blob
  if (to.capabilities.singlePost !== 'unsupported') {
    await pushBlob(to, await readSmall(job, blob), { digest, size, signal })
    return 'copied'
  }
  // The mount from itself opens an upload, or finds the blob there, while the bytes are read.
  const [bytes, { session }] = await Promise.all([
    readSmall(job, blob),
    openUpload(to, { mount: digest, from: to.name }, undefined, signal),
  ])
  if (!session) return 'present'
  await closeUpload(to, session, digest, bytes as Uint8Array<ArrayBuffer>, signal)
  return 'copied'
}

async function readSmall(job: Job, blob: Descriptor): Promise<Uint8Array> {
  const own = await verified(blob)
  if (own) return own
  const { from, signal } = job
  const { digest, size } = blob
  return during(job, { side: 'source', descriptor: blob }, () =>
    getBlobBytes(from, { digest, size }, { limit: SMALL, signal }),
  )
}

async function sendLarge(job: Job, blob: Descriptor, item: Item): Promise<Status> {
  const { signal } = job
  try {
    await (job.chunks.refused ? sendWhole(job, blob, item) : sendParts(job, blob, item))
  } catch (error) {
    signal.throwIfAborted()
    // What was read is compared with the digest before the upload is closed: other content is the source's fault.
    if (error instanceof ContentError) throw copyError({ side: 'source', descriptor: blob }, error)
    throw error
  }
  return 'copied'
}

/** Part by part, each of which is sent again where the connection breaks. */
async function sendParts(job: Job, blob: Descriptor, item: Item): Promise<void> {
  const { to, chunks, signal } = job
  const { digest, size } = blob
  const stream = await readAhead(job, blob, item)
  try {
    await pushBlob(to, stream, { digest, size, chunkSize: PART, signal })
  } catch (error) {
    signal.throwIfAborted()
    const { refusesChunks } = await import('../../registry/blobs/push-whole.ts')
    if (!refusesChunks(error)) throw error
    await sendWhole(job, blob, item)
    // Learnt only now, since some refuse everything.
    chunks.refused = true
  }
}

/** In one request, read from the source again. */
async function sendWhole(job: Job, blob: Descriptor, item: Item): Promise<void> {
  const { pushWhole } = await import('../../registry/blobs/push-whole.ts')
  await pushWhole(job.to, () => readAhead(job, blob, item), blob, job.signal)
}

/** A blob's bytes, read while those before them are sent. */
async function readAhead(
  job: Job,
  blob: Descriptor,
  item: Item,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const { from, signal } = job
  const failure = { side: 'source', descriptor: blob } as const
  const { digest, size } = blob
  const reader = await during(job, failure, () => openBlob(from, { digest, size }, signal))
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        const bytes = await during(job, failure, () => reader.read())
        if (!bytes) return controller.close()
        item.moved(bytes.byteLength)
        controller.enqueue(bytes as Uint8Array<ArrayBuffer>)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: AHEAD, size: (chunk) => chunk?.byteLength ?? 0 },
  )
}

function inlined({ data }: Descriptor): Uint8Array | undefined {
  return data === undefined ? undefined : decodeBase64(data)
}

/** The content that a descriptor carries, where it is what the descriptor names. */
async function verified(blob: Descriptor): Promise<Uint8Array | undefined> {
  const bytes = inlined(blob)
  if (!bytes) return undefined
  try {
    await verifyBytes(bytes, blob)
    return bytes
  } catch {
    return undefined
  }
}
