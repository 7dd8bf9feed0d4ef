/**
 * Where policy engines look. They run in a cluster, so no test here asks them: their sources were read.
 *
 * @module
 */
import { BUNDLE } from './kinds.ts'
import type { Client, Never, Rule } from './rule.ts'

const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json'
const NOTATION = 'application/vnd.cncf.notary.signature'
const SIG = 'application/vnd.dev.cosign.artifact.sig.v1+json'
const ENVELOPE = 'application/vnd.dsse.envelope.v1+json'

const sign = { make: '`cosign sign --new-bundle-format=false`', checked: false } as const
const attest = { make: '`cosign attest --new-bundle-format=false`', checked: false } as const

/** What cosign's library reads when it is not told of bundles. */
const tags = (command: string, source: string): { readonly sig: Rule; readonly att: Rule } => ({
  sig: { ...sign, command, place: 'sig-tag', types: [SIMPLE_SIGNING], images: true, source },
  att: { ...attest, command, place: 'att-tag', types: [ENVELOPE], images: true, source },
})

const kyvernoSource =
  'https://github.com/kyverno/kyverno/blob/v1.19.0/pkg/image/verifiers/cpol/cosign'
const verifyImages = tags('verifyImages', `${kyvernoSource}/verifier.go`)
const kyvernoBundle: Rule = {
  command: 'verifyImages',
  place: 'referrers',
  types: [BUNDLE],
  anyKind: true,
  images: true,
  firstPage: true,
  listed: true,
  atMost: 50,
  option: '`type: SigstoreBundle`',
  make: '`cosign sign`',
  source: `${kyvernoSource}/sigstore.go`,
  checked: false,
}
const { anyKind: _, ...kyvernoStatement } = { ...kyvernoBundle, make: '`cosign attest`' }
const notary: Rule = {
  command: 'verifyImages',
  place: 'referrers',
  types: [NOTATION],
  images: true,
  listed: true,
  option: '`type: Notary`',
  make: '`notation sign`',
  source:
    'https://github.com/kyverno/kyverno/blob/v1.19.0/pkg/image/verifiers/cpol/notary/notary.go',
  checked: false,
}
const kyvernoNotary: Rule = { ...notary, firstPage: true }

const policySource =
  'https://github.com/kyverno/kyverno/blob/v1.19.0/pkg/image/verifiers/ivpol/cosign/verifier.go'
const validating = tags('a cosign attestor', policySource)
// As cosign 3: where there is a bundle, the tags are not read.
const validatingBundle: Rule = {
  command: 'a cosign attestor',
  place: 'referrers',
  types: [BUNDLE],
  anyKind: true,
  images: true,
  firstPage: true,
  stops: true,
  make: '`cosign sign`',
  source: policySource,
  checked: false,
}
const { anyKind: __, ...validatingStatement } = { ...validatingBundle, make: '`cosign attest`' }

const controllerSource =
  'https://github.com/sigstore/policy-controller/blob/v0.15.1/pkg/webhook/validation.go'
const controller = tags('an authority', controllerSource)
// In this version it refuses bundles for signatures, and takes them for attestations.
const controllerBundle: Rule = {
  command: 'an authority',
  place: 'referrers',
  types: [BUNDLE],
  images: true,
  firstPage: true,
  option: '`signatureFormat: bundle`',
  make: '`cosign attest`',
  source: 'https://github.com/sigstore/policy-controller/blob/v0.15.1/pkg/webhook/validator.go',
  checked: false,
}
const controllerOci11: Rule = {
  command: 'an authority',
  place: 'referrers',
  types: [SIG],
  images: true,
  firstPage: true,
  listed: true,
  option: '`enable-oci11`',
  make: '`cosign sign --registry-referrers-mode=oci-1-1` of cosign 2',
  source: controllerSource,
  checked: false,
}
const controllerInToto: Rule = {
  ...controllerOci11,
  types: ['application/vnd.in-toto*'],
  make: '`oras attach` with a type that has "in-toto" in it',
}

const connaisseurSource =
  'https://github.com/sse-secure-systems/connaisseur/blob/v3.10.0/internal/validator'
const onlySignatures = (source: string): Never => ({
  never: 'looks at signatures only',
  source,
  checked: false,
})

const ratifySource =
  'https://github.com/ratify-project/ratify/blob/v1.4.4/pkg/referrerstore/oras/oras.go'
const ratify: Rule = {
  command: 'a verifier',
  place: 'referrers',
  types: [NOTATION, SIG],
  listed: true,
  make: '`notation sign`',
  source: ratifySource,
  checked: false,
}

export const engines: readonly Client[] = [
  {
    id: 'kyverno',
    name: 'Kyverno (ClusterPolicy)',
    version: '1.19.0',
    reads: {
      signature: [verifyImages.sig, kyvernoBundle, kyvernoNotary],
      sbom: [verifyImages.att, kyvernoStatement],
      provenance: [verifyImages.att, kyvernoStatement],
    },
  },
  {
    id: 'kyverno-image-validating-policy',
    name: 'Kyverno (ImageValidatingPolicy)',
    version: '1.19.0',
    reads: {
      signature: [
        validatingBundle,
        validating.sig,
        {
          ...kyvernoNotary,
          command: 'a notary attestor',
          option: 'a `notary` attestor',
          source:
            'https://github.com/kyverno/kyverno/blob/v1.19.0/pkg/image/verifiers/ivpol/notary/repo.go',
        },
      ],
      sbom: [validatingStatement, validating.att],
      provenance: [validatingStatement, validating.att],
    },
  },
  {
    id: 'policy-controller',
    name: 'policy-controller',
    version: '0.15.1',
    reads: {
      signature: [controller.sig, controllerOci11],
      sbom: [controller.att, controllerBundle, controllerInToto],
      provenance: [controller.att, controllerBundle, controllerInToto],
    },
  },
  {
    id: 'connaisseur',
    name: 'Connaisseur',
    version: '3.10.0',
    reads: {
      signature: [
        tags(
          'a validator of type cosign',
          `${connaisseurSource}/cosignvalidator/cosign_validator.go`,
        ).sig,
        {
          ...notary,
          command: 'a validator of type notation',
          option: '`type: notation`',
          source: `${connaisseurSource}/notation/notation_validator.go`,
        },
      ],
      sbom: onlySignatures(`${connaisseurSource}/validator.go`),
      provenance: onlySignatures(`${connaisseurSource}/validator.go`),
    },
  },
  {
    id: 'ratify',
    name: 'Ratify',
    version: '1.4.4',
    reads: {
      signature: [
        ratify,
        {
          ...tags('a verifier', ratifySource).sig,
          source:
            'https://github.com/ratify-project/ratify/blob/v1.4.4/pkg/referrerstore/oras/cosign.go',
        },
      ],
      sbom: [
        {
          ...ratify,
          types: ['application/spdx+json'],
          option: 'a verifier of type `sbom`',
          make: '`oras attach --artifact-type application/spdx+json`',
          source:
            'https://github.com/ratify-project/ratify/blob/v1.4.4/charts/ratify/templates/verifier.yaml',
        },
      ],
      provenance: {
        never: 'has no verifier for provenance unless somebody writes one',
        source: ratifySource,
        checked: false,
      },
    },
  },
]
