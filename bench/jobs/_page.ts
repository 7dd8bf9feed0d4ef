// docs/tools.md: what was run, and what came of it.

import { type Job, type Tool, tools } from './_job.ts'
import { jobs } from './_jobs.ts'
import { DELAY } from './_world.ts'

/** What a tool did on one registry: medians; and what was wrong in any of the rounds. */
export interface Measured {
  readonly requests: number
  readonly seconds: number
  readonly wrong: readonly string[]
}

export interface Results {
  readonly rounds: number
  /** Of each program and registry, by its name. */
  readonly versions: Readonly<Record<string, string>>
  /** Names of the registries. */
  readonly registries: readonly string[]
  /** Of a tool that has a command for a job. */
  measured(job: Job, tool: Tool, registry: string): Measured
}

export function writePage(results: Results): string {
  const { rounds, versions, registries } = results
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return `${[
    '# The same jobs with five tools',
    '',
    '<!-- Written by `npm run bench:jobs`. -->',
    '',
    ...wrap(
      `Twelve jobs that people have with what is attached to images, each with one line of shell of ocilink, oras, regctl, cosign and crane. \`npm run bench:jobs\` has run them and written this page, with ${programs.join(', ')}.`,
    ),
    '',
    ...wrap(
      `The registries are ${DELAY} ms away: a proxy delays each request by that, and counts it. Seconds are from the start of the line to its end, with the start of each program in it; each number is the median of ${rounds} runs. Whether a job was done is not what the tool says: the registry is read afterwards, by requests of our own.`,
    ),
    '',
    ...wrap(
      'The tools are made for different things: crane for images, cosign for signatures, regctl for whole registries. "No" says that a job is not done by one line of that tool, and below is why. What cosign calls deprecated is here where it is the only way. regctl was told before that the registries speak http.',
    ),
    '',
    ...registries.flatMap((registry) => [...summary(results, registry), '']),
    ...jobs.flatMap((job, at) => [...details(results, job, at), '']),
  ]
    .join('\n')
    .trimEnd()}\n`
}

function summary(results: Results, registry: string): readonly string[] {
  const rows = jobs.map((job, at) => {
    const cells = tools.map((tool) => {
      if (typeof job.commands[tool] !== 'string') return 'no'
      const { requests, seconds, wrong } = results.measured(job, tool, registry)
      return wrong.length > 0 ? 'no' : `${requests} · ${seconds.toFixed(2)} s`
    })
    return row([`${at + 1}. ${job.title}`, ...cells])
  })
  return [
    `## At ${registry}: requests, and seconds`,
    '',
    row(['job', ...tools]),
    row(['---', ...tools.map(() => '---')]),
    ...rows,
  ]
}

function details(results: Results, job: Job, at: number): readonly string[] {
  const { registries } = results
  const rows = tools.map((tool) => {
    const command = job.commands[tool]
    if (typeof command !== 'string') {
      return row([tool, '–', ...registries.map(() => `no: ${command.no}`)])
    }
    const cells = registries.map((registry) => {
      const { requests, seconds, wrong } = results.measured(job, tool, registry)
      const cost = `${requests} requests, ${seconds.toFixed(2)} s`
      return wrong.length > 0 ? `no: ${wrong.join('; ')}` : cost
    })
    return row([tool, `\`${command}\``, ...cells])
  })
  return [
    `## ${at + 1}. ${job.title}`,
    '',
    ...wrap([`Done when ${job.worked}.`, ...(job.note ? [job.note] : [])].join(' ')),
    '',
    row(['tool', 'command', ...registries]),
    row(['---', '---', ...registries.map(() => '---')]),
    ...rows,
  ]
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** A paragraph in lines that a person can read in an editor. */
function wrap(text: string): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line === undefined || line.length + word.length + 1 > 120) lines.push(word)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines
}
