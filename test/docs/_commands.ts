// What pages call the program with, against the commands and options that it has.
import { makeProgram } from '../../src/cli/program.ts'

/** Each call of `ocilink` in a text: from its name to the end of the line, or to what the shell ends it with. */
export function callsIn(text: string): readonly string[] {
  const calls = text
    .replaceAll('\\\n', ' ')
    .matchAll(/(?<!npm install )\bocilink ([a-z]+\b[^\n`|;&)]*)/g)
  return Array.from(calls, ([, call]) => call!.trim())
}

/** What is wrong with a call: a command or options that there are not; empty for a right one. */
export function wrongIn(call: string): readonly string[] {
  const [name = '', ...words] = call.split(/\s+/)
  const command = makeProgram().commands.find((one) => one.name() === name)
  if (!command) return [name]
  const known = ['--help', ...command.options.flatMap(({ short, long }) => [short, long])]
  const used = words.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.split('=')[0]!)
  return used.filter((option) => !known.includes(option)).map((option) => `${name} ${option}`)
}
