/**
 * Manifests with a `subject`, written and deleted over any upstream: the gateway keeps the referrers tag, as clients do
 * where a registry has no list (distribution-spec 1.1, "Pushing Manifests with Subject", "Deleting Manifests").
 *
 * @module
 */
import { parseAnyManifest } from '../model/any-manifest.ts'
import type { Descriptor } from '../model/descriptor.ts'
import { isDigest } from '../model/digest.ts'
import { MANIFEST_LIMIT, type Manifest } from '../model/manifest.ts'
import { dropBody, readBounded } from '../platform/body.ts'
import { findManifest } from '../registry/manifests.ts'
import type { Repository } from '../registry/repository.ts'
import { enterReferrer, takeOutReferrer } from '../tasks/entries.ts'
import { errorAnswer } from './answers.ts'
import type { Client } from './client.ts'
import type { Settings } from './options.ts'
import { pass } from './upstream.ts'

/**
 * Stores a manifest at the upstream as the client sent it, and enters it into its subject's list. Acknowledged with
 * `OCI-Subject` once the entry was read back, so that the client leaves the tag alone.
 *
 * @throws what the upstream answered to the entry: the manifest is stored then, and a client that tries again loses
 *   nothing
 */
export async function putManifest(
  request: Request,
  reference: string,
  client: Client,
  settings: Settings,
): Promise<Response> {
  const body = await readBody(request)
  if (!body)
    return errorAnswer(413, 'SIZE_INVALID', `a manifest has at most ${MANIFEST_LIMIT} bytes`)
  const answer = await pass(request, settings, { body })
  const type = request.headers.get('content-type')
  if (ofProposals.test(type ?? '') && answer.status >= 400 && answer.status < 500) {
    return refusedType(answer, type!)
  }
  const manifest = parse(body, type)
  const subject = manifest && subjectOf(manifest)
  if (answer.status !== 201 || !manifest || !subject) return answer
  const { repo } = client
  const digest = isDigest(reference) ? reference : undefined
  const written = { manifest, bytes: body, digest }
  const acknowledged = answer.headers.get('oci-subject') === subject.digest
  if (acknowledged && repo.capabilities.referrersApi === 'supported') return answer
  const entered = await orDrop(answer, enterReferrer(repo, subject, written, request.signal))
  if (entered) answer.headers.set('OCI-Subject', subject.digest)
  else answer.headers.delete('OCI-Subject')
  return answer
}

/** Manifests that only registries of one proposal take. */
const ofProposals = /\bartifact\.manifest\.v1\+json|\boci\.node\.v1\+json/

/** The upstream's refusal, with what would be taken. */
async function refusedType(answer: Response, type: string): Promise<Response> {
  const { status } = answer
  if (status === 401 || status === 429) return answer
  dropBody(answer)
  const instead = 'link by an image manifest with "subject" (OCI 1.1), which the gateway lists'
  return errorAnswer(status, 'UNSUPPORTED', `the upstream does not take ${type}: ${instead}`)
}

/**
 * Deletes at the upstream, and takes what was deleted out of its subject's list. In this order nothing is lost where the
 * upstream refuses.
 */
export async function deleteManifest(
  request: Request,
  reference: string,
  client: Client,
  settings: Settings,
): Promise<Response> {
  const { repo } = client
  const stored = isDigest(reference) ? await look(repo, reference, request.signal) : undefined
  const answer = await pass(request, settings)
  client.forgetManifest(reference)
  if (!stored || !(await orDrop(answer, isGone(answer)))) return answer
  const { subject, descriptor } = stored
  await orDrop(answer, takeOutReferrer(repo, subject, descriptor, request.signal))
  return answer

  // It was there before: somebody else may have deleted it meanwhile, or this request came twice.
  async function isGone({ ok, status }: Response): Promise<boolean> {
    return ok || (status === 404 && !(await findManifest(repo, reference, request)))
  }
}

/** Waits for what an answer needs; without that, nobody reads the answer. */
async function orDrop<T>(answer: Response, needed: Promise<T>): Promise<T> {
  try {
    return await needed
  } catch (error) {
    dropBody(answer)
    throw error
  }
}

/** What is deleted, where it is a referrer. */
async function look(
  repo: Repository,
  digest: string,
  signal: AbortSignal,
): Promise<{ readonly subject: Descriptor; readonly descriptor: Descriptor } | undefined> {
  const stored = await findManifest(repo, digest, { signal })
  const manifest = stored && parse(stored.bytes, stored.descriptor.mediaType)
  const subject = manifest && subjectOf(manifest)
  return subject && { subject, descriptor: stored!.descriptor }
}

async function readBody(request: Request): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const whole = new Response(request.body, { headers: request.headers })
    const bytes = await readBounded(whole, MANIFEST_LIMIT, 'throw', request.signal)
    return bytes as Uint8Array<ArrayBuffer>
  } catch (error) {
    if (request.signal.aborted) throw error
    return undefined
  }
}

/** A manifest, or nothing: what is none is for the upstream to refuse. */
function parse(bytes: Uint8Array, type: string | null): Manifest | undefined {
  try {
    return parseAnyManifest(bytes, type ?? '')
  } catch {
    return undefined
  }
}

function subjectOf(manifest: Manifest): Descriptor | undefined {
  return 'subject' in manifest ? manifest.subject : undefined
}
