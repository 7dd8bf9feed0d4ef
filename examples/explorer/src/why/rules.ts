/**
 * Where clients look for signatures, SBOMs and provenance, as data. Each rule says where that is written, and whether
 * test/live/why.test.ts or test/cosign/why.test.ts asks the real client.
 *
 * @module
 */
import { engines } from './engines.ts'
import { BUNDLE } from './kinds.ts'
import type { Client, Rule } from './rule.ts'

/** A rule, and how it differs in other places. */
const like = (rule: Rule, other: Partial<Rule>): Rule => ({ ...rule, ...other })

const COSIGN = 'https://github.com/sigstore/cosign/blob'

function cosign(tag: string, newest: boolean): Client['reads'] {
  const verify = `${COSIGN}/${tag}/pkg/cosign/verify.go`
  const tags = `${COSIGN}/${tag}/pkg/oci/remote/remote.go`
  // GetBundles(): all referrers whose only layer is a bundle. From cosign 3 on they are looked for first, and one
  // that is found keeps it from the tags; in cosign 2 nothing but the option does that.
  const bundles: Rule = {
    command: 'cosign verify',
    place: 'referrers',
    types: [BUNDLE],
    anyKind: true,
    images: true,
    firstPage: true,
    ...(newest ? { stops: true } : { option: '--new-bundle-format' }),
    make: newest ? '`cosign sign`' : '`cosign sign` of cosign 3',
    source: verify,
    checked: true,
  }
  const sig: Rule = {
    command: 'cosign verify',
    place: 'sig-tag',
    types: ['application/vnd.dev.cosign.simplesigning.v1+json'],
    images: true,
    make: newest ? '`cosign sign --new-bundle-format=false`' : '`cosign sign`',
    source: tags,
    checked: true,
  }
  const artifact = (short: string): Partial<Rule> => ({
    place: 'referrers',
    types: [`application/vnd.dev.cosign.artifact.${short}.v1+json`],
    firstPage: true,
  })
  const attestations = (type: string): readonly Rule[] => {
    const { anyKind: _, ...statements } = bundles
    const command = `cosign verify-attestation --type ${type}`
    const make = `cosign attest --type ${type}`
    const att: Rule = {
      command,
      place: 'att-tag',
      types: ['application/vnd.dsse.envelope.v1+json'],
      images: true,
      make: newest ? `\`${make} --new-bundle-format=false\`` : `\`${make}\``,
      source: tags,
      checked: true,
    }
    const bundled = like(statements, {
      command,
      make: newest ? `\`${make}\`` : `\`${make}\` of cosign 3`,
    })
    return newest ? [bundled, att] : [att, bundled]
  }
  const oci11 = like(sig, {
    ...artifact('sig'),
    option: '--experimental-oci11',
    make: '`cosign sign --registry-referrers-mode=oci-1-1` of cosign 2',
    listed: true,
  })
  // The referrers come first, but what is at the tag is read where they have none.
  const sbomTag: Rule = {
    command: 'cosign download sbom',
    place: 'sbom-tag',
    images: true,
    make: '`cosign attach sbom`',
    source: tags,
    checked: true,
  }
  const sboms = [like(sbomTag, { ...artifact('sbom'), listed: true }), sbomTag]
  return {
    signature: newest ? [bundles, sig, oci11] : [sig, bundles, oci11],
    sbom: [...attestations('spdxjson'), ...sboms],
    provenance: attestations('slsaprovenance1'),
  }
}

const listed: Rule = {
  command: 'oras discover',
  place: 'referrers',
  source:
    'https://github.com/oras-project/oras-go/blob/v2.6.2/registry/remote/repository.go (Referrers)',
  checked: true,
}
const oras: readonly Rule[] = [
  listed,
  like(listed, {
    place: 'referrers-tag',
    option: '--distribution-spec v1.1-referrers-tag',
    source: 'https://oras.land/docs/commands/oras_discover/',
  }),
]

