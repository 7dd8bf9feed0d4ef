/**
 * Annotations of cosign's layers (sigstore/cosign, specs/SIGNATURE_SPEC.md).
 *
 * @module
 */

/** A layer's signature, base64; empty for an attestation, which has its own in the envelope. */
export const SIGNATURE = 'dev.cosignproject.cosign/signature'
