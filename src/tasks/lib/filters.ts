/**
 * Which referrers a call is about: the options that leave something out.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import { checkAnnotations } from '../../model/annotations.ts'
import type { MediaType } from '../../model/media-types.ts'
import { type Check, type Checks, isObject } from '../../platform/options.ts'

/**
 * Which referrers are meant. What is left out leaves nothing out; but a filter that is given has to say
 * something, so that a variable that is not set never stands for "any".
 */
export interface Filters {
  /** Only referrers of this type, such as `application/spdx+json`, or of one of these. */
  readonly artifactType?: MediaType | readonly MediaType[]
  /**
   * Only referrers with all of these annotations. `{}` leaves nothing out, and makes manifests be read
   * where a list shows no annotations, so that `newest()` has dates to go by.
   */
  readonly annotations?: Readonly<Record<string, string>>
}

const isName = (value: unknown) => typeof value === 'string' && value !== ''

/** A name or several, none of them empty. */
export function oneOrMore(what: string): Check {
  return [
    `${what}, or a list of them`,
    (value) => isName(value) || (Array.isArray(value) && value.length > 0 && value.every(isName)),
  ]
}

export const filterChecks: Checks<Filters> = {
  artifactType: /* @__PURE__ */ oneOrMore('a media type such as "application/spdx+json"'),
  annotations: ['an object of strings', isObject],
}

/**
 * Checks that filters which are given are not `undefined`, which `checkOptions` takes for left out.
 *
 * @throws {@link InvalidInputError} naming the option
 */
export function checkGiven<T extends object>(
  options: T,
  names: readonly (keyof T & string)[],
): void {
  for (const name of names) {
    if (!Object.hasOwn(options, name) || options[name] !== undefined) continue
    const expected = 'set, or left out'
    throw new InvalidInputError('INVALID_INPUT', name, expected, undefined)
  }
}

/** Checks what `checkOptions` cannot. */
export function checkFilters(options: Filters): void {
  checkGiven(options, ['artifactType', 'annotations'])
  checkAnnotations(options.annotations, 'annotations')
}
