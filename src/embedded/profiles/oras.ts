/**
 * The builds that had referrers before OCI 1.1: forks of distribution, as recorded while they ran.
 *
 * @module
 */

import { findArtifactDialect } from '../settings/dialects.ts'
import type { SomeSettings } from '../settings/settings.ts'
import { distribution3 } from './distribution.ts'
import { onePage, type Profile } from './profile.ts'

const fork: SomeSettings = {
  ...distribution3.settings,
  errors: {
    ...distribution3.settings.errors,
    'artifact-digest': { status: 404, code: 'MANIFEST_UNKNOWN' },
    'subject-digest': distribution3.settings.errors?.endpoint,
  },
  tags: { empty: 'null' },
  // The check of chunks came later.
  uploads: { ...distribution3.settings.uploads, order: 'none' },
}

/** Proposal A's first generation: the list ignores its filter, and breaks when one is deleted. */
export const orasFirst: Profile = {
  name: 'orasFirst',
  source: 'oras-project/distribution ext_oras',
  date: '2022-04',
  settings: { ...fork, ...findArtifactDialect('oras-first'), deletes: { breaksLists: true } },
}

/** The second: another key, sorted and in pages. */
export const orasRc: Profile = {
  name: 'orasRc',
  source: 'oras-project/distribution v1.0.0-rc.1 and rc.2',
  date: '2022-08',
  settings: { ...fork, ...findArtifactDialect('oras'), deletes: { breaksLists: true } },
}

/** The third, OCI 1.1's release candidate: no image can have a subject, no list is `null`. */
export const orasRc3: Profile = {
  name: 'orasRc3',
  source: 'oras-project/distribution v1.0.0-rc.3',
  date: '2022-12',
  settings: {
    ...fork,
    ...findArtifactDialect('rc'),
    manifests: { ...fork.manifests, subject: 'must be a blob' },
    referrers: {
      ...findArtifactDialect('rc').referrers,
      ...onePage,
      empty: 'null',
    },
    deletes: { breaksLists: true },
  },
}

/** The last: images are listed, under the type of their config, ten on a page. */
export const orasMain: Profile = {
  name: 'orasMain',
  source: 'oras-project/distribution main',
  date: '2023-01',
  settings: {
    ...fork,
    ...findArtifactDialect('rc'),
    artifacts: { ...findArtifactDialect('rc').artifacts, missingSubject: 'accept' },
    referrers: {
      ...findArtifactDialect('rc').referrers,
      pageSize: 10,
      type: 'config',
      indexes: false,
    },
  },
}