const regctlListed = like(listed, {
  command: 'regctl artifact list',
  source: 'https://github.com/regclient/regclient/blob/v0.11.7/scheme/reg/referrer.go',
})
const regctl: readonly Rule[] = [
  regctlListed,
  like(regctlListed, {
    place: 'digest-tags',
    option: '--digest-tags',
    source: 'https://github.com/regclient/regclient/blob/v0.11.7/cmd/regctl/artifact.go',
  }),
]

const NOTATION = 'application/vnd.cncf.notary.signature'
const notationSource =
  'https://github.com/notaryproject/notation-go/blob/v1.3.2/registry/repository.go (ListSignatures)'
const noNotion = { never: 'knows signatures only', source: notationSource, checked: false }

const harborSource = 'https://github.com/goharbor/harbor/blob/v2.15.2/src/server/middleware'
const harborTypes: Rule = {
  command: 'the mark "signed"',
  place: 'subject-field',
  // Also where the bundle holds something else than a signature.
  types: [
    'application/vnd.dev.cosign.artifact.sig.v1+json',
    'application/vnd.dev.sigstore.bundle.v0.3+json',
    NOTATION,
  ],
  anyKind: true,
  images: true,
  make: '`cosign sign` or `notation sign`',
  source: `${harborSource}/subject/subject.go`,
  checked: false,
}

const buildx: Rule = {
  command: 'docker buildx imagetools inspect',
  place: 'image-index',
  types: ['application/vnd.docker.attestation.manifest.v1+json'],
  make: '`docker buildx build --sbom=true --provenance=true`',
  source: 'https://github.com/docker/buildx/blob/v0.36.1/util/imagetools/loader.go',
  checked: false,
}

/** All clients; `version` is the one whose source was read, and that the tests run where they do. */
export const clients: readonly Client[] = [
  { id: 'cosign-2', name: 'cosign 2', version: '2.6.2', reads: cosign('v2.6.2', false) },
  { id: 'cosign-3', name: 'cosign 3', version: '3.1.3', reads: cosign('v3.1.3', true) },
  {
    id: 'oras',
    name: 'oras',
    version: '1.3.3',
    reads: { signature: oras, sbom: oras, provenance: oras },
  },
  {
    id: 'regctl',
    name: 'regctl',
    version: '0.11.7',
    reads: { signature: regctl, sbom: regctl, provenance: regctl },
  },
  {
    id: 'notation',
    name: 'notation',
    version: '1.3.2',
    reads: {
      signature: [
        like(listed, {
          command: 'notation list',
          types: [NOTATION],
          listed: true,
          make: '`notation sign`',
          source: notationSource,
        }),
      ],
      sbom: noNotion,
      provenance: noNotion,
    },
  },
  {
    id: 'docker-buildx',
    name: 'docker buildx',
    version: '0.36.1',
    reads: {
      signature: { never: 'looks for no signatures', source: buildx.source, checked: false },
      sbom: [buildx],
      provenance: [buildx],
    },
  },
  {
    id: 'harbor',
    name: 'Harbor',
    version: '2.15.2',
    reads: {
      signature: [
        harborTypes,
        {
          command: 'the mark "signed"',
          place: 'sig-tag',
          types: ['application/vnd.dev.cosign.simplesigning.v1+json'],
          make: '`cosign sign --new-bundle-format=false`',
          source: `${harborSource}/cosign/cosign.go`,
          checked: false,
        },
      ],
      sbom: [
        like(harborTypes, {
          command: 'the column "SBOM"',
          types: ['application/vnd.goharbor.harbor.sbom.v1'],
          make: 'the button "Generate SBOM" in Harbor',
        }),
      ],
      provenance: {
        never:
          'has no mark for provenance: it lists what has a subject as an accessory, whatever it is',
        source: harborTypes.source,
        checked: false,
      },
    },
  },
  ...engines,
]
