/**
 * From references in paths to what is there.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import type { Call } from '../calls/call.ts'
import { Refusal } from '../wire/answers.ts'
import { requireReference } from '../wire/names.ts'

/** The digest that a reference names now; undefined for a tag that is not there. */
export async function currentDigest(
  call: Call,
  reference: { digest: Digest } | { tag: string },
): Promise<Digest | undefined> {
  return 'digest' in reference ? reference.digest : call.repository.findTag(reference.tag)
}

/**
 * The digest that a path's tag or digest names, whether a manifest of that digest is there or not.
 *
 * @throws {@link Refusal} 404 `MANIFEST_UNKNOWN` for a tag that is not there
 */
export async function requireNamed(call: Call): Promise<Digest> {
  const anyTag = !call.registry.settings.manifests.requireTag
  const digest = await currentDigest(call, requireReference(call.id, { anyTag }))
  if (!digest) throw await unknownManifest(call)
  return digest
}

/** The refusal of a reference to what is not there. */
export async function unknownManifest(call: Call): Promise<Refusal> {
  const detail = { name: call.name, reference: call.id }
  if (await call.repository.exists()) {
    return new Refusal(404, 'MANIFEST_UNKNOWN', 'manifest unknown to registry', { detail })
  }
  const message = 'repository name not known to registry'
  return new Refusal(404, 'NAME_UNKNOWN', message, { detail, reason: 'manifest-repository' })
}
