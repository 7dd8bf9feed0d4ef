// The working group's rubric on registries as people run them: its verdicts are those of the embedded registry
// with the same profile, but for the listed differences.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { ProfileName } from '../../src/embedded/index.ts'
import * as strategies from '../../src/strategies/index.ts'
import { differences } from '../rubric/differences.ts'
import { embedded } from '../rubric/places.ts'
import { runScenario } from '../rubric/scenario.ts'
import { stories } from '../rubric/stories.ts'
import type { Place, Registry } from '../rubric/world.ts'
import {
  distribution,
  dockerRegistry,
  type LiveRegistry,
  olareg,
  type RunningRegistry,
} from './_registries.ts'

// Nine ways of linking one after the other, on two registries each.
vi.setConfig({ testTimeout: 180_000 })

const ways = (Object.values(strategies) as (() => strategies.Strategy)[]).map((make) => make())

const registries: readonly { readonly registry: LiveRegistry; readonly profile: ProfileName }[] = [
  { registry: dockerRegistry, profile: 'distribution2' },
  { registry: distribution, profile: 'distribution3' },
  { registry: olareg, profile: 'olareg' },
]

describe.each(registries)('$registry.name', ({ registry, profile }) => {
  let running: readonly RunningRegistry[]
  let place: Place
  beforeAll(async () => {
    running = await Promise.all([registry.start(), registry.start(), dockerRegistry.start()])
    let used = 0
    // Repositories that no other scenario uses.
    const at = ({ host }: RunningRegistry): Registry => {
      used += 1
      return { prefix: `${host}/rubric-${used}`, fetch: (request) => fetch(request) }
    }
    const [here, there, plain] = running as [RunningRegistry, RunningRegistry, RunningRegistry]
    place = {
      name: registry.name,
      title: registry.name,
      open: () => at(here),
      other: () => at(there),
      plain: () => at(plain),
    }
  })
  afterAll(() => Promise.all((running ?? []).map((one) => one.stop())))

  // What needs no registry is not asked of one.
  test.each(stories.filter(({ anywhere }) => !anywhere))('$id: $story', async (story) => {
    const imitation = embedded(profile, profile, profile)
    const seen: Record<string, string | undefined> = {}
    const wanted: Record<string, string | undefined> = {}
    const reasons: string[] = []
    const known = differences.filter(
      (one) => one.registry === registry.name && one.story === story.id,
    )
    for (const strategy of ways) {
      if (known.some(({ concerns }) => concerns(strategy))) continue
      const real = await runScenario(story, place, strategy)
      // Not every registry has tags that cannot be moved.
      if (!real) continue
      reasons.push(`${strategy.name}: ${real.reason ?? 'as it should be'}`)
      seen[strategy.name] = real.verdict
      wanted[strategy.name] = (await runScenario(story, imitation, strategy))?.verdict
    }
    expect(seen, reasons.join('\n')).toEqual(wanted)
  })
})
