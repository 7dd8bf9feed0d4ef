/**
 * Checks of what a caller wants to link, before any request.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import { isMediaType } from '../../model/media-types.ts'
import { parseTag } from '../../model/reference.ts'
import { abortSignal, anything, type Checks, milliseconds } from '../../platform/options.ts'
import type { PublishOptions } from '../../strategies/strategy.ts'
import { strategy } from './strategy-choice.ts'

/** @throws `InvalidInputError` naming the field */
export function checkMediaType(text: unknown, path: string): void {
  if (isMediaType(text)) return
  const expected = 'a media type such as "application/json"'
  throw new InvalidInputError('INVALID_INPUT', path, expected, text)
}

/** @throws `InvalidInputError` naming the tag */
export function checkTags(
  tags: readonly string[] | undefined,
  path = 'tags',
): readonly string[] | undefined {
  return tags?.map((tag, i) => parseTag(tag, `${path}[${i}]`))
}

/** Options of the calls that write links. */
export const linkingChecks = (): Checks<PublishOptions & { readonly strategy?: unknown }> => ({
  strategy,
  settle: milliseconds,
  signal: abortSignal,
})

/** Fields of an artifact that are checked where they are used. */
export const artifactChecks: Checks<
  Record<'artifactType' | 'blobs' | 'annotations' | 'config', unknown>
> = {
  artifactType: anything,
  blobs: ['a list', Array.isArray],
  annotations: anything,
  config: anything,
}

/** @throws `TypeError` */
export function checkObject(value: unknown, name: string): void {
  if (typeof value === 'object' && value !== null) return
  const got = value === null ? 'null' : typeof value
  throw new TypeError(`"${name}" must be an object, got ${got}`)
}
