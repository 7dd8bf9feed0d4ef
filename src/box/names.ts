/**
 * The repositories that a layout's entries name, and the tags of each.
 *
 * @module
 */
import { createSorted, type Sorted } from '../embedded/storage/sorted.ts'
import { InvalidInputError } from '../errors.ts'
import type { Digest } from '../model/digest.ts'
import { parseReference } from '../model/reference.ts'
import type { BoxEntry } from './entries.ts'

/** What a repository is called whose layout names none. */
export const UNNAMED = 'layout'

/** A repository of a layout. */
export interface NamedTags {
  /** Its name in requests. */
  readonly path: string
  readonly tags: Sorted<Digest>
}

/** The repositories of a layout. */
export interface Names {
  /** As their entries have them; none where no entry names one. */
  readonly known: readonly string[]
  /**
   * The name in requests of a name that somebody gave.
   *
   * @param name - undefined for the only one
   * @throws {@link InvalidInputError} where there are several and it is none of them
   */
  pathOf(name: string | undefined): string
  /** The tags of a repository by its name in requests; undefined for none of this layout. */
  tagsOf(path: string): Sorted<Digest> | undefined
}

/**
 * Sorts entries by repository. Those that name none are in each. Where no more than one repository is named, it
 * goes by whichever name: a layout seldom knows its own.
 */
export function namesOf(entries: readonly BoxEntry[], place: string): Names {
  const known = [...new Set(entries.flatMap(({ repository }) => repository ?? []))].sort()
  const repositories = new Map(known.map((full) => [pathFor(full, known), tagsOf(entries, full)]))
  const only = known.length > 1 ? undefined : firstOfEach(entries)
  return {
    known,
    pathOf(name) {
      const full = name === undefined ? only && known[0] : findName(name, known)
      if (full !== undefined) return pathFor(full, known)
      if (only) return name ?? UNNAMED
      const expected = `one of ${known.slice(0, 20).join(', ')}, which ${place} holds`
      throw new InvalidInputError('INVALID_INPUT', 'name', expected, name)
    },
    tagsOf: (path) => only ?? repositories.get(path),
  }
}

/** A name without its host, unless several hosts have it. */
function pathFor(full: string, known: readonly string[]): string {
  const own = withoutHost(full)
  const several = known.filter((other) => withoutHost(other) === own).length > 1
  // No name has a colon or a bracket.
  return several ? full.toLowerCase().replaceAll(/[^a-z0-9./_-]+/g, '-') : own
}

/** Which one is meant: with its host or without, or as docker shortens it. */
function findName(name: string, known: readonly string[]): string | undefined {
  if (known.includes(name)) return name
  const same = known.filter((full) => withoutHost(full) === name)
  if (same.length === 1) return same[0]
  if (same.length > 1) return undefined
  try {
    const { registry, name: rest } = parseReference(name)
    return known.find((full) => full === `${registry}/${rest}`)
  } catch {
    return undefined
  }
}

function withoutHost(full: string): string {
  return full.slice(full.indexOf('/') + 1)
}

/** The first entry of a tag counts; those of the repository before those that name none. */
function tagsOf(entries: readonly BoxEntry[], repository: string): Sorted<Digest> {
  const own = entries.filter((entry) => entry.repository === repository)
  return firstOfEach([...own, ...entries.filter((entry) => entry.repository === undefined)])
}

function firstOfEach(entries: readonly BoxEntry[]): Sorted<Digest> {
  const tags = createSorted<Digest>()
  for (const { tag, descriptor } of entries) {
    if (tag !== undefined && tags.get(tag) === undefined) tags.set(tag, descriptor.digest)
  }
  return tags
}
