/**
 * Mounting: a blob of another repository becomes this one's, without its bytes (distribution-spec 1.1,
 * "Mounting a blob from another repository").
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import type { Call } from '../calls/call.ts'
import { isName } from '../wire/names.ts'

/** Whether a blob is this repository's now, because it was another's that the sender may read. */
export async function mountBlob(call: Call, digest: Digest): Promise<boolean> {
  const { access, query, registry, repository, request } = call
  const { mount } = registry.settings.uploads
  const from = query.get('from')
  const sources = mount === 'anywhere' && from === null ? [...registry.names.keys()] : [from ?? '']
  for (const source of mount === 'never' ? [] : sources) {
    if (!isName(source) || !access.may(source, 'pull')) continue
    if (await repository.linkBlob(digest, source)) return true
    request.signal.throwIfAborted()
  }
  return false
}
