// docs/tools.md is a page that bench/jobs writes now; its numbers, and who did what, are of the run that wrote it.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { tools } from '../../bench/jobs/_job.ts'
import { jobs } from '../../bench/jobs/_jobs.ts'
import { writePage } from '../../bench/jobs/_page.ts'
import { callsIn, wrongIn } from './_commands.ts'

const page = readFileSync(new URL('../../docs/tools.md', import.meta.url), 'utf8')

const RESULT = /\| (?:no(?:: [^|]+)?|\d+ (?:· \d+\.\d\d s|requests, \d+\.\d\d s)) (?=\|)/g

/** The page without what another run may change. */
function form(text: string): string {
  return (
    text
      .replace(RESULT, '| … ')
      // Paragraphs break where their numbers let them.
      .replace(/(?<=[^\n|])\n(?=[^\n|#-])/g, ' ')
      .replace(/(?<= )\d+\.\d+[\d.+a-z]*(?=[ ,.])/g, 'N')
      .replace(/median of \d+ runs/, 'median of N runs')
  )
}

function sample(wrong: readonly string[]): string {
  return writePage({
    rounds: 1,
    versions: Object.fromEntries(
      ['Node.js', 'oras', 'regctl', 'cosign', 'crane', 'docker-registry', 'olareg'].map((name) => [
        name,
        '1.0.0',
      ]),
    ),
    registries: ['docker-registry 2.8', 'olareg'],
    measured: () => ({ requests: 1, seconds: 1, wrong }),
  })
}

test('the page is as the program writes it', () => {
  expect(form(page)).toBe(form(sample([])))
  expect(form(page)).toBe(form(sample(['nothing is there', '3 of 8 are listed'])))
})

test('there are twelve jobs, and ocilink and another tool have a line for most', () => {
  expect(jobs).toHaveLength(12)
  const able = (job: (typeof jobs)[number]) =>
    tools.filter((tool) => typeof job.commands[tool] === 'string')
  expect(jobs.filter((job) => able(job).length > 1).length).toBeGreaterThanOrEqual(10)
})

test('a job that is not done in the summary has a reason below, and else a cost', () => {
  const results = page.match(RESULT)!
  const inSummary = results.filter((cell) => /^\| no $|·/.test(cell)).length
  expect(inSummary).toBe(jobs.length * tools.length * 2)
  expect(results).toHaveLength(inSummary * 2)
  const no = results.filter((cell) => cell.startsWith('| no '))
  const why = results.filter((cell) => cell.startsWith('| no: '))
  expect(why).toHaveLength(no.length)
})

test('its lines of ocilink are commands and options that it has', () => {
  const lines = jobs.flatMap(({ commands }) => commands.ocilink)
  const calls = lines.filter((line) => typeof line === 'string').flatMap(callsIn)
  expect(calls.length).toBeGreaterThanOrEqual(11)
  expect(calls.flatMap(wrongIn)).toEqual([])
  for (const call of calls) expect(page).toContain(call)
})
