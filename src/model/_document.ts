/**
 * What the parsers of all manifest types share: bytes to a JSON object whose type is the announced
 * one.
 *
 * @module
 */

import { InvalidInputError } from '../errors.ts'
import { isObject } from '../platform/options.ts'
import { NULLABLE } from './nullable.ts'

/**
 * JSON object of a manifest's bytes. Its own `mediaType` is the announced one, or absent.
 *
 * @throws {@link InvalidInputError} `INVALID_MANIFEST`
 */
export function parseDocument(bytes: Uint8Array, mediaType: string): Record<string, unknown> {
  const value = parseJson(bytes)
  const own = value.mediaType
  if (own !== undefined && own !== mediaType) throw invalid('manifest.mediaType', mediaType, own)
  return value
}

/**
 * Refuses fields by which other readers would take a document for another type (CVE-2021-41190).
 *
 * @throws {@link InvalidInputError} `INVALID_MANIFEST` naming the field
 */
export function forbidFields(
  value: Readonly<Record<string, unknown>>,
  fields: readonly string[],
  beside: string,
): void {
  const field = fields.find((key) => key in value)
  if (field) throw invalid(`manifest.${field}`, `absent beside "${beside}"`, value[field])
}

/** Refuses what a list of manifests must not have beside it. */
export function forbidBesideManifests(value: Readonly<Record<string, unknown>>): void {
  forbidFields(value, ['layers', 'config', 'blobs', 'objects'], 'manifests')
}

/** The error for a field that is not as it should be. */
export function invalid(path: string, expected: string, input: unknown): InvalidInputError {
  return new InvalidInputError('INVALID_MANIFEST', path, expected, input)
}

function parseJson(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes), readPart)
  } catch (cause) {
    throw new InvalidInputError('INVALID_MANIFEST', 'manifest', 'JSON in UTF-8', firstText(bytes), {
      cause,
    })
  }
  if (!isObject(value)) throw invalid('manifest', 'a JSON object', value)
  return value
}

function readPart(key: string, part: unknown): unknown {
  if (part === null && NULLABLE.has(key)) return undefined
  // Annotations are maps: what objects inherit is not in them.
  return key === 'annotations' && part instanceof Object ? Object.setPrototypeOf(part, null) : part
}

function firstText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, 60))
}
