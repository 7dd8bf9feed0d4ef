/**
 * Proposal B: what has a `reference` to a manifest (PROPOSAL_B.md, "Registry HTTP API").
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { MANIFEST_LIMIT } from '../../model/manifest.ts'
import { IMAGE_INDEX } from '../../model/media-types.ts'
import type { Call } from '../calls/call.ts'
import { MOST_UNPAGED, tooLong } from '../lists/page.ts'
import { requireNamed } from '../manifests/lookup.ts'
import { bare, parseStored, referrerOf } from '../storage/links.ts'
import type { Answer } from '../wire/answer.ts'
import { json } from '../wire/answers.ts'

/**
 * GET of `/v2/<name>/manifests/<tag-or-digest>/references`: an image index of all that refers to a
 * manifest, complete, in the order of digests. A digest need not be there, a tag must.
 */
export async function listReferences(call: Call): Promise<Answer> {
  const { repository } = call
  const subject = await requireNamed(call)
  const found = new Map<Digest, Descriptor>()
  for await (const referrer of repository.listReferrers(subject, { relation: 'reference' })) {
    found.set(referrer.digest, referrer)
    if (found.size > MOST_UNPAGED) throw tooLong()
  }
  for await (const { digest } of repository.listReferrers(subject, { relation: 'entry' })) {
    const referrer = found.has(digest) ? undefined : await findReferrer(call, digest)
    if (referrer) found.set(digest, referrer)
    if (found.size > MOST_UNPAGED) throw tooLong()
  }
  const referrers = [...found.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1))
  const whole = answer(referrers)
  // There are no pages: what is not in the proposal's text gives way to what a manifest may have.
  const isTooLong = Number(whole.headers.get('content-length')) > MANIFEST_LIMIT
  return isTooLong ? answer(referrers.map(bare)) : whole
}

function answer(manifests: readonly Descriptor[]): Answer {
  return json({ schemaVersion: 2, mediaType: IMAGE_INDEX, manifests }, { type: IMAGE_INDEX })
}

/** An index's entry as its own manifest has it; undefined where that is gone, or was never one. */
async function findReferrer(call: Call, digest: Digest): Promise<Descriptor | undefined> {
  const stored = await call.repository.findManifest(digest)
  if (!stored) return undefined
  const manifest = parseStored(stored)
  const { mediaType, bytes } = stored
  return manifest ? referrerOf(stored, manifest) : { mediaType, digest, size: bytes.byteLength }
}
