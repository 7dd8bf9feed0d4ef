/**
 * The files of an OCI layout as text (image-spec 1.1, image-layout.md): what is written, and what is refused.
 *
 * @module
 */

import { ambiguityOf } from '../embedded/manifests/ambiguity.ts'
import { InvalidInputError } from '../errors.ts'
import { type Descriptor, parseDescriptor } from '../model/descriptor.ts'
import { NULLABLE } from '../model/nullable.ts'
import { isObject } from '../platform/options.ts'

/** Content of the file `oci-layout`. */
export const LAYOUT_FILE: string = '{"imageLayoutVersion":"1.0.0"}'

/**
 * The largest manifest in bytes: far above what registries allow, and still to be had in memory. What
 * is larger is left alone.
 */
export const LARGEST_MANIFEST: number = 64 * 1024 * 1024

/** The annotation of an entry that is its tag, or a full reference. */
export const REF_NAME = 'org.opencontainers.image.ref.name'

/** An object of JSON. */
export type JsonObject = Readonly<Record<string, unknown>>

/**
 * Checks the text of `oci-layout`.
 *
 * @param text - undefined where there is no such file
 * @param path - of the file, for the error
 * @throws {@link InvalidInputError} for another version than 1.0.0, the only one there is
 */
export function requireVersion(text: string | undefined, path: string): void {
  const version = text === undefined ? undefined : parseObject(text, path).imageLayoutVersion
  if (version === '1.0.0') return
  const expected = 'a file with "imageLayoutVersion": "1.0.0"'
  throw new InvalidInputError('INVALID_INPUT', path, expected, version)
}

/**
 * An object of JSON text.
 *
 * @throws {@link InvalidInputError} naming the file; also for what could be read and not be written again
 */
export function parseObject(text: string, path: string): JsonObject {
  const problem = ambiguityOf(text, true)
  if (problem) throw new InvalidInputError('INVALID_INPUT', path, 'JSON of 256 levels', problem)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new InvalidInputError('INVALID_INPUT', path, 'JSON', text, { cause })
  }
  if (isObject(value)) return value
  throw new InvalidInputError('INVALID_INPUT', path, 'an object of JSON', value)
}

/**
 * The entries of an `index.json`, whatever they are. `null` is a spelling of "none".
 *
 * @throws {@link InvalidInputError} naming the file, where it is no index
 */
export function entriesOf({ manifests }: JsonObject, path: string): readonly unknown[] {
  if (manifests === null) return []
  if (Array.isArray(manifests)) return manifests
  throw new InvalidInputError('INVALID_INPUT', path, 'an index with "manifests"', manifests)
}

/** An entry as a descriptor, without the fields that are null; undefined for what is none. */
export function readEntry(value: unknown): Descriptor | undefined {
  if (!isObject(value)) return undefined
  const given = Object.entries(value).filter(([key, part]) => part !== null || !NULLABLE.has(key))
  try {
    return parseDescriptor(Object.fromEntries(given))
  } catch (error) {
    if (error instanceof InvalidInputError) return undefined
    throw error
  }
}
