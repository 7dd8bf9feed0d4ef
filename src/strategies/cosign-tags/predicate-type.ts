/**
 * What kind of statement an attestation holds. Loaded by cosign-tags.ts when a caller does not say.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import { getBlobBytes } from '../../registry/blobs/get.ts'
import { type Repository, warn } from '../../registry/repository.ts'

/**
 * The `predicateType` of an in-toto statement, bare or in a DSSE envelope.
 *
 * Requests: `GET blobs/<digest>`.
 *
 * @returns `undefined`, with a warning, where the blob holds none
 */
export async function readPredicateType(
  repo: Repository,
  layer: Descriptor,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const bytes = await getBlobBytes(repo, layer, { signal })
  try {
    const document = parse(bytes)
    const { payload } = document
    const statement = typeof payload === 'string' ? parse(decodeBase64(payload)) : document
    const { predicateType } = statement
    if (typeof predicateType === 'string') return predicateType
  } catch (error) {
    // Not JSON, or a payload that is not base64.
    if (!(error instanceof SyntaxError || error instanceof DOMException)) throw error
  }
  warn(repo, `${layer.digest} holds no in-toto statement: its predicateType is not written down`)
  return undefined
}

function parse(bytes: Uint8Array): Record<string, unknown> {
  return Object(JSON.parse(new TextDecoder().decode(bytes)))
}

// DSSE 1.0, "Envelope": either alphabet.
function decodeBase64(text: string): Uint8Array {
  const standard = text.replaceAll('-', '+').replaceAll('_', '/')
  return Uint8Array.from(atob(standard), (char) => char.charCodeAt(0))
}
