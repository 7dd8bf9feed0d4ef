/**
 * A repository seen as if its registry had no list of referrers (distribution-spec 1.1, "Referrers Tag Schema").
 *
 * @module
 */
import type { Capabilities } from './capabilities.ts'
import { internalsOf, type Repository, viewOf } from './repository.ts'

/**
 * The same repository as if its registry kept no list: what strategies keep at tags is read there. Without
 * warnings, since on a registry with the list others may use these tags. Nothing is learnt of it.
 */
export function withoutList(repo: Repository, list: keyof Capabilities): Repository {
  const { options } = internalsOf(repo)
  const capabilities: Capabilities = { ...repo.capabilities, [list]: 'unsupported' }
  return viewOf(repo, { options: { ...options, onWarning: undefined } }, capabilities)
}
