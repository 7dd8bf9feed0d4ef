// Random repositories for property tests: images, indexes, artifacts, tags, and links of every kind, made by this
// package and by others.
import * as fc from 'fast-check'
import type { EmbeddedRegistryOptions } from '../../src/embedded/index.ts'
import type { Strategy } from '../../src/index.ts'
import {
  artifactManifest,
  auto,
  cosignTags,
  digestTags,
  indexAnnotations,
  nodeManifest,
  ociSubject,
  referenceField,
} from '../../src/strategies/index.ts'

/** Every way of linking that can be taken away. */
export const ways: readonly Strategy[] = [
  ociSubject(),
  referenceField(),
  artifactManifest(),
  nodeManifest(),
  digestTags(),
  cosignTags({ suffix: 'sbom' }),
  indexAnnotations(),
  auto(),
]

/** Which of the manifests that are there by then: small numbers mean the latest. */
const pick = fc.nat({ max: 99 })
const maybe = fc.option(pick, { nil: undefined })
const tag = fc.constantFrom('v1', 'v2', 'keep')

const entry = fc.record({
  of: pick,
  mark: fc.constantFrom('none', 'platform', 'D', 'F', 'buildkit'),
  about: pick,
})

/** Something that is put into the repository. */
export type Step =
  | {
      readonly kind: 'manifest'
      readonly subject: number | undefined
      readonly reference: number | undefined
      readonly refers: number | undefined
      readonly type: string
    }
  | {
      readonly kind: 'index'
      readonly entries: readonly {
        readonly of: number
        readonly mark: string
        readonly about: number
      }[]
      readonly subject: number | undefined
    }
  | {
      readonly kind: 'release'
      readonly platform: number
      readonly artifact: number
      readonly mark: string
      readonly tag: string | undefined
      readonly atDigestTag: boolean
      readonly nested: boolean
    }
  | { readonly kind: 'tag'; readonly tag: string; readonly of: number }
  | {
      readonly kind: 'foreign'
      readonly spelling: 'D' | 'cosign' | 'bare'
      readonly subject: number
      readonly artifact: number
      readonly to: number | undefined
    }
  | {
      readonly kind: 'attach'
      readonly subject: number
      readonly way: number
      readonly also: number | undefined
      readonly text: string
      readonly tag: string | undefined
    }

/** Something that is detached. */
export interface Detaching {
  /** Which of the links that are there; or which manifest, where none is meant. */
  readonly link: number
  /** By its own way, all that is found for its subject, by the way that chooses, or what may be no link at all. */
  readonly by: 'its own' | 'all found' | 'auto' | 'a stray'
  readonly way: number
}

/** A repository, and what is taken out of it. */
export interface Graph {
  readonly registry: number
  readonly steps: readonly Step[]
  readonly detaches: readonly Detaching[]
}

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('manifest' as const),
    subject: maybe,
    reference: maybe,
    refers: maybe,
    type: fc.constantFrom('application/spdx+json', 'application/vnd.example.note'),
  }),
  fc.record({
    kind: fc.constant('index' as const),
    entries: fc.array(entry, { minLength: 1, maxLength: 3 }),
    subject: maybe,
  }),
  // An image that is published with an artifact of its platform, as the proposals have it.
  fc.record({
    kind: fc.constant('release' as const),
    platform: pick,
    artifact: pick,
    mark: fc.constantFrom('none', 'D', 'F', 'buildkit'),
    tag: fc.option(tag, { nil: undefined }),
    atDigestTag: fc.boolean(),
    nested: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('tag' as const), tag, of: pick }),
  // What others write: proposal D's tags may lead to an artifact or to the whole index that lists it.
  fc.record({
    kind: fc.constant('foreign' as const),
    spelling: fc.constantFrom('D', 'cosign', 'bare'),
    subject: pick,
    artifact: pick,
    to: maybe,
  }),
  fc.record({
    kind: fc.constant('attach' as const),
    subject: pick,
    way: fc.nat({ max: ways.length - 1 }),
    also: maybe,
    text: fc.constantFrom('a', 'b'),
    tag: fc.option(tag, { nil: undefined, freq: 4 }),
  }),
)

const detaching: fc.Arbitrary<Detaching> = fc.record({
  link: pick,
  by: fc.constantFrom('its own', 'its own', 'its own', 'all found', 'auto', 'a stray'),
  way: fc.nat({ max: ways.length - 1 }),
})

export const registries: readonly EmbeddedRegistryOptions[] = [
  {},
  { referrersApi: false },
  { profile: 'distribution2' },
]

export const graphs: fc.Arbitrary<Graph> = fc.record({
  registry: fc.nat({ max: registries.length - 1 }),
  steps: fc.array(step, { minLength: 3, maxLength: 12, size: 'max' }),
  detaches: fc.array(detaching, { minLength: 1, maxLength: 5, size: 'max' }),
})
