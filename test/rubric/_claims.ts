// What the authors of the proposals say of the stories, in the proposals' own texts; A and B say nothing.
import type { Strategy } from '../../src/strategies/index.ts'
import type { Verdict } from './scenario.ts'

type Claim = Verdict['verdict']

/** Proposals, and the stories that their authors do not answer by yes. */
const doubts: Readonly<Record<string, Readonly<Record<string, Exclude<Claim, 'yes'>>>>> = {
  C: {
    'F.3': 'partial',
    'F.5': 'partial',
    'B.2': 'partial',
    'C.2': 'partial',
    'C.4': 'partial',
    'C.7': 'partial',
    'C.8': 'no',
    'C.9': 'partial',
  },
  D: {
    'F.4': 'partial',
    'F.5': 'partial',
    'F.6': 'no',
    'C.2': 'partial',
    'C.5': 'partial',
    'C.13': 'partial',
  },
  E: {
    'F.4': 'partial',
    'F.5': 'partial',
    'C.3': 'partial',
    'C.6': 'partial',
    'C.8': 'no',
    'C.9': 'partial',
    'C.13': 'partial',
  },
  F: { 'C.2': 'partial', 'C.5': 'partial', 'C.8': 'no', 'C.13': 'partial' },
}

/** The proposal that a way of linking is, by its specification; OCI 1.1 is what became of E. */
export function proposalOf({ spec, choices }: Strategy): string | undefined {
  if (choices) return undefined
  if (/distribution-spec\/.*#listing-referrers$/.test(spec)) return 'E'
  return /PROPOSAL_([A-Z])\.md$/.exec(spec)?.[1]
}

/** What the authors of a way of linking say of a story. */
export function claimOf(strategy: Strategy, id: string): Claim | undefined {
  const known = doubts[proposalOf(strategy) ?? '']
  return known && (known[id] ?? 'yes')
}
