/**
 * Pulling, pushing and deleting manifests and tags (distribution-spec 1.1, "Pulling manifests",
 * "Pushing Manifests", "Deleting tags", "Deleting Manifests").
 *
 * @module
 */
import { algorithmOf, type Digest, digestOf, isDigest } from '../../model/digest.ts'
import { isIndexType } from '../../model/manifest.ts'
import { baseType } from '../../model/media-types.ts'
import type { Call } from '../calls/call.ts'
import { breakLists } from '../lists/broken-lists.ts'
import type { ManifestSettings } from '../settings/settings.ts'
import { linksOf } from '../storage/links.ts'
import type { Expected, StoredManifest } from '../storage/storage.ts'
import { type Answer, answerOf } from '../wire/answer.ts'
import { empty, type Reason, Refusal } from '../wire/answers.ts'
import { readBytes } from '../wire/body.ts'
import { etagOf, hasConditions, isNotModified, requireConditions } from '../wire/conditions.ts'
import { requireReference, requireTag } from '../wire/names.ts'
import { contentOf, headManifest } from './content.ts'
import { currentDigest, unknownManifest } from './lookup.ts'
import { pushedType, readManifest, requireReferences } from './pushed-manifest.ts'

/** GET and HEAD of `/v2/<name>/manifests/<tag-or-digest>`. */
export async function getManifest(call: Call): Promise<Answer> {
  const settings = call.registry.settings.manifests
  const reference = referenceOf(call, 'manifest-digest')
  const manifest = await findManifest(call, reference)
  requireAccept(call.request, manifest.mediaType, settings.accept)
  const headers: Record<string, string> = {
    'Content-Type': manifest.mediaType,
    'Content-Length': String(manifest.bytes.byteLength),
    'Docker-Content-Digest': manifest.digest,
  }
  if (settings.etag) {
    const ETag = etagOf(manifest.digest)
    const comparison = settings.weakEtag ? 'weak' : 'strong'
    if (isNotModified(call.request, manifest.digest, comparison)) {
      // RFC 9110 section 15.4.5 wants the ETag; distribution sends nothing.
      const about = { ETag, 'Docker-Content-Digest': manifest.digest }
      return answerOf(304, settings.weakEtag ? about : {})
    }
    headers.ETag = ETag
  }
  return answerOf(200, headers, manifest.bytes)
}

/**
 * What a reference leads to. A tag that moved on while its manifest was deleted is looked up again.
 *
 * @throws {@link Refusal} 404
 */
async function findManifest(
  call: Call,
  reference: { digest: Digest } | { tag: string },
): Promise<StoredManifest> {
  const { registry, repository, name, request } = call
  let before: Digest | undefined
  for (;;) {
    const digest = (await currentDigest(call, reference)) ?? aliasOf(call)
    const hidden = 'digest' in reference && registry.hidden.has(`${name}@${digest}`)
    if (!digest || hidden || digest === before) throw await unknownManifest(call)
    const manifest = await repository.findManifest(digest)
    if (manifest) return manifest
    if ('digest' in reference) throw await unknownManifest(call)
    before = digest
    request.signal.throwIfAborted()
  }
}

/** PUT of `/v2/<name>/manifests/<tag-or-digest>`, tagging by `?tag=` where pushed by digest. */
export async function putManifest(call: Call): Promise<Answer> {
  const { query, registry, repository, request } = call
  const settings = registry.settings.manifests
  const reference = referenceOf(call, 'manifest-push-digest')
  const tags = 'tag' in reference ? [reference.tag] : moreTags(query, settings)
  const bytes = await readBytes(request, settings.limit)
  if (!bytes) {
    const message = `a manifest may have ${settings.limit} bytes`
    throw new Refusal(413, 'SIZE_INVALID', message, { reason: 'manifest-size' })
  }
  const mediaType = pushedType(request.headers.get('Content-Type'), bytes, settings)
  const digest = await requireContent(bytes, reference, settings)
  const manifest = readManifest(bytes, mediaType, registry.settings)
  const stored = { digest, mediaType, bytes }
  const links = linksOf(stored, manifest)

  await alone(call, async () => {
    request.signal.throwIfAborted()
    let expected = await requirePutConditions(call, reference, tags, digest)
    const content = contentOf(repository, request.signal)
    await requireReferences(content, manifest, registry.settings)
    request.signal.throwIfAborted()
    if (repository.shared) {
      while (!(await repository.shared.putManifest(stored, tags, links, expected))) {
        request.signal.throwIfAborted()
        expected = await requirePutConditions(call, reference, tags, digest)
      }
    } else await repository.putManifest(stored, tags, links)
    registry.hidden.delete(`${call.name}@${digest}`)
  })
  await repository.sync()

  const response = empty(201, {
    Location: `/v2/${call.name}/manifests/${digest}`,
    'Docker-Content-Digest': digest,
  })
  if (settings.etag && settings.preconditions) response.headers.set('etag', etagOf(digest))
  const bySubject = links.find(({ relation }) => relation === 'subject')
  if (bySubject && registry.settings.referrers.subjectHeader) {
    response.headers.set('oci-subject', bySubject.subject)
  }
  const byReference = links.find(({ relation }) => relation === 'reference')
  if (byReference && registry.settings.references.api) {
    response.headers.set('oci-reference', byReference.subject)
  }
  const answersTags = 'digest' in reference || settings.tagParameter === 'always'
  if (answersTags && tags.length > 0) response.headers.set('oci-tag', tags.join(', '))
  return response
}

