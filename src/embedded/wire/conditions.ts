/**
 * Conditional requests (RFC 9110 section 13): a manifest's ETag is its digest. The distribution-spec
 * allows clients to send them and wants nothing of registries.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import { Refusal } from './answers.ts'

/** The ETag of content with a digest. */
export function etagOf(digest: Digest): string {
  return `"${digest}"`
}

/** Whether a GET may be answered with 304: `If-None-Match` names what is there. */
export function isNotModified(
  request: Request,
  current: Digest,
  comparison: 'strong' | 'weak' = 'weak',
): boolean {
  const header = request.headers.get('If-None-Match')
  return header !== null && names(header, current, comparison)
}

/** Whether a write has conditions at all. */
export function hasConditions({ headers }: Request): boolean {
  return headers.has('If-Match') || headers.has('If-None-Match')
}

/**
 * Checks `If-Match` and `If-None-Match` of a write against what is there now.
 *
 * @throws {@link Refusal} 412
 */
export function requireConditions(request: Request, current: Digest | undefined): void {
  const match = request.headers.get('If-Match')
  const noneMatch = request.headers.get('If-None-Match')
  const failed =
    (match !== null && !names(match, current, 'strong')) ||
    (noneMatch !== null && names(noneMatch, current, 'weak'))
  if (failed) {
    throw new Refusal(412, 'PRECONDITION_FAILED', 'what is there is not what was expected', {
      detail: { current: current ?? null },
      headers: current ? { ETag: etagOf(current) } : undefined,
    })
  }
}

/** Whether a list of ETags, or `*`, names the digest; a weak one never does in a strong comparison. */
function names(list: string, digest: Digest | undefined, comparison: 'strong' | 'weak'): boolean {
  if (digest === undefined) return false
  return list.split(',').some((entry) => {
    const tag = entry.trim()
    if (tag === '*' || tag === etagOf(digest)) return true
    return comparison === 'weak' && tag === `W/${etagOf(digest)}`
  })
}
