import { expect, test } from 'vitest'
import type { EmbeddedRegistryOptions } from '../../src/embedded/index.ts'
import type { Strategy } from '../../src/index.ts'
import * as strategies from '../../src/strategies/index.ts'
import { type Traits, testStrategy } from './_contract.ts'

/** Kinds of registry that each strategy must work on. */
const registries: Readonly<Record<string, EmbeddedRegistryOptions>> = {
  'on a registry with the referrers API': {},
  'on a registry without it': { referrersApi: false, singlePost: false },
  'on a registry that honours no condition': { referrersApi: false, conditional: false },
}

/** Kinds that only matter to one strategy, by its name; in the place of the others. */
const matching: Readonly<Record<string, typeof registries>> = {
  'reference-field': {
    'on a registry with its list': {},
    'on a registry with the referrers API alone': { referencesApi: false },
    'on a registry with neither': { referencesApi: false, referrersApi: false, singlePost: false },
    'on a registry that honours no condition': {
      referencesApi: false,
      referrersApi: false,
      conditional: false,
    },
  },
}

/** What is different by nature, by the strategy's name. */
const traits: Readonly<Record<string, Traits>> = {
  'cosign-tags': {
    noteType: 'application/vnd.in-toto+json',
    layered: true,
    refusesConfig: true,
    forgetsSubject: true,
  },
}

const factories = Object.values(strategies) as (() => Strategy)[]

for (const factory of factories) {
  const strategy = factory()
  for (const [title, options] of Object.entries(matching[strategy.name] ?? registries)) {
    testStrategy(`${strategy.name} ${title}`, strategy, options, traits[strategy.name])
  }
}

test('every strategy has a name of its own and a specification', () => {
  const names = factories.map((factory) => factory().name)
  expect(new Set(names).size).toBe(names.length)
  for (const factory of factories) expect(factory().spec).toMatch(/^https:\/\//)
})
