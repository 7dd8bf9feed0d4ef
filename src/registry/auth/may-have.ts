/**
 * Whether there may be credentials for a repository, found out without asking for them.
 *
 * @module
 */
import { createRecentMap } from '../../platform/recent-map.ts'
import type { AuthContext } from './context.ts'

/** Repositories of one registry that are remembered; the oldest are forgotten first. */
const MAX_REMEMBERED = 100

/** Makes the question for one registry; a source is asked once for each repository. */
export function createMayHave({
  credentials,
  registry,
}: AuthContext): (repository: string) => boolean | Promise<boolean> {
  if (typeof credentials !== 'function') return () => credentials !== undefined
  const { mayKnow } = credentials
  if (!mayKnow) return () => true
  const known = createRecentMap<string, Promise<boolean>>({ most: MAX_REMEMBERED })
  return (repository) => {
    const asked = known.get(repository) ?? mayKnow(registry, repository)
    known.set(repository, asked)
    return asked
  }
}
