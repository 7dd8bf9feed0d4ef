/**
 * Who may do what in which repository, and scopes, which say the same in one line (distribution,
 * "Token Scope Documentation").
 *
 * @module
 */
import { isName } from '../wire/names.ts'

/** What a request does to a repository. Pushing needs `pull` too, as with every registry. */
export type Action = 'pull' | 'push' | 'delete'

/** Leave to do something in some repositories. */
export interface Permission {
  /** A repository's name; `team/*` for all below `team/`; `*` for all. */
  readonly repository: string
  readonly actions: readonly Action[]
}

/** Somebody with a password. */
export interface User {
  readonly name: string
  readonly password: string
  /**
   * What the user may do.
   *
   * @default everything
   */
  readonly permissions?: readonly Permission[] | undefined
}

/** Everything, everywhere. */
export const everything: readonly Permission[] = [
  { repository: '*', actions: ['pull', 'push', 'delete'] },
]

/** Whether one of the permissions is for this. */
export function permits(
  permissions: readonly Permission[],
  repository: string,
  action: Action,
): boolean {
  return permissions.some(
    (one) => one.actions.includes(action) && covers(one.repository, repository),
  )
}

function covers(pattern: string, repository: string): boolean {
  if (pattern === '*' || pattern === repository) return true
  return pattern.endsWith('/*') && repository.startsWith(pattern.slice(0, -1))
}

const actions: readonly string[] = ['pull', 'push', 'delete']

/** Reads scopes, `repository:<name>:<action>,…`; what is none, or of another kind, is left out. */
export function parseScopes(texts: readonly string[]): Permission[] {
  return texts.flatMap((text) => {
    const match = /^repository:([^:]+):([^:]*)$/.exec(text)
    if (!match || !isName(match[1]!)) return []
    const listed = match[2]!.split(',')
    const known = listed.includes('*') ? actions : listed.filter((one) => actions.includes(one))
    return [{ repository: match[1]!, actions: known as Action[] }]
  })
}

/** Writes permissions as scopes. */
export function formatScopes(permissions: readonly Permission[]): string {
  return permissions.map((one) => `repository:${one.repository}:${one.actions.join(',')}`).join(' ')
}

/** What of the wanted is permitted. */
export function permitted(
  wanted: readonly Permission[],
  permissions: readonly Permission[],
): Permission[] {
  return wanted
    .map(({ repository, actions }) => ({
      repository,
      actions: actions.filter((action) => permits(permissions, repository, action)),
    }))
    .filter((one) => one.actions.length > 0)
}
