/**
 * An upload of data in memory, as somebody watches it move (distribution-spec 1.1, "Pushing a blob monolithically").
 *
 * @module
 */
import { isPage } from '../../platform/page.ts'
import type { Repository } from '../repository.ts'
import { type Content, closeUpload } from './upload.ts'

/** Bytes that are handed over at a time. */
const STEP = 256 * 1024

/**
 * Ends an upload with all of its data in one `PUT`, and says how much of it was handed to the connection.
 *
 * @returns whether it is done: a stream cannot be sent again after a redirect or a login, so that what it fails with is
 *   for a request without one to find out
 */
export async function closeWatched(
  repo: Repository,
  session: string,
  source: Uint8Array | Blob,
  { digest, size }: Content,
  report: (done: number) => void,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  // Pages cannot send streams over HTTP/1.1.
  if (isPage()) return false
  let at = 0
  let failure: { readonly error: unknown } | undefined
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        const part = source.slice(at, at + STEP)
        const bytes = part instanceof Blob ? await part.arrayBuffer() : part
        try {
          if (at > 0) report(at)
        } catch (error) {
          failure = { error }
          throw error
        }
        at = Math.min(at + STEP, size)
        controller.enqueue(new Uint8Array(bytes))
        if (at === size) controller.close()
      },
    },
    { highWaterMark: 0 },
  )
  try {
    await closeUpload(repo, session, digest, body, signal, size)
    return true
  } catch {
    signal?.throwIfAborted()
    // What the caller's own function throws ends the call.
    if (failure) throw failure.error
    return false
  }
}
