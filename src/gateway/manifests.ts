/**
 * Manifests with a `subject`, written and deleted over any upstream: the gateway keeps the referrers tag, as clients do
 * where a registry has no list (distribution-spec 1.1, "Pushing Manifests with Subject", "Deleting Manifests").
 *
 * @module
 */
import { isOcilinkError } from '../errors.ts'
import { parseAnyManifest } from '../model/any-manifest.ts'
import type { Descriptor } from '../model/descriptor.ts'
import { algorithmOf, isDigest } from '../model/digest.ts'
import { MANIFEST_LIMIT, type Manifest } from '../model/manifest.ts'
import { dropBody, readBounded } from '../platform/body.ts'
import { findManifest, putManifest as putAgain } from '../registry/manifests.ts'
import type { Repository } from '../registry/repository.ts'
import { enterReferrer, takeOutReferrer } from '../tasks/entries.ts'
import { errorAnswer } from './answers.ts'
import type { Client } from './client.ts'
import type { Settings } from './options.ts'
import { explained, isOfProposal, linkPatiently, patiently } from './refusals.ts'
import { pass } from './upstream.ts'

/** Which manifest, and where it is at the upstream. */
interface ManifestPlace {
  readonly reference: string
  readonly path: string
}

/**
 * Stores a manifest at the upstream as the client sent it, and enters it into its subject's list. Acknowledged with
 * `OCI-Subject` once the entry was read back, so that the client leaves the tag alone.
 *
 * @throws what the upstream answered to the entry: the manifest is stored then, and a client that tries again loses
 *   nothing
 */
export async function putManifest(
  request: Request,
  { reference, path }: ManifestPlace,
  client: Client,
  settings: Settings,
): Promise<Response> {
  const body = await readBody(request)
  if (!body)
    return errorAnswer(413, 'SIZE_INVALID', `a manifest has at most ${MANIFEST_LIMIT} bytes`)
  const type = request.headers.get('content-type')
  const manifest = parse(body, type)
  const subject = manifest && subjectOf(manifest)
  const store = () => pass(request, settings, { body, path })
  const answer = await (subject ? patiently(store, request.signal) : store())
  if (isOfProposal(type) && !answer.ok) return explained(answer, type)
  if (!answer.ok || !manifest || !subject) return answer
  const { repo } = client
  const digest = isDigest(reference) ? reference : undefined
  const written = { manifest, bytes: body, digest }
  const enter = () => enterReferrer(repo, subject, written, request.signal)
  const acknowledged = answer.headers.get('oci-subject') === subject.digest
  if (acknowledged && repo.capabilities.referrersApi === 'supported') return answer
  const entered = await orDrop(answer, linkPatiently(enter, request.signal))
  if (entered) answer.headers.set('OCI-Subject', subject.digest)
  else answer.headers.delete('OCI-Subject')
  return answer
}

/**
 * Deletes at the upstream, and takes what was deleted out of its subject's list. In this order nothing is lost where the
 * upstream refuses.
 */
export async function deleteManifest(
  request: Request,
  { reference, path }: ManifestPlace,
  client: Client,
  settings: Settings,
): Promise<Response> {
  const { repo } = client
  const stored = isDigest(reference) ? await look(repo, reference, request.signal) : undefined
  if (stored) await mayWrite(request, stored, client)
  const answer = await pass(request, settings, { path })
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

/**
 * A token may be for deleting alone, and the referrers tag has to be written after that. So what is deleted is written
 * once more by its digest, which changes nothing.
 *
 * @throws `AuthError` `AUTH_REQUIRED` where the client needs another token: it is told so while it can still try again
 */
async function mayWrite(
  { headers, signal }: Request,
  { descriptor, bytes }: Deleted,
  { repo }: Client,
): Promise<void> {
  const { mediaType, digest } = descriptor
  const hasToken = /^bearer /i.test(headers.get('authorization') ?? '')
  if (!hasToken || repo.capabilities.referrersApi === 'supported') return
  // By another digest than its own it would be another manifest.
  if (algorithmOf(digest) !== 'sha256') return
  try {
    await putAgain(repo, undefined, bytes, { mediaType, linked: true, signal })
  } catch (error) {
    signal.throwIfAborted()
    // Any other refusal may be for its content, such as blobs that are gone.
    if (isOcilinkError(error, 'AUTH_REQUIRED')) throw error
  }
}

/** What is deleted, where it is a referrer. */
interface Deleted {
  readonly subject: Descriptor
  readonly descriptor: Descriptor
  readonly bytes: Uint8Array
}

async function look(
  repo: Repository,
  digest: string,
  signal: AbortSignal,
): Promise<Deleted | undefined> {
  const stored = await findManifest(repo, digest, { signal })
  const manifest = stored && parse(stored.bytes, stored.descriptor.mediaType)
  const subject = manifest && subjectOf(manifest)
  return subject && { ...stored!, subject }
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
