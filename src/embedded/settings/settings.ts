/**
 * How a registry behaves, as data: one record that handlers read. Profiles and options are laid over
 * the defaults; no handler depends on a profile's name.
 *
 * @module
 */

import type { ErrorAnswers } from '../wire/answers.ts'
import type { ProposalSettings } from './proposals.ts'

/** How answers are spelled, whatever they say. */
export interface SpellingSettings {
  /** Content-Type of JSON that is no manifest. */
  readonly jsonType: string
  /** Content-Type of error bodies. */
  readonly errorType: string
  /** Headers that come with every answer. */
  readonly headers: Readonly<Record<string, string>>
  /** `Location` of uploads and of what was pushed. */
  readonly location: 'relative' | 'absolute'
  /** Whether a 201 has a `Location`. */
  readonly createdLocation: boolean
  /** Whether answers have a `Docker-Content-Digest`. */
  readonly digestHeader: boolean
  /** `<url>; rel="next"`, `<url>; rel=next` or `url; rel="next"`. */
  readonly link: 'quoted' | 'unquoted' | 'bare'
  /** URL in a `Link`. */
  readonly linkUrl: 'relative' | 'absolute'
  /** Whether `/v2` and `…/uploads` are sent on to the same with a slash, by 301. */
  readonly slashRedirect: boolean
}

/** What goes wrong with a manifest before its references are looked at. */
export type ManifestCheck =
  /** A key given twice. */
  | 'ambiguity'
  /** Both `layers` and `manifests` (CVE-2021-41190). */
  | 'mixed'
  /** A body of another type than its Content-Type says. */
  | 'type'
  /** A `subject` that is no descriptor. */
  | 'subject'
  /** Anything else that makes it no manifest, such as a type that the registry does not know. */
  | 'shape'

/** Pulling and pushing manifests. */
export interface ManifestSettings {
  /** Largest, in bytes. */
  readonly limit: number
  /** What is refused; the rest is stored as it is. */
  readonly checks: readonly ManifestCheck[]
  /** Blobs of an image that must be there first. */
  readonly requireBlobs: boolean
  /** Entries of an index that must be there first: none, those that are manifests, or every one. */
  readonly requireEntries: 'none' | 'manifests' | 'all'
  /**
   * `subject` of an image or index: it may be missing, it must be there, or it is looked for among the
   * blobs, where it never is.
   */
  readonly subject: 'may be missing' | 'must exist' | 'must be a blob'
  /** Algorithms that a manifest can be pushed by. */
  readonly algorithms: readonly string[]
  /** Whether the digest in the path must be that of the body. */
  readonly requireDigest: boolean
  /** What a push without Content-Type is taken for. */
  readonly untyped: 'refused' | 'as the body says'
  /** What a Content-Type with parameters is taken for. */
  readonly typeParameters: 'dropped' | 'refused'
  /** Whether tags must fit the spec's pattern, at most 128 characters. */
  readonly requireTag: boolean
  /** Whether a tag that is there can be pushed again with other content. */
  readonly movableTags: boolean
  /**
   * What a GET's `Accept` must say: nothing; a pattern that fits; the type of an image manifest by
   * its name; the type of any manifest by its name.
   */
  readonly accept: 'ignored' | 'matched' | 'images named' | 'named'
  /** Whether GET has an `ETag` and answers 304. */
  readonly etag: boolean
  /** Whether a weak ETag gets a 304 too, and the 304 names what it is about. */
  readonly weakEtag: boolean
  /** Whether `If-Match` and `If-None-Match` of PUT and DELETE are heeded. */
  readonly preconditions: boolean
  /** `?tag=`: heeded, answered by `OCI-Tag`; `always` answers so for a push by tag too. */
  readonly tagParameter: 'ignored' | 'heeded' | 'always'
  /** Whether the tag `sha256-<hex>` reads the manifest `sha256:<hex>`. */
  readonly digestTagAlias: boolean
}

/** Listing tags. */
export interface TagSettings {
  /** Entries on a page, and the most that `n` can ask for. */
  readonly pageSize: number
  readonly order: 'bytes' | 'none'
  /** Whether `n` and `last` are heeded, and whether a `Link` says that there is more. */
  readonly paging: 'linked' | 'unlinked' | 'ignored'
  /** Whether a page that is just full links to an empty one. */
  readonly linkFullPage: boolean
  /** An `n` that is no number. */
  readonly badCount: 'refused' | 'ignored'
  /** Which `last` is accepted: any text, a tag that is there, or only what came in a `Link`. */
  readonly last: 'any' | 'known' | 'from a link'
  /** How no tags are written. */
  readonly empty: 'list' | 'null'
  readonly unknownRepository: 'refused' | 'empty'
}

/** Listing referrers. */
export interface ReferrerSettings {
  /** Whether the path exists. */
  readonly api: boolean
  /** Whether a push with a `subject` answers `OCI-Subject`, which says that the API exists. */
  readonly subjectHeader: boolean
  /** Entries on a page. */
  readonly pageSize: number
  /**
   * `?artifactType=`: applied and said so; said so only in the first of equal answers; said so by an
   * annotation of the index, as the release candidates had it; applied in silence; ignored.
   */
  readonly filter: 'said' | 'said once' | 'annotated' | 'silent' | 'ignored'
  /** How no entries are written. */
  readonly empty: 'list' | 'null'
  readonly unknownRepository: 'empty' | 'refused'
  /** A subject that is not in the repository. */
  readonly unknownSubject: 'empty' | 'refused'
  readonly badDigest: 'refused' | 'empty'
  /** `artifactType` of an entry: as the spec has it, or that of the config alone. */
  readonly type: 'spec' | 'config'
  /** Whether indexes with a subject are listed. */
  readonly indexes: boolean
  /** Whether entries have annotations. */
  readonly annotations: boolean
}

