/**
 * Pushing a stream in one `PUT`: for registries that take no chunks, or one alone (distribution-spec 1.1, "Pushing a
 * blob monolithically"). Nothing but what is on its way is in memory. Loaded when chunks were refused.
 *
 * @module
 */
import { ConnectionError, ContentError, RegistryError } from '../../errors.ts'
import { algorithmOf, createDigester } from '../../model/digest.ts'
import { delay } from '../../platform/abort.ts'
import { backoff } from '../../platform/backoff.ts'
import { dropBody } from '../../platform/body.ts'
import { isPage } from '../../platform/page.ts'
import type { Repository } from '../repository.ts'
import { send } from '../send.ts'
import { isRefused, isSessionLost, MAX_RESTARTS } from './refused.ts'
import { type Content, checkExpected, openUpload } from './upload.ts'

/** Whether an upload failed because its registry takes no chunks, or no second one. */
export function refusesChunks(error: unknown): boolean {
  return error instanceof RegistryError && error.method === 'PATCH' && isRefused(error)
}

/**
 * Pushes a stream in one request, from its start again where the connection broke or the session was lost.
 *
 * Requests: `POST` and `PUT`, each time.
 *
 * @param open - gives the stream from its start
 * @throws `ContentError` where the stream is not what was announced: the registry gets no end of it then
 */
export async function pushWhole(
  repo: Repository,
  open: () => Promise<ReadableStream<Uint8Array<ArrayBuffer>>>,
  expected: Content,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let lost = 0; ; lost++) {
    const { session } = await openUpload(repo, {}, undefined, signal)
    const { body, failure } = await checkedBody(await open(), expected)
    try {
      return await put(repo, session!, body, expected, signal)
    } catch (error) {
      signal?.throwIfAborted()
      body.cancel(error).catch(() => {})
      // How a runtime passes on the error of a body differs.
      const own = failure()
      if (own) throw own.error
      const passes = error instanceof ConnectionError || isSessionLost(error, expected.size)
      if (lost === MAX_RESTARTS || !passes) throw error
      await delay(backoff(lost + 1, 300), signal)
    }
  }
}

async function put(
  repo: Repository,
  session: string,
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  { digest, size }: Content,
  signal: AbortSignal | undefined,
): Promise<void> {
  // Pages cannot send streams over HTTP/1.1; browsers keep large Blobs on disk.
  const body = isPage() ? await new Response(stream).blob() : stream
  // A stream has no length of its own, and some storages want to know it.
  const length = isPage() ? {} : { 'content-length': String(size) }
  const response = await send(repo, {
    method: 'PUT',
    path: `${session}${session.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`,
    headers: { 'content-type': 'application/octet-stream', ...length },
    body,
    actions: ['pull', 'push'],
    once: true,
    timeout: false,
    signal,
  })
  dropBody(response)
}

/** The same bytes, whose last chunk waits until all of them were compared with what was announced. */
async function checkedBody(stream: ReadableStream<Uint8Array<ArrayBuffer>>, expected: Content) {
  const digester = await createDigester(algorithmOf(expected.digest))
  const reader = stream.getReader()
  let held: Uint8Array<ArrayBuffer> | undefined
  let failure: { readonly error: unknown } | undefined

  async function next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { done, value } = await reader.read()
    if (done) {
      checkExpected(expected, await digester.digest(), digester.size)
      return undefined
    }
    await digester.update(value)
    if (digester.size <= expected.size) return value
    throw new ContentError(
      'SIZE_MISMATCH',
      'blob in bytes, more than',
      expected.size,
      digester.size,
    )
  }
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        try {
          held ??= await next()
          const following = held && (await next())
          if (held) controller.enqueue(held)
          held = following
          if (!held) controller.close()
        } catch (error) {
          failure = { error }
          reader.cancel(error).catch(() => {})
          throw error
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
  return { body, failure: () => failure }
}
