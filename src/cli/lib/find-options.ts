/**
 * Options by which several commands find what is attached, and how the library takes them.
 *
 * @module
 */
import { Option } from 'commander'
import { wholeNumber } from './global-options.ts'

/** `--type`, as `artifactType` of the library. */
export function typeOption(): Option {
  return new Option('-t, --type <type>', 'only of this artifact type')
}

/** `--depth`, of what is looked at. */
export function depthOption(): Option {
  const option = new Option('--depth <n>', 'levels: referrers of referrers too')
  return option.argParser(wholeNumber(1, 100))
}

/** `--depth`, of what is taken along: nothing of it is to stay behind. */
export function allLevelsOption(): Option {
  const option = new Option('--depth <n>', 'levels: 1 without referrers of referrers')
  return option.argParser(wholeNumber(1, 100)).default(Infinity, 'all')
}

/** What was given of some options: the library has defaults of its own for the rest. */
export function defined<T extends object>(
  options: T,
): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [Key in keyof T]?: Exclude<T[Key], undefined> }
}
