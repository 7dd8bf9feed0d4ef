/**
 * Names of scopes, as a caller gives them. Apart from scope.ts, because they are checked before the rest is needed.
 *
 * @module
 */

/** The subject itself, the platform manifests in its index, or all of these. */
export type Scope = 'index' | 'platform' | 'all'

export const scopes: readonly Scope[] = ['index', 'platform', 'all']
