/**
 * The kind of statement in an attestation, for callers that do not give it.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import { decodeBase64 } from '../../platform/base64.ts'
import { fieldsOf } from '../../platform/body.ts'
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
  const document = fieldsOf(await getBlobBytes(repo, layer, { signal }))
  const { payload } = document
  // DSSE 1.0, "Envelope": either alphabet.
  const statement =
    typeof payload === 'string' ? fieldsOf(decodeBase64(payload, 'either')) : document
  const { predicateType } = statement
  if (typeof predicateType === 'string') return predicateType
  warn(repo, `${layer.digest} holds no in-toto statement: its predicateType is not written down`)
  return undefined
}
