/**
 * The contract of a linking strategy: how a link between an artifact and its subject is written down, and found
 * again. docs/how-to-write-a-strategy.md walks through one.
 *
 * @module
 */
import type { Annotations } from '../model/annotations.ts'
import type { Descriptor } from '../model/descriptor.ts'
import type { Digest } from '../model/digest.ts'
import type { Manifest } from '../model/manifest.ts'
import type { MediaType } from '../model/media-types.ts'
import type { Capabilities } from '../registry/capabilities.ts'
import type { Listing } from '../registry/lists/listing.ts'
import type { TagTargets } from '../registry/lists/tag-targets.ts'
import type { Repository } from '../registry/repository.ts'

/** An artifact whose blobs are in the repository: a type, descriptors, annotations. */
export interface Artifact {
  readonly artifactType: MediaType
  /** Its blobs, in the order they were given; may be empty. */
  readonly blobs: readonly Descriptor[]
  /** Its own configuration, where it has one. */
  readonly config?: Descriptor | undefined
  readonly annotations?: Annotations | undefined
}

/** What is known of an artifact before its blobs are in the repository. */
export interface ArtifactOutline {
  readonly artifactType: MediaType
  readonly blobs: readonly {
    readonly mediaType: MediaType
    readonly annotations?: Annotations | undefined
  }[]
  readonly config?: { readonly mediaType: MediaType } | undefined
  readonly annotations?: Annotations | undefined
}

/** A field of an artifact that a way of linking cannot keep as it is. */
export interface Loss {
  /** Such as `config`, or `annotations`. */
  readonly field: string
  /** What becomes of it, in words. */
  readonly reason: string
}

/** What is known of a subject: type and size only where they were looked up. */
export type SubjectReference = Pick<Descriptor, 'digest'> & Partial<Descriptor>

/** How a referrer was found. */
export interface Via {
  /** Name of the strategy; `strategyOf()` gives the strategy itself. */
  readonly strategy: string
  /** Where it looked: an API, or what stands in for it. */
  readonly source: 'referrers-api' | 'referrers-tag' | (string & {})
  /**
   * Who keeps the link: the registry, which lists what it holds; a tag that anybody may write; or an entry of the
   * image's own index, which cannot be taken out without changing the image.
   */
  readonly kept: 'registry' | 'tag' | 'entry'
}

/** A manifest that points at a subject. */
export interface Referrer extends Descriptor {
  /** What it points at. */
  readonly subject: SubjectReference
  readonly via: readonly Via[]
  /**
   * Whether the link was seen to hold: the registry keeps it itself, or it was read back after it
   * was written, or the referrer's own manifest was read.
   */
  readonly confirmed: boolean
  /** Its layers, where reading the link has read the manifest and they carry the link's content. */
  readonly layers?: readonly Descriptor[]
  /** Why this way was chosen, where the strategy chose. */
  readonly reason?: string
  /** What could not be kept on this registry. */
  readonly losses?: readonly Loss[]
}

/** A small blob that a strategy adds by itself, such as an empty config. */
export interface SmallBlob {
  readonly descriptor: Descriptor
  readonly data: Uint8Array
}

/** A manifest to be linked. */
export interface NewReferrer<M extends Manifest = Manifest> {
  readonly manifest: M
  /**
   * Its bytes, where it exists already: they are written as they are.
   * @default the manifest as JSON
   */
  readonly bytes?: Uint8Array | undefined
  /** Tags for the referrer itself. */
  readonly tags?: readonly string[] | undefined
  /** The artifact's type as the caller gave it, for strategies whose manifests do not hold it. */
  readonly artifactType?: MediaType | undefined
}

