// Reads X.509 certificates: a file of its own, so that only pages with certificates to show load it.
import 'reflect-metadata'
import { SubjectAlternativeNameExtension, X509Certificate } from '@peculiar/x509'
import { fromBER, Utf8String } from 'asn1js'

/** What a certificate says, in the order in which people read it, and all of it as text. */
export interface ReadCertificate {
  readonly fields: readonly (readonly [string, string])[]
  readonly text: string
}

/**
 * @param encoded - PEM, or the base64 of DER
 * @throws where it is no certificate
 */
export function readCertificate(encoded: string): ReadCertificate {
  const certificate = new X509Certificate(encoded)
  const names = certificate.getExtension(SubjectAlternativeNameExtension)?.names.items ?? []
  const all: (readonly [string, string])[] = [
    ['Subject', certificate.subject],
    ...names.map(({ type, value }) => [`Name (${type})`, value] as const),
    ['Issuer', certificate.issuer],
    ['Valid from', certificate.notBefore.toISOString()],
    ['Valid until', certificate.notAfter.toISOString()],
    ...certificate.extensions.flatMap(({ type, value }) => {
      const name = fulcio[type]
      return name === undefined ? [] : [[name, textOf(value)] as const]
    }),
  ]
  return { fields: all.filter(([, value]) => value !== ''), text: certificate.toString('text') }
}

/** The first extensions are plain UTF-8, the later ones DER. */
function textOf(value: ArrayBuffer): string {
  const { result, offset } = fromBER(value)
  const isDer = offset === value.byteLength && result instanceof Utf8String
  return isDer ? result.getValue() : new TextDecoder().decode(value)
}

/** Names of Fulcio's extensions (fulcio, docs/oid-info.md): who signed, where it ran, and from which source. */
const fulcio: Readonly<Record<string, string>> = {
  '1.3.6.1.4.1.57264.1.1': 'Login issuer',
  '1.3.6.1.4.1.57264.1.2': 'GitHub workflow trigger',
  '1.3.6.1.4.1.57264.1.3': 'GitHub workflow commit',
  '1.3.6.1.4.1.57264.1.4': 'GitHub workflow name',
  '1.3.6.1.4.1.57264.1.5': 'GitHub workflow repository',
  '1.3.6.1.4.1.57264.1.6': 'GitHub workflow ref',
  '1.3.6.1.4.1.57264.1.8': 'Login issuer (version 2)',
  '1.3.6.1.4.1.57264.1.9': 'Build signer',
  '1.3.6.1.4.1.57264.1.10': 'Build signer digest',
  '1.3.6.1.4.1.57264.1.11': 'Runner',
  '1.3.6.1.4.1.57264.1.12': 'Source repository',
  '1.3.6.1.4.1.57264.1.13': 'Source commit',
  '1.3.6.1.4.1.57264.1.14': 'Source ref',
  '1.3.6.1.4.1.57264.1.15': 'Source repository id',
  '1.3.6.1.4.1.57264.1.16': 'Source owner',
  '1.3.6.1.4.1.57264.1.17': 'Source owner id',
  '1.3.6.1.4.1.57264.1.18': 'Build configuration',
  '1.3.6.1.4.1.57264.1.19': 'Build configuration digest',
  '1.3.6.1.4.1.57264.1.20': 'Build trigger',
  '1.3.6.1.4.1.57264.1.21': 'Run',
  '1.3.6.1.4.1.57264.1.22': 'Source visibility when signed',
}
