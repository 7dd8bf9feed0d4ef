/**
 * When two referrers are the same.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Referrer } from '../../strategies/strategy.ts'

/** Whether a referrer is another one, or has all that it holds: cosign adds layers to what is there. */
export function holds(
  other: Pick<Referrer, 'digest' | 'layers'>,
  { digest, layers }: Pick<Referrer, 'digest' | 'layers'>,
): boolean {
  if (other.digest === digest) return true
  if (!layers || !other.layers) return false
  const there = new Set(other.layers.map(keyOf))
  return layers.every((layer) => there.has(keyOf(layer)))
}

/** Layers of one digest differ by what their annotations say, such as a signature. */
function keyOf({ mediaType, digest, annotations = {} }: Descriptor): string {
  return JSON.stringify([mediaType, digest, Object.entries(annotations).sort()])
}
