/**
 * By what an entry of an image's index shows that it is a link, whatever the way of linking: the marks of all strategies
 * without the strategies, of which most calls need only a few.
 *
 * @module
 */
import type { Descriptor } from '../model/descriptor.ts'
import { ATTESTATION, DIGEST_REFERENCE, REFERENCE } from './lib/annotations.ts'

const marks = [ATTESTATION, REFERENCE, DIGEST_REFERENCE]

/** Whether an entry is a link by one of the strategies of ocilink/strategies, and so no platform of the image. */
export function isLinkEntry({ annotations = {}, reference }: Descriptor): boolean {
  return !!reference || marks.some((mark) => annotations[mark] !== undefined)
}