/** Pushing blobs. */
export interface UploadSettings {
  /** Whether `POST ?digest=` with a body stores it; 202 otherwise. */
  readonly singlePost: boolean
  /** Where `?mount=` looks: where `from` says, everywhere, or nowhere. */
  readonly mount: 'from' | 'anywhere' | 'never'
  /** Whether a POST that mounts in vain stores its body, where it has a `digest`. */
  readonly mountOrBody: boolean
  /** Query parameter of an upload's `Location` that changes with every step; `''` for none. */
  readonly state: string
  /** Whether the `Location` of an earlier step is refused. */
  readonly staleLocation: 'accepted' | 'refused'
  /** Which chunks must follow the last one. */
  readonly order: 'all' | 'PATCH' | 'none'
  /** Status of a PATCH that went well. */
  readonly appended: 201 | 202 | 204
  /** `Range` of an upload: its last byte, its length, or the end of its first chunk. */
  readonly range: 'last byte' | 'length' | 'first chunk'
  /** Text before it. */
  readonly rangePrefix: '' | 'bytes='
  /** `Range` of an upload without a byte. */
  readonly emptyRange: '0-0' | '0--1'
  /** Whether opening an upload answers a `Range`. */
  readonly openRange: boolean
  /** Whether the progress of an upload can be read. */
  readonly status: boolean
  /** Whether the answer to that has a `Location`. */
  readonly statusLocation: boolean
  /** Whether an upload can be cancelled. */
  readonly cancel: boolean
  /** Least bytes of a chunk that is not the last; 416 for what follows a smaller one. */
  readonly chunkMin: number
  /** Whether `OCI-Chunk-Min-Length` says so. */
  readonly chunkMinHeader: boolean
  /** Most bytes of one request; 416 above. */
  readonly chunkMax: number
  /** Whether `OCI-Chunk-Max-Length`, which no spec has, says so. */
  readonly chunkMaxHeader: boolean
  /** Digest that a blob pushed by another algorithm is answered with. */
  readonly digest: 'as pushed' | 'sha256'
  /** Algorithms that a blob can be pushed by. */
  readonly algorithms: readonly string[]
}

/** Pulling blobs. */
export interface BlobSettings {
  /** Largest, in bytes. */
  readonly limit: number
  /** Whether GET has an `ETag` and answers 304. */
  readonly etag: boolean
  /** Byte ranges: all that RFC 9110 has, only `first-last`, or none. */
  readonly ranges: 'all' | 'closed' | 'none'
}

/** Deleting. */
export interface DeleteSettings {
  readonly tags: boolean
  readonly manifests: boolean
  readonly blobs: boolean
  /** Whether a manifest's tags go with it; otherwise they keep answering. */
  readonly untag: boolean
  /** Whether deleting a referrer breaks the lists of its subject: 500 from then on. */
  readonly breaksLists: boolean
}

/** How the registry wants to know who a client is; who may do what is an option. */
export interface AuthSettings {
  /** `Bearer realm="…"` or `bearer realm=…`. */
  readonly challenge: 'quoted' | 'bare'
  /** Whether answers that need no challenge have one too. */
  readonly challengeAlways: boolean
  /** Scope in the challenge of `/v2/`, which needs none; `''` for none. */
  readonly baseScope: string
  /** A wrong password: 401 with a challenge, or 403 without one. */
  readonly wrongLogin: 'challenged' | 'denied'
  /** A token for more than its owner may do: good for the rest, or refused by 403. */
  readonly grants: 'reduced' | 'all or nothing'
  /** Fields that a token comes in. */
  readonly tokenField: 'both' | 'token' | 'access_token'
  /** Whether a token comes with the time it is good for; 60 seconds are meant otherwise. */
  readonly expiry: boolean
}

/** What pages may do. */
export interface CorsSettings {
  /** Allowed origin, `*` for any; `''` for no CORS headers at all. */
  readonly origin: string
  /**
   * Preflights: answered before anything else, because browsers send them without credentials; only
   * with credentials, which stops every page; or not at all, as any unknown method.
   */
  readonly preflight: 'first' | 'after auth' | 'unknown'
  /** Whether answers to paths and names that the registry does not know can be read. */
  readonly unknownPaths: boolean
  /** Which answers can be read: all, or those to GET, HEAD and DELETE of what is no blob. */
  readonly paths: 'all' | 'without blobs'
  readonly allowedMethods: string
  readonly allowedHeaders: string
  /** Response headers that pages can read; `''` for none but the few that always are. */
  readonly exposedHeaders: string
}

/** Everything in which registries differ. */
export interface Settings extends ProposalSettings {
  readonly spelling: SpellingSettings
  /** What is answered when something goes wrong, where it is not the spec's answer. */
  readonly errors: ErrorAnswers
  readonly manifests: ManifestSettings
  readonly tags: TagSettings
  readonly referrers: ReferrerSettings
  readonly uploads: UploadSettings
  readonly blobs: BlobSettings
  readonly deletes: DeleteSettings
  readonly auth: AuthSettings
  readonly cors: CorsSettings
}

/** Settings, each of which may be left out. */
export type SomeSettings = {
  readonly [Group in keyof Settings]?:
    | { readonly [Key in keyof Settings[Group]]?: Settings[Group][Key] | undefined }
    | undefined
}
