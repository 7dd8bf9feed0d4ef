/**
 * What handlers answer, and how it becomes a `Response`. In Node a `Response` costs more than all that a handler does
 * for a small answer: its headers are checked and sorted, its bytes copied and read again from a stream. So an answer
 * stays plain until it leaves the registry, and a server may make of it what it sends best.
 *
 * @module
 */

/** The body of an answer. */
export type AnswerBody = Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>> | null

/** An answer to one request. */
export interface Answer {
  readonly status: number
  /** By their names in lower case. */
  readonly headers: Map<string, string>
  /** Bytes may be those of a storage: they are read and never changed. */
  readonly body: AnswerBody
}

/** Makes an answer; names of headers may be in any case. */
export function answerOf(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: AnswerBody = null,
): Answer {
  const lowered = new Map<string, string>()
  for (const name of Object.keys(headers)) lowered.set(name.toLowerCase(), headers[name]!)
  return { status, headers: lowered, body }
}

/** Makes the response to a request. */
export type Respond = (answer: Answer) => Response

const servers = new WeakMap<Request, Respond>()

/** Lets a server make the response to a request that it hands to a registry. */
export function respondBy(request: Request, respond: Respond): void {
  servers.set(request, respond)
}

/** Whether a request came through a server, and so in a turn of its own. */
export function isServed(request: Request): boolean {
  return servers.has(request)
}

/** The response to a request: its server's, or the platform's. */
export function responseTo(request: Request, answer: Answer): Response {
  const respond = servers.get(request)
  if (respond) return respond(answer)
  const { status, headers, body } = answer
  return new Response(body, { status, headers: [...headers] })
}
