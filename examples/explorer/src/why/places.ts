/**
 * Where clients look for what is attached, and by which ways discover() finds what is there.
 *
 * @module
 */
import { type Digest, referrersTag, suffixTag } from 'ocilink'

export type PlaceName =
  | 'referrers'
  | 'referrers-tag'
  | 'subject-field'
  | 'sig-tag'
  | 'att-tag'
  | 'sbom-tag'
  | 'digest-tags'
  | 'image-index'

export interface Place {
  /** `source` of a referrer's `via` that is at this place. */
  readonly sources: readonly string[]
  /** The same, where the registry has no referrers API. */
  readonly withoutApi?: readonly string[]
  /** The way of linking whose failed source leaves this place unread. */
  readonly strategy: string
  /** Whether `ocilink convert --as <strategy>` puts something here. */
  readonly writable: boolean
  /** How a sentence names it. */
  words(subject: Digest, hasApi: boolean): string
}

/** At the tag `<alg>-<hex>`: OCI 1.1's list, and proposal F's, which is at the same tag. */
const atTag = ['referrers-tag', 'annotated-index']

const tag = (suffix: string): Place => ({
  sources: [suffix],
  strategy: 'cosign-tags',
  writable: true,
  words: (subject) => `at the tag ${suffixTag(subject, suffix)}`,
})

export const places: Readonly<Record<PlaceName, Place>> = {
  // Distribution-spec 1.1: the registry's list, and the referrers tag only where there is none.
  referrers: {
    sources: ['referrers-api'],
    withoutApi: atTag,
    strategy: 'oci-subject',
    writable: true,
    words: (subject, hasApi) =>
      hasApi
        ? 'in the list of the referrers API'
        : `in the index at the tag ${referrersTag(subject)}, as the registry has no referrers API`,
  },
  'referrers-tag': {
    sources: atTag,
    strategy: 'oci-subject',
    writable: false,
    words: (subject) => `in the index at the tag ${referrersTag(subject)}`,
  },
  // A registry that reads each manifest when it is pushed.
  'subject-field': {
    sources: ['referrers-api', 'referrers-tag'],
    strategy: 'oci-subject',
    writable: true,
    words: () => 'among the manifests with a subject',
  },
  'sig-tag': tag('sig'),
  'att-tag': tag('att'),
  'sbom-tag': tag('sbom'),
  'digest-tags': {
    sources: ['sig', 'att', 'sbom', 'digest-tag', 'index-at-digest-tag'],
    strategy: 'digest-tags',
    writable: true,
    words: (subject) => `at the tags that begin with ${referrersTag(subject)}.`,
  },
  'image-index': {
    sources: ['index-entry'],
    strategy: 'buildkit',
    writable: false,
    words: () => 'among the attestation manifests in the image’s own index',
  },
}

/** How a sentence names where something was found, by the `source` of its `via`. */
export const foundAt: Readonly<Record<string, string>> = {
  'referrers-api': 'in the list of the referrers API',
  'referrers-tag': 'in the index at the referrers tag',
  'annotated-index': 'in an annotated index (proposal F)',
  'references-api': 'in the list of the references API (proposal B)',
  'artifacts-api': 'in the list of the artifacts API (proposal A)',
  'oras-artifacts-api': 'in the list of ORAS’s artifacts API',
  'oras-draft-api': 'in the list of ORAS’s draft API',
  'nodes-api': 'linked by a node manifest (proposal C)',
  'object-tags': 'linked by a node manifest (proposal C)',
  'digest-tag': 'at a tag of its own (proposal D)',
  'index-at-digest-tag': 'at a tag of its own (proposal D)',
  'index-entry': 'in the image’s own index',
  sig: 'at cosign’s tag .sig',
  att: 'at cosign’s tag .att',
  sbom: 'at cosign’s tag .sbom',
}
