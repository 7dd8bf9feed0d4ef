/**
 * What marks BuildKit's attestations (moby/buildkit, "Attestation Storage").
 *
 * @module
 */

export const NAME = 'buildkit'
/** On a layer: what kind of statement it holds. */
export const PREDICATE = 'in-toto.io/predicate-type'
