/**
 * Token scopes: `repository:<name>:<action>,<action>`, several joined by spaces (distribution,
 * "Token Scope Documentation").
 *
 * @module
 */

/** Actions per resource, such as `repository:team/app` → `pull`, `push`. */
export type Scopes = ReadonlyMap<string, ReadonlySet<string>>

/** Scopes of one repository. */
export function repositoryScopes(name: string, actions: readonly string[]): Scopes {
  return new Map([[`repository:${name}`, new Set(actions)]])
}

/** Reads a challenge's scope. */
export function parseScopes(text: string | undefined): Scopes {
  const scopes = new Map<string, Set<string>>()
  for (const part of (text ?? '').split(' ')) {
    const colon = part.lastIndexOf(':')
    if (colon < 1) continue
    scopes.set(
      part.slice(0, colon),
      new Set(
        part
          .slice(colon + 1)
          .split(',')
          .filter(Boolean),
      ),
    )
  }
  return scopes
}

/**
 * Joins two sets of scopes.
 *
 * @param only - resources that `more` may add to: a challenge's placeholder for another repository
 *   (`repository:user/image:pull` is one that is served) is left out
 */
export function addScopes(scopes: Scopes, more: Scopes, only: Scopes = more): Scopes {
  const all = new Map(scopes)
  for (const [resource, actions] of more) {
    if (only.has(resource)) all.set(resource, new Set([...(all.get(resource) ?? []), ...actions]))
  }
  return all
}

/** The same scopes, of resources by other names. */
export function renameScopes(
  scopes: Scopes,
  names: Pick<ReadonlyMap<string, string>, 'get'>,
): Scopes {
  return new Map([...scopes].map(([name, actions]) => [names.get(name) ?? name, actions]))
}

/** Whether a token for `have` serves a request that needs `need`. */
export function coversScopes(have: Scopes, need: Scopes): boolean {
  return [...need].every(([resource, actions]) => {
    const held = have.get(resource)
    return held?.has('*') || [...actions].every((action) => held?.has(action))
  })
}

/** Scope texts, one per resource, in a stable order. */
export function formatScope(scopes: Scopes): readonly string[] {
  return [...scopes]
    .map(([resource, actions]) => `${resource}:${[...actions].sort().join(',')}`)
    .sort()
}

/** The same as one text, for messages. */
export function formatScopes(scopes: Scopes): string {
  return formatScope(scopes).join(' ')
}