/** Options of writing a link. */
export interface PublishOptions {
  /**
   * Milliseconds to wait before a link that other writers may overwrite is read back; 0 where there is no
   * other writer.
   * @default 400
   */
  readonly settle?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Options of finding links. */
export interface FindOptions {
  /** Only referrers of this type, or of one of these. */
  readonly artifactType?: MediaType | readonly MediaType[] | undefined
  /** Only referrers with all of these annotations. */
  readonly annotations?: Readonly<Record<string, string>> | undefined
  /**
   * Read every referrer's manifest, and leave out those that are gone or point elsewhere. One
   * request more per referrer.
   * @default false
   */
  readonly verify?: boolean | undefined
  /**
   * Also read the subject's own manifest, which may be an index that lists referrers of its platforms. One
   * request more.
   * @default false
   */
  readonly everywhere?: boolean | undefined
  /**
   * Media type of the subject, where the registry's own list or a descriptor that was checked says it. A manifest that
   * cannot list others is not read for what it lists.
   */
  readonly subjectType?: MediaType | undefined
  /**
   * Find out whether a list that a page may not ask for is there: an answer rests on all of them. Two requests more,
   * once for each registry.
   * @default only where nothing is found
   */
  readonly whole?: boolean | undefined
  /**
   * More pages than this are an error.
   * @default 1000
   */
  readonly maxPages?: number | undefined
  /**
   * Called for each entry or manifest that cannot be read: what is listed may then lack something.
   * @default only the repository's `onWarning` is called
   */
  readonly onUnreadable?: ((error: Error) => void) | undefined
  /**
   * Called where a list counts as not there because the registry hides from this page the paths that it does not
   * know, with what came of asking for it.
   */
  readonly onHidden?: ((error: Error) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** A field by which a manifest links itself: OCI 1.1's, proposal E's first name for it, and proposal B's. */
export type LinkField = 'subject' | 'refers' | 'reference'

/** Options of taking a link away. */
export interface WithdrawOptions extends PublishOptions {
  /**
   * How many tags are looked up for what else leads to the referrer. Where the repository has more, that cannot be
   * seen, and the manifest stays.
   * @default 1000
   */
  readonly maxTags?: number | undefined
  /**
   * What is known of the tags, where one call takes several links away.
   * @default they are looked up
   */
  readonly tags?: TagTargets | undefined
  /**
   * The {@link Strategy.linkFields} of all strategies whose links the same call takes away: their links to the subject
   * are nothing that the manifest must stay for.
   * @default those of the strategy
   */
  readonly linkFields?: readonly LinkField[] | undefined
}

/** The result of a withdrawal. */
export interface Withdrawn {
  readonly digest: Digest
  /**
   * Whether the referrer is gone: its manifest, or what cosign kept at a tag. Its manifest stays where something else
   * leads to it, and where the registry refuses deletes.
   */
  readonly deleted: boolean
  /** What was taken away, where it is not the manifest: the link alone. */
  readonly action?:
    | 'tag-deleted'
    | 'entry-removed'
    | 'tag-emptied'
    | 'layers-removed'
    | (string & {})
  /** Why the manifest stays, where it does. */
  readonly reason?: string
  /** Whether it was seen to be no longer listed; `false` when that could not be read back. */
  readonly confirmed: boolean
}

/**
 * A linking strategy. Made by a factory; its options are the factory's arguments. `M` is the manifest that it
 * writes.
 */
export interface Strategy<M extends Manifest = Manifest> {
  readonly name: string
  /** What its factory was given, where it has options: tells two of one name apart. */
  readonly options?: Readonly<Record<string, unknown>>
  /** Where it is specified. */
  readonly spec: string
  /** What a registry must support for it. */
  readonly needs: readonly (keyof Capabilities)[]
  /** Other tools write these links: publish and withdraw throw. */
  readonly readOnly?: boolean
  /** Strategies that this one chooses among; `via` names the chosen one. */
  readonly choices?: readonly Strategy[]
  /**
   * The capability that says whether the registry keeps the list. Without it links are at a tag, and those made
   * before the registry had the list may be there only.
   */
  readonly list?: keyof Capabilities
  /**
   * The fields of a manifest that link it by themselves.
   * @default none: links are tags, or entries
   */
  readonly linkFields?: readonly LinkField[]
  /**
   * Whether a link names its subject by the digest alone: then a subject given by digest is not looked up, and
   * need not exist.
   * @default false
   */
  readonly byDigest?: boolean

  /** Throws for an artifact that cannot be linked this way. Sends nothing. */
  check(artifact: ArtifactOutline): void
  /** Small blobs that its manifest names beside the artifact's own, such as `{}`. Sends nothing. */
  blobs(artifact: ArtifactOutline): readonly SmallBlob[]
  /**
   * Builds the manifest; a promise where that takes a digest. The same input gives the same bytes. Sends nothing:
   * golden tests and previews use it. Only a strategy that links {@link byDigest} gets less than the subject's
   * descriptor.
   */
  describe(subject: SubjectReference, artifact: Artifact): M | Promise<M>
  /**
   * The inverse of {@link describe}: the artifact that a manifest of this kind holds, `undefined` for another
   * manifest; a promise where the answer is loaded. Sends nothing.
   */
  read(manifest: Manifest): Artifact | undefined | Promise<Artifact | undefined>
  /**
   * Fields of an artifact that {@link read} does not give back as they were. None where it is left out; a promise
   * where the answer is loaded.
   */
  losses?(artifact: Artifact): readonly Loss[] | Promise<readonly Loss[]>

  /**
   * Starts what publish has to read, as soon as the subject is known and while blobs are pushed. Nobody waits for it,
   * and what it fails with is dropped: publish meets that again.
   */
  prepare?(
    repo: Repository,
    subject: Digest,
    artifact: ArtifactOutline,
    options: Pick<PublishOptions, 'signal'>,
  ): void | Promise<void>
  /** Writes manifests of one subject and makes them findable; a document that lists them is written once. */
  publish(
    repo: Repository,
    subject: SubjectReference,
    referrers: readonly NewReferrer<M>[],
    options: PublishOptions,
  ): Promise<readonly Referrer[]>
  /** Finds referrers. */
  discover(repo: Repository, subject: Digest, options: FindOptions): Listing<Referrer>
  /**
   * Undoes publish. Deletes no manifest that something else leads to: `whatReaches()` of ocilink/registry tells. Then
   * only the link goes; one that cannot go alone is an `UnsupportedError`.
   */
  withdraw(
    repo: Repository,
    subject: Digest,
    referrer: Digest,
    options: WithdrawOptions,
  ): Promise<Withdrawn>

  /** Whether an entry of an image's index is a link of this kind, and so no platform of the image. */
  marks?(entry: Descriptor): boolean
  /** The strategy with the options by which a referrer was found. Itself where it is left out. */
  from?(via: Via): Strategy<M>
}
