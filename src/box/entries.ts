/**
 * What a layout's `index.json` names, in the words of those that write layouts: tags as oras, regctl and skopeo
 * write them, full references as crane and containers/image do, and containerd's names, which docker, buildx and
 * regctl's export write beside a tag.
 *
 * @module
 */
import { InvalidInputError } from '../errors.ts'
import type { Descriptor } from '../model/descriptor.ts'
import { parseReference, parseTag } from '../model/reference.ts'
import { LARGEST_MANIFEST, REF_NAME, readEntry } from './layout-document.ts'

/** The full reference that containerd knows an image by. */
const CONTAINERD_NAME = 'io.containerd.image.name'

/** A manifest that a layout's `index.json` names, once for each name. */
export interface BoxEntry {
  /** As the entry has it, annotations included. */
  readonly descriptor: Descriptor
  /** `host[:port]/name`, where the entry says it; of `docker.io` where it says no host. */
  readonly repository?: string | undefined
  /** Its tag, where it has one. */
  readonly tag?: string | undefined
}

/** The entries that are manifests; what is none is left out. */
export function readEntries(manifests: readonly unknown[]): readonly BoxEntry[] {
  return manifests.flatMap((value): BoxEntry[] => {
    const descriptor = readEntry(value)
    if (!descriptor || descriptor.size > LARGEST_MANIFEST) return []
    return [{ descriptor, ...nameOf(descriptor) }]
  })
}

/** The repository and the tag that an entry is named by. */
export function nameOf({ annotations = {} }: Descriptor): Omit<BoxEntry, 'descriptor'> {
  const text = annotations[REF_NAME]
  const full = named(annotations[CONTAINERD_NAME])
  const tag = text === undefined ? undefined : quietly(() => parseTag(text))
  return tag === undefined ? (named(text) ?? full ?? {}) : { repository: full?.repository, tag }
}

function named(text: string | undefined): Omit<BoxEntry, 'descriptor'> | undefined {
  if (text === undefined) return undefined
  const reference = quietly(() => parseReference(text))
  return reference && { repository: `${reference.registry}/${reference.name}`, tag: reference.tag }
}

/** What a check gives, or undefined where it refuses. */
function quietly<T>(check: () => T): T | undefined {
  try {
    return check()
  } catch (error) {
    if (error instanceof InvalidInputError) return undefined
    throw error
  }
}
