// Every way of linking that is written, and all pairs of them.
import type { Strategy } from '../../../src/index.ts'
import {
  artifactManifest,
  cosignTags,
  digestTags,
  indexAnnotations,
  nodeManifest,
  ociSubject,
  referenceField,
} from '../../../src/strategies/index.ts'

const ways: readonly Strategy[] = [
  ociSubject(),
  referenceField(),
  artifactManifest(),
  nodeManifest(),
  digestTags(),
  cosignTags(),
  indexAnnotations(),
]

export const pairs: readonly (readonly [string, string, Strategy, Strategy])[] = ways.flatMap(
  (from) => ways.filter((to) => to !== from).map((to) => [from.name, to.name, from, to] as const),
)
