/**
 * What a command of the program is, and how it reads its options.
 *
 * @module
 */
import { type ParseArgsConfig, parseArgs } from 'node:util'

/** A command: its own help, and what it does with the arguments after its name. */
export interface Command {
  readonly help: string
  run(args: readonly string[]): Promise<void>
}

/** The program was called in a wrong way. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'
}

/** Options by name: the values of each, in their order. */
export type OptionValues<Name extends string> = { readonly [Key in Name]: readonly string[] }

/**
 * Reads options that all take a value.
 *
 * @param many - those that may be given more than once
 * @throws {@link UsageError} for unknown ones, missing values, and arguments that are no options
 */
export function readOptions<Name extends string>(
  args: readonly string[],
  names: readonly Name[],
  many: readonly Name[] = [],
): OptionValues<Name> {
  const options: ParseArgsConfig['options'] = {}
  for (const name of names) options[name] = { type: 'string', multiple: true }
  try {
    const { values } = parseArgs({ args: [...args], options, allowPositionals: false })
    const read = names.map((name) => [name, (values[name] ?? []) as string[]] as const)
    const twice = read.find(([name, given]) => given.length > 1 && !many.includes(name))
    if (twice) throw new UsageError(`--${twice[0]} is given twice`)
    return Object.fromEntries(read) as unknown as OptionValues<Name>
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    // Node adds advice for arguments that there are none of here.
    throw new UsageError(error.message.split('. ', 1)[0], { cause: error })
  }
}

/**
 * Reads a whole number.
 *
 * @throws {@link UsageError} for any other text, and for numbers above `most`
 */
export function readNumber(option: string, text: string | undefined, most: number): number {
  const value = Number(text ?? 0)
  if (/^[0-9]+$/.test(text ?? '0') && value <= most) return value
  throw new UsageError(`${option} must be a whole number from 0 to ${most}, got "${text}"`)
}
