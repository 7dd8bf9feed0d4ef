/**
 * What a list says of an entry is a hint: registries and clients leave out types and annotations, or have the type of
 * the config in place of the artifact's. Decides which manifests have to be read (distribution-spec 1.1, "Listing
 * Referrers").
 *
 * @module
 */
import { matchesAnnotations } from '../../model/annotations.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import { isIndexType } from '../../model/manifest.ts'
import { EMPTY_JSON, IMAGE_MANIFEST } from '../../model/media-types.ts'
import type { Capabilities } from '../../registry/capabilities.ts'
import type { Repository } from '../../registry/repository.ts'
import type { FindOptions, Via } from '../strategy.ts'

/** What was seen of a registry's list, by comparing entries with their manifests. */
export interface Truth {
  /** Whether it has the artifact's type where the config has another. */
  types?: boolean
  /** Whether it has the manifest's annotations. */
  annotations?: boolean
  /** Whether an entry had no type. */
  untyped?: boolean
}

/** By list, of each registry whose capabilities these are. */
const truths = /* @__PURE__ */ new WeakMap<Capabilities, Map<string, Truth>>()

/** What was seen of a list; `undefined` of one that clients write, each in its own way. */
export function truthOf({ capabilities }: Repository, { kept, source }: Via): Truth | undefined {
  if (kept !== 'registry') return undefined
  const lists = truths.get(capabilities) ?? new Map<string, Truth>()
  truths.set(capabilities, lists)
  const truth = lists.get(source) ?? {}
  lists.set(source, truth)
  if (source === 'referrers-api' && capabilities.typeFilter === 'supported') truth.types ??= true
  return truth
}

/** The same of one page: with the type of an empty config, it has the types of configs until the contrary is seen. */
export function truthOfPage(
  truth: Truth | undefined,
  page: readonly Descriptor[],
): Truth | undefined {
  return truth && !truth.types && hasEmptyTypes(page) ? { ...truth, types: false } : truth
}

/** Whether a type is the wanted one, or one of these. */
export function isOfType(type: string | undefined, wanted: FindOptions['artifactType']): boolean {
  if (wanted === undefined) return true
  return typeof wanted === 'string' ? type === wanted : type !== undefined && wanted.includes(type)
}

/** Whether a type may stand for another: none, the empty config's, and one whose name says that it is a config's. */
export function isVague(type: string | undefined): boolean {
  return !type || type === EMPTY_JSON || /[.+-]config([.+]|$)/.test(type)
}

/** Whether a page has an image with the type of an empty config: lists of configs' types have. */
export function hasEmptyTypes(page: readonly Descriptor[]): boolean {
  return page.some(
    ({ artifactType, mediaType }) => artifactType === EMPTY_JSON && mediaType === IMAGE_MANIFEST,
  )
}

/**
 * Whether the manifest of an entry has to be read before it is listed, or left out.
 *
 * @param truth - what was seen of the list, where a registry keeps it
 */
export function isDoubtful(
  entry: Descriptor,
  { artifactType: wanted, annotations: filter, verify }: FindOptions,
  truth: Truth | undefined,
): boolean {
  if (verify) return true
  const no = !isOfType(entry.artifactType, wanted)
  if (isTypeDoubtful(entry, no, wanted !== undefined, truth)) return true
  if (no || !filter) return false
  const { annotations = {} } = entry
  if (Object.keys(annotations).length === 0) return true
  return truth !== undefined && !truth.annotations && !matchesAnnotations(annotations, filter)
}

function isTypeDoubtful(
  { artifactType: type, mediaType }: Descriptor,
  no: boolean,
  filtered: boolean,
  truth: Truth | undefined,
): boolean {
  if (!truth) return isVague(type)
  // An index without a type of its own is listed without one.
  if (!type) return filtered || !isIndexType(mediaType)
  if (type === EMPTY_JSON) return true
  // What is no image has no config, but an index may be listed as something else.
  if (mediaType !== IMAGE_MANIFEST) return no && isIndexType(mediaType) && !truth.types
  return truth.types === false || (!truth.types && (no || isVague(type)))
}
