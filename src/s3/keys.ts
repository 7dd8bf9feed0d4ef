/**
 * Names of objects. No component of a repository's name begins with an underscore, so ours are never
 * another repository's.
 *
 * @module
 */
import { type Digest, isDigest } from '../model/digest.ts'

/** The keys of one repository. */
export interface Keys {
  /** What all of them begin with. */
  readonly all: string
  /** Says that there is this repository, where nothing else does any more. */
  readonly known: string
  readonly blobs: string
  readonly manifests: string
  readonly tags: string
  readonly pending: string
  readonly uploads: string
  blob(digest: Digest): string
  manifest(digest: Digest): string
  /** Links of a manifest that its own object has no room for. */
  linked(digest: Digest): string
  /** What a link's name continues: `subject/sha256:…/`. */
  link(rest: string): string
  linksTo(relation: string, subject: Digest): string
  tag(tag: string): string
  /** Tags that were once pointed at a manifest. */
  tagged(digest: Digest): string
  /** Who writes or deletes a manifest now. */
  lock(digest: Digest): string
  upload(id: string): string
}

/** The keys of a repository below a prefix, which ends in a slash or is empty. */
export function keysOf(prefix: string, name: string): Keys {
  const all = `${prefix}${name}/_`
  return {
    all,
    known: `${all}known`,
    blobs: `${all}blobs/`,
    manifests: `${all}manifests/`,
    tags: `${all}tags/`,
    pending: `${all}pending/`,
    uploads: `${all}uploads/`,
    blob: (digest) => `${all}blobs/${digest}`,
    manifest: (digest) => `${all}manifests/${digest}`,
    linked: (digest) => `${all}linked/${digest}`,
    link: (rest) => `${all}links/${rest}`,
    linksTo: (relation, subject) => `${all}links/${escaped(relation)}/${subject}/`,
    tag: (tag) => `${all}tags/${escapedTag(tag)}`,
    tagged: (digest) => `${all}tagged/${digest}/`,
    lock: (digest) => `${all}pending/${digest}`,
    upload: (id) => `${all}uploads/${id}/`,
  }
}

/** The digest that a key ends in. */
export function digestIn(key: string): Digest | undefined {
  const last = key.slice(key.lastIndexOf('/') + 1)
  return isDigest(last) ? last : undefined
}

/**
 * Text as a part of a key: what is not unreserved in addresses as `~` and four hexadecimal digits. Keeps the
 * order of what the specification allows as a tag, and of what links are listed by.
 */
export function escaped(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9._:]/g, escapedUnit)
}

/** A tag, which may have a `-`, and must not be taken for a step in a path. */
export function escapedTag(tag: string): string {
  return tag.replaceAll(/[^A-Za-z0-9._-]|^\./g, escapedUnit)
}

/** The text of such a part. */
export function unescaped(part: string): string {
  return part.replaceAll(/~([0-9a-f]{4})/g, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

function escapedUnit(unit: string): string {
  return `~${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
