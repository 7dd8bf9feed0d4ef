/**
 * What to link with where a strategy does not work.
 *
 * @module
 */

/** Ways of linking that need nothing of a registry. */
export const alternatives: readonly string[] = ['oci-subject', 'digest-tags', 'reference-field']

/** Those of them that give each link a tag of its own. */
export const withOwnTags: readonly string[] = ['digest-tags']
