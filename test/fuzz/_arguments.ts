// Options of a command: `--seed 5`, each a number.
import { parseArgs } from 'node:util'

/** The numbers given for these options, or what stands there. */
export function numbers<Name extends string>(
  defaults: Readonly<Record<Name, number>>,
): Record<Name, number> {
  const names = Object.keys(defaults) as Name[]
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]))
  const { values } = parseArgs({ options })
  const given = { ...defaults } as Record<Name, number>
  for (const name of names) {
    const text = values[name]
    if (text === undefined) continue
    given[name] = Number(text)
    if (!Number.isFinite(given[name]))
      throw new TypeError(`--${name} must be a number, got ${text}`)
  }
  return given
}
