// Runs every story by every way of linking, in some places.
import type { Strategy } from '../../src/strategies/index.ts'
import type { Column } from './_page.ts'
import { type Outcome, runScenario, type Scenario } from './scenario.ts'
import type { Place } from './world.ts'

export async function runPlaces(
  places: readonly Place[],
  strategies: readonly Strategy[],
  stories: readonly Scenario[],
): Promise<readonly Column[]> {
  const columns = places.map(() => new Map<string, Map<string, Outcome>>())
  const runOne = async (scenario: Scenario, at: number, strategy: Strategy) => {
    const { id, anywhere } = scenario
    const known = anywhere && columns[0]!.get(id)?.get(strategy.name)
    const outcome = known || (await runScenario(scenario, places[at]!, strategy))
    const outcomes = columns[at]!.get(id) ?? new Map()
    columns[at]!.set(id, outcomes)
    if (outcome) outcomes.set(strategy.name, outcome)
  }
  const pairs = (scenario: Scenario) =>
    places.flatMap((_, at) => strategies.map((strategy) => [scenario, at, strategy] as const))
  // Those that wait, wait together; the others would be in their way.
  const waiting = stories.filter(({ waits }) => waits)
  await Promise.all(waiting.flatMap(pairs).map((pair) => runOne(...pair)))
  for (const scenario of stories.filter(({ waits }) => !waits))
    for (const pair of pairs(scenario)) await runOne(...pair)
  return columns
}
