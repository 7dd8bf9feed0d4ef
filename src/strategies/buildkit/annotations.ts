/**
 * What marks BuildKit's attestations (moby/buildkit, "Attestation Storage").
 *
 * @module
 */

export const NAME = 'buildkit'
/** On an entry of the index: that it is an attestation. */
export const TYPE = 'vnd.docker.reference.type'
/** On a layer: what kind of statement it holds. */
export const PREDICATE = 'in-toto.io/predicate-type'