/** DELETE of a tag, which leaves the manifest, or of a manifest, which takes its tags with it. */
export async function deleteManifest(call: Call): Promise<Answer> {
  const { registry, repository, request } = call
  const { deletes, manifests } = registry.settings
  const reference = referenceOf(call, 'manifest-delete-digest')
  if ('tag' in reference ? !deletes.tags : !deletes.manifests) {
    const reason = 'tag' in reference ? 'tag-delete' : 'manifest-delete'
    throw new Refusal(405, 'UNSUPPORTED', 'the operation is unsupported', { reason })
  }
  await alone(call, async () => {
    for (;;) {
      request.signal.throwIfAborted()
      const digest = await currentDigest(call, reference)
      const hidden = 'digest' in reference && registry.hidden.has(`${call.name}@${digest}`)
      const found = !hidden && digest && (await headManifest(repository, digest))
      if (!found) throw await unknownManifest(call)
      if (manifests.preconditions) requireConditions(request, digest)
      if ('tag' in reference) {
        const { shared } = repository
        // Where the tag moved meanwhile, what is there now is checked.
        if (await (shared ?? repository).deleteTag(reference.tag, digest)) return
        if (!shared) return
      } else {
        await breakLists(call, digest)
        if (await removeManifest(call, digest)) return
      }
    }
  })
  await repository.sync()
  return empty(202, {})
}

/**
 * Runs a write of manifests and tags when no other one runs here; at once, where others than this process
 * write too: their storage sees to it.
 */
function alone({ registry, repository, name }: Call, task: () => Promise<void>): Promise<void> {
  return repository.shared ? task() : registry.exclusive(`manifests ${name}`, task)
}

/**
 * Checks a push against what is there.
 *
 * @returns what the checks went by
 * @throws {@link Refusal} 409 or 412
 */
async function requirePutConditions(
  call: Call,
  reference: { digest: Digest } | { tag: string },
  tags: readonly string[],
  digest: Digest,
): Promise<Expected> {
  const { registry, repository, request } = call
  const { movableTags, preconditions } = registry.settings.manifests
  const seen = new Map<string, Digest | undefined>()
  let manifest: boolean | undefined
  if (preconditions && hasConditions(request)) {
    const current = await currentDigest(call, reference)
    const found = current && (await headManifest(repository, current))
    requireConditions(request, found?.digest)
    if ('tag' in reference) seen.set(reference.tag, current)
    else manifest = found !== undefined
  }
  if (!movableTags) {
    for (const tag of tags) seen.set(tag, await requireUnmoved(call, tag, digest))
  }
  return { tags: seen, manifest }
}

/**
 * Where tags outlive their manifest, it is only hidden from those who ask by digest.
 *
 * @returns false where there was none any more
 */
async function removeManifest(
  { registry, repository, name }: Call,
  digest: Digest,
): Promise<boolean> {
  if (registry.settings.deletes.untag) return repository.deleteManifest(digest)
  registry.hidden.add(`${name}@${digest}`)
  return true
}

function referenceOf(call: Call, reason: Reason): { digest: Digest } | { tag: string } {
  return requireReference(call.id, {
    anyTag: !call.registry.settings.manifests.requireTag,
    reason,
  })
}

/** What GitLab takes `sha256-<hex>` for where there is no such tag. */
function aliasOf(call: Call): Digest | undefined {
  const digest = call.id.replace('-', ':')
  return call.registry.settings.manifests.digestTagAlias && isDigest(digest) ? digest : undefined
}

/** Digest of pushed bytes, in the algorithm they were pushed by. */
async function requireContent(
  bytes: Uint8Array,
  reference: { digest: Digest } | { tag: string },
  settings: ManifestSettings,
): Promise<Digest> {
  if ('tag' in reference || !settings.requireDigest) return digestOf(bytes)
  const algorithm = algorithmOf(reference.digest)
  const actual = await digestOf(bytes, algorithm)
  if (actual === reference.digest && settings.algorithms.includes(algorithm)) return actual
  throw new Refusal(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content', {
    detail: { expected: reference.digest, actual },
  })
}

/** Tags of one push; the specification's next version wants 10 of every registry. */
const MOST_TAGS = 100

function moreTags(query: URLSearchParams, settings: ManifestSettings): string[] {
  const tags = settings.tagParameter === 'ignored' ? [] : [...new Set(query.getAll('tag'))]
  if (tags.length <= MOST_TAGS) return tags.map(requireTag)
  throw new Refusal(414, 'MANIFEST_INVALID', `a manifest is pushed with at most ${MOST_TAGS} tags`)
}

/** Registries with immutable tags take the same content again and no other. */
async function requireUnmoved(
  call: Call,
  tag: string,
  digest: Digest,
): Promise<Digest | undefined> {
  const current = await call.repository.findTag(tag)
  if (current === undefined || current === digest) return current
  throw new Refusal(409, 'DENIED', 'the tag is immutable', {
    detail: { tag },
    reason: 'tag-immutable',
  })
}

/** Registries that look at `Accept` answer 404 for what it does not name. */
function requireAccept(
  request: Request,
  mediaType: string,
  accept: ManifestSettings['accept'],
): void {
  if (accept === 'ignored' || (accept === 'images named' && isIndexType(mediaType))) return
  const header = request.headers.get('Accept')
  if (header === null && accept === 'matched') return
  const patterns = (header ?? '').split(',').map(baseType)
  const wild = accept === 'matched' ? ['*/*', mediaType.replace(/[^/]*$/, '*')] : []
  if ([mediaType, ...wild].some((pattern) => patterns.includes(pattern))) return
  const message = 'the Accept header does not name the type of what is there'
  throw new Refusal(404, 'MANIFEST_UNKNOWN', message, { reason: 'manifest-accept' })
}
