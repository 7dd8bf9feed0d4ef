// A gate before a deployment: only an image that is signed, and not revoked, gets a digest to deploy.
// docs/gate.md says why each step is there.
//
//   npm ci && npm run build && node examples/gate.ts registry.example.com/team/app:v1 release-key.pem

import { createPublicKey, verify } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { artifacts, type Digest, discover, locate, parseManifest, type Repository } from 'ocilink'
import { dockerCredentials } from 'ocilink/node'
import { getManifest } from 'ocilink/registry'

export const SIGNATURE = 'application/vnd.example.signature.v1'
export const REVOCATION = 'application/vnd.example.revocation.v1'

/** Whether a signature is one of this digest, by a key that is trusted. */
export type Verify = (digest: Digest, signature: Uint8Array) => boolean | Promise<boolean>

/** The digest to deploy, or why there is none. */
export type Verdict =
  | { readonly allowed: true; readonly digest: Digest }
  | { readonly allowed: false; readonly reason: string }

/** Decides about a tag or a digest. What could not be found out refuses, as everything that is thrown does. */
export async function decide(repo: Repository, subject: string, isValid: Verify): Promise<Verdict> {
  try {
    // Once: a tag may lead to another image a moment later.
    const { digest, images } = await resolve(repo, subject)
    const [unsigned, revoked] = await Promise.all([
      whyUnsigned(repo, digest, images, isValid),
      whyRevoked(repo, digest),
    ])
    const reason = unsigned ?? revoked
    return reason === undefined ? { allowed: true, digest } : { allowed: false, reason }
  } catch (error) {
    return { allowed: false, reason: `could not tell: ${textOf(error)}` }
  }
}

/** What a tag leads to now, and the images in it where that is an index. */
async function resolve(repo: Repository, subject: string) {
  const { descriptor, bytes } = await getManifest(repo, subject)
  const manifest = parseManifest(bytes, descriptor.mediaType)
  const entries = 'manifests' in manifest ? manifest.manifests : []
  // BuildKit's attestations are of no platform, and nothing runs them.
  const images = entries.filter(({ platform }) => platform?.os !== 'unknown')
  return { digest: descriptor.digest, images: images.map(({ digest }) => digest) }
}

/** A signature of an index covers its platforms, which it names by digest; else each needs its own. */
export async function whyUnsigned(
  repo: Repository,
  digest: Digest,
  images: readonly Digest[],
  isValid: Verify,
): Promise<string | undefined> {
  const reason = await whyNotSigned(repo, digest, isValid)
  if (reason === undefined || images.length === 0) return reason
  const reasons = await Promise.all(images.map((image) => whyNotSigned(repo, image, isValid)))
  return reasons.find((each) => each !== undefined)
}

/** One valid signature is a yes, whatever else is attached, and whatever else could not be read. */
async function whyNotSigned(
  repo: Repository,
  digest: Digest,
  isValid: Verify,
): Promise<string | undefined> {
  let doubt: unknown
  try {
    for await (const { blobs } of artifacts(repo, digest, { artifactType: SIGNATURE })) {
      for (const blob of blobs) {
        try {
          if (await isValid(digest, await blob.bytes())) return undefined
        } catch (error) {
          doubt = error
        }
      }
    }
  } catch (error) {
    doubt = error
  }
  const what = `${digest} has no valid signature`
  return doubt === undefined ? what : `${what} that could be read: ${textOf(doubt)}`
}

/** Only a complete answer is a no: every way of linking was read to its end, for every platform. */
export async function whyRevoked(repo: Repository, digest: Digest): Promise<string | undefined> {
  const { referrers, complete, sources } = await discover(repo, digest, {
    artifactType: REVOCATION,
    scope: 'all',
  })
  const [first] = referrers
  if (first) return `${first.subject.digest} is revoked by ${first.digest}`
  if (complete) return undefined
  const failed = sources.find(({ status }) => status === 'failed')
  return `could not tell whether ${digest} is revoked: ${textOf(failed?.error ?? 'there is too much')}`
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [reference = '', keyFile = ''] = process.argv.slice(2)
  const { repo, subject } = locate(reference, { credentials: dockerCredentials() })
  const key = createPublicKey(await readFile(keyFile))
  const verdict = await decide(repo, subject, (digest, signature) =>
    // Ed25519, of the digest as text.
    verify(null, Buffer.from(digest), key, signature),
  )
  if (verdict.allowed) console.log(`${repo.registry}/${repo.name}@${verdict.digest}`)
  else {
    console.error(verdict.reason)
    process.exitCode = 1
  }
}
