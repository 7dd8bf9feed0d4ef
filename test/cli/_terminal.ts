// The program where a person looks: on a pseudo-terminal, made by `script` of util-linux.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { bundledProgram } from '../_bundle.ts'

/** What is typed once the output has what is waited for; `\x03` is Ctrl-C. */
export interface Typed {
  readonly at: string | RegExp
  readonly keys: string
}

export interface Seen {
  readonly code: number | null
  /** All that was written, with what moves the cursor. */
  readonly output: string
  /** What is left on the screen in the end. */
  readonly screen: string
  /** Milliseconds from the keys to the end. */
  readonly took: number
}

/** Runs the program on a terminal, and types something once for each that is waited for, in their order. */
export async function onTerminal(
  args: readonly string[],
  typed: Typed | readonly Typed[] = [],
  env: NodeJS.ProcessEnv = { NO_COLOR: '1' },
): Promise<Seen> {
  const command = [process.execPath, await bundledProgram(), ...args].join(' ')
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    stdio: 'pipe',
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TERM: 'xterm', ...env },
  })
  let output = ''
  let since: number | undefined
  const left = [typed].flat()
  let seen = 0
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    const [next] = left
    if (!next || output.slice(seen).search(next.at) < 0) return
    left.shift()
    seen = output.length
    since = performance.now()
    child.stdin.write(next.keys)
  })
  const [code] = await once(child, 'close')
  const took = performance.now() - (since ?? Number.NaN)
  return { code, output, screen: screenOf(output), took }
}

/** What a terminal shows, as far as the program and Node's readline move its cursor. */
function screenOf(output: string): string {
  const lines = ['']
  let column = 0
  for (const [token] of output.replaceAll('\x1b', '␛').matchAll(/␛\[\d*[A-Z]|␛.|[^␛]/gs)) {
    const line = lines.at(-1)!
    const isSequence = token.length > 1
    if (token === '\n') lines.push('')
    if (token === '\n' || token === '\r') column = 0
    // To the end of the line, or of the screen: nothing is below.
    else if (isSequence && /[JK]$/.test(token)) lines[lines.length - 1] = line.slice(0, column)
    else if (isSequence && token.endsWith('G'))
      column = Math.max(Number.parseInt(token.slice(2), 10), 1) - 1
    else if (!isSequence && token >= ' ') {
      lines[lines.length - 1] =
        line.slice(0, column).padEnd(column) + token + line.slice(column + 1)
      column += 1
    }
  }
  return lines.map((line) => line.trimEnd()).join('\n')
}
