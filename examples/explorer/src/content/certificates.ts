// The certificates that a signature carries, as texts. Nothing is verified here.
import type { Part } from './part.ts'

/** Certificates that are shown of one blob. */
const MOST = 20
/** Where cosign's signatures have theirs (cosign, specs/SIGNATURE_SPEC.md). */
const annotationKeys = ['dev.sigstore.cosign/certificate', 'dev.sigstore.cosign/chain']
const PEM = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

/** Those in a text, as PEM (RFC 7468). */
export function pemCertificates(text: string): readonly string[] {
  return text.match(PEM) ?? []
}

/** Those that a blob's annotations have. */
export function annotatedCertificates(
  annotations: Readonly<Record<string, unknown>> | undefined,
): readonly string[] {
  return annotationKeys.flatMap((key) => pemCertificates(String(annotations?.[key] ?? '')))
}

/**
 * Those of a Sigstore bundle, and those of a JSON Web Signature as notation writes it (RFC 7515, "x5c"), in the base64
 * of DER.
 */
export function certificatesIn(value: unknown): readonly string[] {
  const { verificationMaterial, header } = Object(value)
  const { certificate, x509CertificateChain } = Object(verificationMaterial)
  const chain = listOf(Object(x509CertificateChain).certificates)
  const raw = [certificate, ...chain].map((one) => Object(one).rawBytes)
  return [...raw, ...listOf(Object(header).x5c)].filter((one) => typeof one === 'string')
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** @param certificates - PEM, or the base64 of DER */
export async function certificateParts(certificates: readonly string[]): Promise<readonly Part[]> {
  if (certificates.length === 0) return []
  const { readCertificate } = await import('./read-certificate.ts')
  const different = [...new Set(certificates)]
  return different.slice(0, MOST).map((encoded, at): Part => {
    const title = `Certificate ${at + 1} of ${different.length}`
    try {
      const { fields, text } = readCertificate(encoded)
      return { title, rows: [['Field', 'Value'], ...fields], text }
    } catch (error) {
      return { title, note: `It could not be read: ${(error as Error).message}` }
    }
  })
}
