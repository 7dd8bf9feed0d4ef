// The rubric as a page.
import type { Strategy } from '../../src/strategies/index.ts'
import { claimOf, proposalOf } from './_claims.ts'
import { differences } from './differences.ts'
import type { Outcome, Scenario, Verdict } from './scenario.ts'
import type { Place } from './world.ts'

/** One place’s outcomes: by story, then by strategy. */
export type Column = ReadonlyMap<string, ReadonlyMap<string, Outcome>>

export interface Rubric {
  readonly places: readonly Place[]
  readonly strategies: readonly Strategy[]
  readonly stories: readonly Scenario[]
  readonly columns: readonly Column[]
}

const intro = `# The working group’s rubric

The group that compared the proposals for OCI references in 2022 wrote 26 stories, and a table of stories and
proposals that it never filled in. Here it is, filled in by running: \`test/rubric/rubric.test.ts\` runs each story
by each way of linking, writes this page, and fails where this page says something else
(\`npx vitest run --project long test/rubric/rubric.test.ts -u\` writes it again).

A cell is a verdict, and the requests that it took: of those who link, list, copy or take away in the story, not of
those who set it up. Artifacts are given without options of the strategy. A way of linking that only reads has its
links as their own tool writes them. What is below each story: what was done, what its authors said of the proposal
in its text, and what was seen that is less than a yes. Proposals A and B say nothing of the stories; E became OCI 1.1.
`

const cell = (outcome: Outcome | undefined) =>
  outcome ? `${outcome.verdict} ${outcome.requests}` : '–'

const row = (cells: readonly string[]) =>
  `| ${cells.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |\n`

const table = (heads: readonly string[], rows: readonly (readonly string[])[]) =>
  `\n${row(heads)}|${'---|'.repeat(heads.length)}\n${rows.map(row).join('')}`

export function writePage(rubric: Rubric): string {
  const { places, stories } = rubric
  return [
    intro,
    ...places.map(({ title }, i) => `\n## ${title}\n${overview(rubric, rubric.columns[i]!)}`),
    `\n## On real registries\n${real(rubric)}`,
    `\n## What the authors said\n${agreement(rubric)}`,
    '\n## Story by story\n',
    ...stories.map((story) => section(rubric, story)),
  ].join('')
}

/** Every story and every way of linking, in one place. */
function overview({ strategies, stories }: Rubric, column: Column): string {
  const names = strategies.map(({ name }) => name)
  const rows = stories.map(({ id }) => [
    id,
    ...names.map((name) => cell(column.get(id)?.get(name))),
  ])
  const counts = names.map((name) => {
    const verdicts = stories.map(({ id }) => column.get(id)?.get(name)?.verdict)
    const count = (verdict: string) => verdicts.filter((one) => one === verdict).length
    return `${count('yes')}, ${count('partial')}, ${count('no')}`
  })
  return table(
    ['', ...names.map((name) => `\`${name}\``)],
    [...rows, ['yes, partial, no', ...counts]],
  )
}

const ranks: readonly Verdict['verdict'][] = ['no', 'partial', 'yes']

/** How a verdict differs from what the authors say; 0 where it does not. */
function difference(strategy: Strategy, id: string, column: Column): number {
  const [claim, outcome] = [claimOf(strategy, id), column.get(id)?.get(strategy.name)]
  if (!claim || !outcome) return 0
  return ranks.indexOf(outcome.verdict) - ranks.indexOf(claim)
}

/** What the live tests compare, and where they cannot. */
function real({ strategies }: Rubric): string {
  const lines = differences.map(({ registry, story, concerns, reason }) => {
    const names = strategies.filter(concerns).map(({ name }) => `\`${name}\``)
    return `- ${registry}, ${story}, ${names.join(' and ')}: ${reason}.\n`
  })
  return `
\`test/live/rubric.test.ts\` runs the same on docker-registry 2.8, distribution 3 and olareg, but for C.6, which needs
tags that cannot be moved. The verdicts are those of the embedded registry with the same profile, except:

${lines.join('')}`
}

/** How often the run and the authors agree, where every proposal has its API. */
function agreement({ strategies, stories, columns }: Rubric): string {
  const rows = strategies
    .filter((strategy) => claimOf(strategy, stories[0]!.id))
    .map((strategy) => {
      const ids = (wanted: number) =>
        stories
          .filter(({ id }) => Math.sign(difference(strategy, id, columns[0]!)) === wanted)
          .map(({ id }) => id)
      return [
        `${proposalOf(strategy)}: \`${strategy.name}\``,
        `${ids(0).length} of ${stories.length}`,
        ids(1).join(', ') || '–',
        ids(-1).join(', ') || '–',
      ]
    })
  return table(['proposal', 'as they said', 'more than they said', 'less than they said'], rows)
}

function section({ places, strategies, columns }: Rubric, story: Scenario): string {
  const { id, as, how } = story
  const rows = strategies.map((strategy) => {
    const outcomes = columns.map((column) => column.get(id)?.get(strategy.name))
    return [
      `\`${strategy.name}\``,
      ...outcomes.map(cell),
      claimOf(strategy, id) ?? '–',
      [said(difference(strategy, id, columns[0]!)), reasonsOf(places, outcomes)]
        .filter(Boolean)
        .join('; '),
    ]
  })
  const heads = ['', ...places.map(({ name }) => name), 'authors', 'why']
  const article = /^[aeio]/.test(as) ? 'an' : 'a'
  return `\n### ${id}: ${story.story}\n\nAs ${article} ${as}. ${how}\n${table(heads, rows)}`
}

const said = (sign: number) =>
  sign === 0 ? '' : `${sign > 0 ? 'more' : 'less'} than its authors say`

/** Reasons, each once, with where it holds unless that is everywhere. */
function reasonsOf(places: readonly Place[], outcomes: readonly (Outcome | undefined)[]): string {
  const reasons = [...new Set(outcomes.flatMap((outcome) => outcome?.reason ?? []))]
  return reasons
    .map((reason) => {
      const where = places.filter((_, i) => outcomes[i]?.reason === reason)
      const text = reason.length > LONGEST ? `${reason.slice(0, LONGEST)}…` : reason
      if (where.length === places.length) return text
      return `${where.map(({ name }) => `*${name}*`).join(', ')}: ${text}`
    })
    .join('; ')
}

/** Characters of a reason: messages of errors are longer than tables are wide. */
const LONGEST = 240
