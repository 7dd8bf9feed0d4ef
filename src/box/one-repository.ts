/**
 * A box that is written: it holds one repository, whose name a layout has no place for.
 *
 * @module
 */
import type { RepositoryStorage, Storage } from '../embedded/storage/storage.ts'
import { isName } from '../embedded/wire/names.ts'
import { InvalidInputError } from '../errors.ts'
import { UNNAMED } from './names.ts'

/** A storage of one repository, which goes by the name that is given first. */
export function oneRepository(
  inner: RepositoryStorage,
  place: string,
): { readonly storage: Storage; readonly pathOf: (name: string | undefined) => string } {
  let own: string | undefined
  function refused(name: string): InvalidInputError {
    const expected = `${JSON.stringify(own ?? UNNAMED)}: ${place} holds one repository, and layoutStorage() keeps several`
    return new InvalidInputError('INVALID_INPUT', 'name', expected, name)
  }
  return {
    pathOf(name) {
      // What is no name is refused by repository().
      if (name === undefined || !isName(name)) return name ?? own ?? UNNAMED
      own ??= name
      if (name !== own) throw refused(name)
      return own
    },
    storage: {
      repository(name) {
        if (name === own || name === UNNAMED) return inner
        throw refused(name)
      },
    },
  }
}
