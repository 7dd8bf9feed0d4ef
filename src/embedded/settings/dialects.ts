/**
 * The dialects of proposal A, as recorded from the builds that had them: layers of settings, each with what
 * differs.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import { ARTIFACT_MANIFEST, ORAS_ARTIFACT_MANIFEST } from '../../model/media-types.ts'
import { allOfArtifacts } from './proposals.ts'
import type { SomeSettings } from './settings.ts'

/** A dialect of proposal A. */
export type ArtifactDialect = 'oras-first' | 'oras' | 'rc'

const noArtifacts: SomeSettings = { artifacts: { types: [], lists: [], discovery: 'none' } }

/** A registry that implements none of the proposals. */
export const withoutProposals: SomeSettings = {
  ...noArtifacts,
  references: { api: false },
  nodes: { api: false },
}

const dialects: Readonly<Record<ArtifactDialect, SomeSettings>> = {
  // ORAS's fork of distribution in April 2022: the first list under /v2, with the older key.
  'oras-first': {
    artifacts: {
      ...allOfArtifacts,
      types: [ORAS_ARTIFACT_MANIFEST],
      requireSubject: true,
      lists: ['oras'],
      orasKey: 'references',
      order: 'digest',
      filter: false,
      paging: false,
      discovery: 'first',
    },
  },
  // The same in August 2022, its release candidates 1 and 2.
  oras: { artifacts: { ...allOfArtifacts, types: [ORAS_ARTIFACT_MANIFEST], lists: ['oras'] } },
  // The same in December 2022, speaking distribution-spec 1.1.0-rc1.
  rc: {
    artifacts: {
      ...allOfArtifacts,
      types: [ARTIFACT_MANIFEST],
      requireType: false,
      lists: [],
      discovery: 'none',
    },
    referrers: { api: true, subjectHeader: false, filter: 'annotated' },
  },
}

/** The settings that an option asks for. */
export function findArtifactDialect(option: boolean | ArtifactDialect | undefined): SomeSettings {
  if (option === undefined) return {}
  if (option === true) return { artifacts: allOfArtifacts }
  if (option === false) return noArtifacts
  if (Object.hasOwn(dialects, option)) return dialects[option]
  const expected = `true, false, or one of ${Object.keys(dialects).join(', ')}`
  throw new InvalidInputError('INVALID_INPUT', 'artifactApi', expected, option)
}
