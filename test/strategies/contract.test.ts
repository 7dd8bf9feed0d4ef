import { describe, expect, test } from 'vitest'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../src/embedded/index.ts'
import { attach, referrers, repository, type Strategy } from '../../src/index.ts'
import * as strategies from '../../src/strategies/index.ts'
import { all, pushImage } from '../_image.ts'
import { storages } from '../_storages.ts'
import { type Traits, testStrategy } from './_contract.ts'
import { testReader } from './_reader-contract.ts'

/** Kinds of registry that each strategy must work on. */
const registries: Readonly<Record<string, EmbeddedRegistryOptions>> = {
  'on a registry with the referrers API': {},
  'on a registry without it': { referrersApi: false, singlePost: false },
  'on a registry that honours no condition': { referrersApi: false, conditional: false },
  'on docker-registry 2.8': { profile: 'distribution2' },
}

/** A kind of registry, and what it makes different. */
type Kind = EmbeddedRegistryOptions & { readonly traits?: Traits }

/** Kinds that only matter to one strategy, by its name; in the place of the others. */
const matching: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  'artifact-manifest': {
    'on a registry with its list, that wants the subject first': { traits: { subjectFirst: true } },
    'on a registry with its list, that takes any subject': {
      missingSubject: 'accept',
      singlePost: false,
    },
    'on one of ORAS’s first': { artifactApi: 'oras-first', traits: { subjectFirst: true } },
    'on one of ORAS’s second': { artifactApi: 'oras', traits: { subjectFirst: true } },
    'on one of the release candidates': {
      artifactApi: 'rc',
      missingSubject: 'accept',
      // Three pages, and the three lists that are not there.
      traits: { firstItem: 6 },
    },
  },
  'node-manifest': {
    'on a registry with nodes': {},
    'on a registry with nodes and without single POST': { singlePost: false, referrersApi: false },
  },
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
  'artifact-manifest': { bareLists: true },
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
  const kinds: Readonly<Record<string, Kind>> = matching[strategy.name] ?? registries
  for (const [name, { traits: own, ...options }] of Object.entries(kinds)) {
    const title = `${strategy.name} ${name}`
    if (strategy.readOnly) testReader(title, strategy, options)
    else testStrategy(title, strategy, options, { ...traits[strategy.name], ...own })
  }
}

test('every strategy has a name of its own and a specification', () => {
  const names = factories.map((factory) => factory().name)
  expect(new Set(names).size).toBe(names.length)
  for (const factory of factories) expect(factory().spec).toMatch(/^https:\/\//)
})

// Who chooses among others writes and reads what they do.
const kinds = factories.map((factory) => factory()).filter(({ choices }) => !choices)

// On a registry where all links are kept in tags: there two strategies could meet.
describe.each(kinds.filter(({ readOnly }) => !readOnly))('what $name wrote', (writer) => {
  test.each(kinds.filter(({ name }) => name !== writer.name))(
    'is not misread by $name, and not lost to it',
    async (other) => {
      const storage = await storages.open()
      const { fetch } = embeddedRegistry({ referrersApi: false, storage })
      const app = repository('registry.test/team/app', { fetch })
      await pushImage(app)
      const mediaType = 'application/spdx+json'
      const sbom = (data: string) => ({
        artifactType: mediaType,
        blobs: [{ data, mediaType }],
      })
      const list = async (strategy: Strategy) =>
        (await all(referrers(app, 'v1', { strategy }))).map(({ digest }) => digest)
      const first = await attach(app, 'v1', sbom('1'), { strategy: writer, settle: 0 })
      const instead: string[] = []
      expect(await list(other)).toEqual([])
      if (other.readOnly) return
      const second = await attach(app, 'v1', sbom('2'), { strategy: other, settle: 0 }).catch(
        (error) => {
          // Both would write the same tag: the one that came first keeps it.
          expect(error).toMatchObject({ code: 'CONFLICT', alternatives: expect.any(Array) })
          instead.push(...error.alternatives)
        },
      )
      expect(await list(writer)).toEqual([first.digest])
      expect(await list(other)).toEqual(second ? [second.digest] : [])
      expect(instead.length > 0).toBe(second === undefined)
      for (const name of instead) {
        const strategy = kinds.find((kind) => kind.name === name)!
        const third = await attach(app, 'v1', sbom('3'), { strategy, settle: 0 })
        expect(await list(strategy)).toContain(third.digest)
      }
    },
  )
})
