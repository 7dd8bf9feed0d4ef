/**
 * Pulling, pushing and deleting manifests and tags (distribution-spec 1.1, "Pulling manifests",
 * "Pushing Manifests", "Deleting tags", "Deleting Manifests").
 *
 * @module
 */
import { algorithmOf, type Digest, digestOf } from '../model/digest.ts'
import { MANIFEST_LIMIT } from '../model/manifest.ts'
import { baseType } from '../model/media-types.ts'
import { empty, Refusal } from './answers.ts'
import { readBytes } from './body.ts'
import type { Call } from './call.ts'
import { etagOf, isNotModified, requireConditions } from './conditions.ts'
import { linksOf } from './links.ts'
import { requireReference, requireTag } from './names.ts'
import { readManifest, requireReferences } from './pushed-manifest.ts'

/** GET and HEAD of `/v2/<name>/manifests/<tag-or-digest>`. `Accept` is not looked at. */
export async function getManifest(call: Call): Promise<Response> {
  const reference = requireReference(call.id)
  const digest = await currentDigest(call, reference)
  const manifest = digest && (await call.repository.findManifest(digest))
  if (!manifest) throw await unknownManifest(call)
  const headers: Record<string, string> = {
    'Content-Type': manifest.mediaType,
    'Content-Length': String(manifest.bytes.byteLength),
    'Docker-Content-Digest': manifest.digest,
  }
  if (call.registry.settings.conditional) {
    headers.ETag = etagOf(manifest.digest)
    if (isNotModified(call.request, manifest.digest)) {
      const { ETag, 'Docker-Content-Digest': unchanged } = headers
      return new Response(null, {
        status: 304,
        headers: { ETag, 'Docker-Content-Digest': unchanged! },
      })
    }
  }
  return new Response(manifest.bytes, { headers })
}

/** PUT of `/v2/<name>/manifests/<tag-or-digest>`, tagging by `?tag=` where pushed by digest. */
export async function putManifest(call: Call): Promise<Response> {
  const { query, registry, repository, request } = call
  const reference = requireReference(call.id)
  const tags = 'tag' in reference ? [reference.tag] : query.getAll('tag').map(requireTag)
  const mediaType = baseType(request.headers.get('Content-Type'))
  const bytes = await readBytes(request, MANIFEST_LIMIT)
  if (!bytes) {
    const message = `a manifest may have ${MANIFEST_LIMIT} bytes`
    throw new Refusal(413, 'SIZE_INVALID', message)
  }
  const digest = await requireContent(bytes, reference)
  const manifest = readManifest(bytes, mediaType)
  const stored = { digest, mediaType, bytes }

  await registry.exclusive(`manifests ${call.name}`, async () => {
    request.signal.throwIfAborted()
    if (registry.settings.conditional) {
      const current = await currentDigest(call, reference)
      const found = current && (await repository.findManifest(current))
      requireConditions(request, found?.digest)
    }
    await requireReferences(repository, manifest)
    request.signal.throwIfAborted()
    await repository.putManifest(stored, tags, linksOf(stored, manifest))
  })
  await repository.sync()

  const response = empty(201, {
    Location: `/v2/${call.name}/manifests/${digest}`,
    'Docker-Content-Digest': digest,
  })
  if (registry.settings.conditional) response.headers.set('ETag', etagOf(digest))
  if (manifest.subject && registry.settings.referrersApi) {
    response.headers.set('OCI-Subject', manifest.subject.digest)
  }
  if ('digest' in reference) for (const tag of tags) response.headers.append('OCI-Tag', tag)
  return response
}

/** DELETE of a tag, which leaves the manifest, or of a manifest, which takes its tags with it. */
export async function deleteManifest(call: Call): Promise<Response> {
  const { registry, repository, request } = call
  const reference = requireReference(call.id)
  await registry.exclusive(`manifests ${call.name}`, async () => {
    request.signal.throwIfAborted()
    const digest = await currentDigest(call, reference)
    if (!digest || !(await repository.findManifest(digest))) throw await unknownManifest(call)
    if (registry.settings.conditional) requireConditions(request, digest)
    if ('tag' in reference) await repository.deleteTag(reference.tag)
    else await repository.deleteManifest(digest)
  })
  await repository.sync()
  return empty(202, {})
}

/** The digest that a reference names now; undefined for a tag that is not there. */
async function currentDigest(
  call: Call,
  reference: { digest: Digest } | { tag: string },
): Promise<Digest | undefined> {
  return 'digest' in reference ? reference.digest : call.repository.findTag(reference.tag)
}

/** Digest of pushed bytes, in the algorithm they were pushed by. */
async function requireContent(
  bytes: Uint8Array,
  reference: { digest: Digest } | { tag: string },
): Promise<Digest> {
  if ('tag' in reference) return digestOf(bytes)
  const actual = await digestOf(bytes, algorithmOf(reference.digest))
  if (actual === reference.digest) return actual
  throw new Refusal(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content', {
    detail: { expected: reference.digest, actual },
  })
}

async function unknownManifest(call: Call): Promise<Refusal> {
  const detail = { name: call.name, reference: call.id }
  return (await call.repository.exists())
    ? new Refusal(404, 'MANIFEST_UNKNOWN', 'manifest unknown to registry', { detail })
    : new Refusal(404, 'NAME_UNKNOWN', 'repository name not known to registry', { detail })
}
