// The scripts of `ocilink completion` in the shells they are for.
import { spawn } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundledProgram } from '../_bundle.ts'
import { run } from './_tools.ts'

let directory: string
let env: NodeJS.ProcessEnv
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ocilink-completion-'))
  const program = join(directory, 'ocilink')
  await writeFile(
    program,
    `#!/bin/sh\nexec '${process.execPath}' '${await bundledProgram()}' "$@"\n`,
  )
  await chmod(program, 0o755)
  env = { PATH: `${directory}:${process.env.PATH}`, HOME: directory, TERM: 'dumb' }
})
afterAll(() => rm(directory, { recursive: true, force: true }))

/** Types lines into a shell on a terminal, each once the one before has shown what it is waited for. */
async function typed(shell: string, lines: readonly (readonly [text: string, shows: RegExp])[]) {
  const child = spawn('script', ['-qec', shell, '/dev/null'], { env })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  try {
    for (const [text, shows] of lines) {
      const before = output.length
      child.stdin.write(text)
      const until = Date.now() + 20_000
      while (!shows.test(output.slice(before)) && Date.now() < until) await sleep(50)
      expect(output.slice(before)).toMatch(shows)
    }
  } finally {
    child.kill('SIGKILL')
  }
}

test('bash completes commands, options and their values', async () => {
  await typed('bash --norc --noprofile -i', [
    ['source /usr/share/bash-completion/bash_completion; echo rea"dy"\r', /^ready/m],
    ['eval "$(ocilink completion bash)"; echo do"ne"\r', /^done/m],
    ['ocilink dete\t', /detect /],
    ['\u0015ocilink tree --dep\t', /--depth/],
    ['\u0015ocilink tree --format mer\t', /mermaid/],
  ])
}, 90_000)

test('zsh completes commands, options and their values', async () => {
  await typed('zsh -f -i', [
    ['autoload -U compinit; compinit -u -d "$HOME/dump"; echo rea"dy"\r', /^ready/m],
    ['source <(ocilink completion zsh); echo do"ne"\r', /^done/m],
    ['ocilink dete\t', /detect/],
    ['\u0015ocilink tree --dep\t', /--depth/],
    ['\u0015ocilink tree --format mer\t', /mermaid/],
  ])
}, 90_000)

test('fish completes commands, options and their values, and says what they are', async () => {
  const completed = (line: string) =>
    run('fish', ['-c', `ocilink completion fish | source; complete -C "${line}"`], { env })
  expect(await completed('ocilink tr')).toBe(
    'tree\teverything that is attached, however it was linked\n',
  )
  expect(await completed('ocilink tree --dep')).toMatch(/^--depth\t/)
  expect((await completed('ocilink tree --format ')).split('\n')).toEqual(
    expect.arrayContaining(['mermaid', 'dot', 'json']),
  )
}, 60_000)
