/**
 * What the upstream refuses of manifests (distribution-spec 1.1, "Error Codes").
 *
 * @module
 */
import { RegistryError } from '../errors.ts'
import { delay } from '../platform/abort.ts'
import { readBounded } from '../platform/body.ts'
import { errorAnswer } from './answers.ts'

/** Manifests that only registries of one proposal take. */
const ofProposals = /\bartifact\.manifest\.v1\+json|\boci\.node\.v1\+json/

export function isOfProposal(type: string | null): type is string {
  return type !== null && ofProposals.test(type)
}

/** What an error of the upstream has at most. */
const ERROR_LIMIT = 64 * 1024
/** What registries say of a type that they do not take. */
const ofType = /^(MANIFEST_INVALID|UNSUPPORTED|UNKNOWN)$/
const INSTEAD =
  'link by an image manifest with "subject" (OCI 1.1), which the gateway lists, ' +
  'by an image manifest with "reference" (proposal B), or by digest tags (proposal D)'

/** The upstream's refusal; where that is of the type, with what would be taken. */
export async function explained(answer: Response, type: string): Promise<Response> {
  const { status } = answer
  if (![400, 404, 405, 406, 415, 422, 501].includes(status)) return answer
  const { codes, same } = await read(answer)
  if (!codes.every((code) => ofType.test(code))) return same
  return errorAnswer(status, 'UNSUPPORTED', `the upstream does not take ${type}: ${INSTEAD}`)
}

/** Milliseconds before a manifest is sent again. */
const PAUSES = [50, 150, 400, 1000]

/**
 * Stores a manifest, again where one of its blobs is said to be missing: docker-registry says so of a blob that another
 * client writes at the same time, such as the empty one of all artifacts.
 */
export async function patiently(
  store: () => Promise<Response>,
  signal: AbortSignal,
): Promise<Response> {
  for (const pause of PAUSES) {
    const answer = await store()
    if (answer.status !== 400 && answer.status !== 404) return answer
    const { codes, same } = await read(answer)
    if (!codes.includes('MANIFEST_BLOB_UNKNOWN')) return same
    await delay(pause, signal)
  }
  return store()
}

/** Links a manifest, again as {@link patiently} stores it: that may write it once more. */
export async function linkPatiently<T>(link: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (const pause of PAUSES) {
    try {
      return await link()
    } catch (error) {
      const errors = error instanceof RegistryError ? error.errors : []
      if (!errors.some(({ code }) => code === 'MANIFEST_BLOB_UNKNOWN')) throw error
      await delay(pause, signal)
    }
  }
  return link()
}

/** What an error says, and the same answer, to be handed on. */
async function read(
  answer: Response,
): Promise<{ readonly codes: readonly string[]; readonly same: Response }> {
  const { status, headers } = answer
  const bytes = (await readBounded(answer, ERROR_LIMIT, 'cut')) as Uint8Array<ArrayBuffer>
  const codes = codesOf(new TextDecoder().decode(bytes))
  return { codes, same: new Response(bytes, { status, headers }) }
}

function codesOf(text: string): readonly string[] {
  try {
    return JSON.parse(text).errors.map(({ code }: { readonly code: unknown }) => String(code))
  } catch {
    return []
  }
}
