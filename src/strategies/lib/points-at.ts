/**
 * Whether a manifest makes a link: the field by which it names its subject.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import type { Manifest } from '../../model/manifest.ts'

/**
 * Whether a manifest points at a subject; `'listed'` where only its entry says so; `undefined` where it does, or may,
 * by another strategy's field, which needs no warning.
 */
export type PointsAt = (manifest: Manifest, subject: Digest) => boolean | 'listed' | undefined

/**
 * By `subject`; or by `refers`, as proposal E called it before the name was settled. A manifest with
 * neither that has a `reference` is proposal B's.
 */
export const bySubject: PointsAt = (manifest, subject) => {
  const { subject: own, refers, reference } = manifest as Pointing
  if (own?.digest === subject || refers?.digest === subject) return true
  return own || refers || !reference ? false : undefined
}

interface Pointing {
  readonly subject?: Descriptor
  /** Not checked when it was read. */
  readonly refers?: { readonly digest?: unknown } | null
  readonly reference?: unknown
}
