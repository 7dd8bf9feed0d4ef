/**
 * Registries to be like, by name.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import { distribution2, distribution3, distributionB } from './distribution.ts'
import { acr, artifactory, dockerHub, ecr, gar, ghcr, gitlab, nexus } from './hosted.ts'
import { orasFirst, orasMain, orasRc, orasRc3 } from './oras.ts'
import type { Profile } from './profile.ts'
import { cloudflare, ggcr, harbor, olareg, quay, zot, zot1 } from './programs.ts'

/** Names of {@link profiles}. */
export type ProfileName =
  | 'distribution2'
  | 'distribution3'
  | 'distributionB'
  | 'zot'
  | 'zot1'
  | 'olareg'
  | 'ggcr'
  | 'quay'
  | 'harbor'
  | 'cloudflare'
  | 'ghcr'
  | 'ecr'
  | 'dockerHub'
  | 'gitlab'
  | 'acr'
  | 'gar'
  | 'artifactory'
  | 'nexus'
  | 'orasFirst'
  | 'orasRc'
  | 'orasRc3'
  | 'orasMain'

/** Every profile: data, to be used by name, or to be spread into one of one's own. */
export const profiles: { readonly [Name in ProfileName]: Profile } = {
  distribution2,
  distribution3,
  distributionB,
  zot,
  zot1,
  olareg,
  ggcr,
  quay,
  harbor,
  cloudflare,
  ghcr,
  ecr,
  dockerHub,
  gitlab,
  acr,
  gar,
  artifactory,
  nexus,
  orasFirst,
  orasRc,
  orasRc3,
  orasMain,
}

/** The profile of a name, or the one given. */
export function findProfile(profile: ProfileName | Profile | undefined): Profile | undefined {
  if (typeof profile !== 'string') return profile
  if (Object.hasOwn(profiles, profile)) return profiles[profile]
  const expected = `one of ${Object.keys(profiles).join(', ')}`
  throw new InvalidInputError('INVALID_INPUT', 'profile', expected, profile)
}
