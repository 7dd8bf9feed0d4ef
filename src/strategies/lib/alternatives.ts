/**
 * What to link with on a registry that lacks what a strategy needs.
 *
 * @module
 */

/** Ways of linking that need nothing of a registry. */
export const alternatives: readonly string[] = ['oci-subject', 'digest-tags', 'reference-field']
