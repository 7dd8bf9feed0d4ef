/**
 * What counts as a signature, an SBOM or provenance: by the type of an artifact or of its layers, or by the kind of
 * statement in it.
 *
 * @module
 */
import type { FoundReferrer } from 'ocilink'

export type Kind = 'signature' | 'sbom' | 'provenance'

/** Types and predicates; a `*` stands for any end. */
export interface KindOf {
  /** How a sentence names it, and one of it. */
  readonly name: 'signature' | 'SBOM' | 'provenance'
  readonly one: string
  readonly types: readonly string[]
  readonly predicates: readonly string[]
}

/** Sigstore's bundles, of all versions: a signature, or a signed statement. */
export const BUNDLE = 'application/vnd.dev.sigstore.bundle*'

export const kinds: Readonly<Record<Kind, KindOf>> = {
  signature: {
    name: 'signature',
    one: 'a signature',
    types: [
      'application/vnd.dev.cosign.simplesigning.v1+json',
      'application/vnd.dev.cosign.artifact.sig.v1+json',
      'application/vnd.cncf.notary.signature',
    ],
    predicates: ['https://sigstore.dev/cosign/sign/*'],
  },
  sbom: {
    name: 'SBOM',
    one: 'an SBOM',
    types: [
      'application/spdx*',
      'text/spdx*',
      'application/vnd.cyclonedx*',
      'application/vnd.syft*',
      'application/vnd.dev.cosign.artifact.sbom.v1+json',
      'application/vnd.goharbor.harbor.sbom.v1',
    ],
    predicates: ['https://spdx.dev/*', 'https://cyclonedx.org/*', 'https://syft.dev/*'],
  },
  provenance: {
    name: 'provenance',
    one: 'provenance',
    types: [],
    predicates: ['https://slsa.dev/provenance/*'],
  },
}

/** What holds statements, and does not say by its own type of which kind. */
const WRAPPERS: readonly string[] = [
  BUNDLE,
  'application/vnd.dsse*',
  'application/vnd.in-toto*',
  'application/vnd.docker.attestation.manifest.v1+json',
]

/** Annotations that name the kind of statement: of bundles, of cosign's `.att`, and of BuildKit's layers. */
const PREDICATE_KEYS = [
  'dev.sigstore.bundle.predicateType',
  'predicateType',
  'in-toto.io/predicate-type',
]

/** Whether some text is one of these, of which a `*` stands for any end. */
export function isOneOf(text: string | undefined, patterns: readonly string[]): boolean {
  if (text === undefined) return false
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern,
  )
}

/** Types of an artifact and of its layers, where these are known. */
export function typesOf({ artifactType, layers = [] }: FoundReferrer): readonly string[] {
  const types = [artifactType, ...layers.map(({ mediaType }) => mediaType)]
  return types.filter((type) => type !== undefined)
}

/** What a referrer is; `'unclear'` where it holds a statement, and nothing says of which kind. */
export function kindsOf(
  referrer: FoundReferrer,
  read: readonly string[] = [],
): readonly Kind[] | 'unclear' {
  const types = typesOf(referrer)
  const maps = [referrer.annotations, ...(referrer.layers ?? []).map((layer) => layer.annotations)]
  const named = maps.flatMap((map) => PREDICATE_KEYS.map((key) => map?.[key]))
  const predicates = [...read, ...named.filter((text) => text !== undefined)]
  const found = Object.entries(kinds).filter(
    ([, kind]) =>
      types.some((type) => isOneOf(type, kind.types)) ||
      predicates.some((text) => isOneOf(text, kind.predicates)),
  )
  if (found.length > 0) return found.map(([name]) => name as Kind)
  if (referrer.annotations?.['dev.sigstore.bundle.content'] === 'message-signature')
    return ['signature']
  const wraps = types.some((type) => isOneOf(type, WRAPPERS))
  return wraps && predicates.length === 0 ? 'unclear' : []
}
