/**
 * platforms(): the images of several platforms that an index stands for.
 *
 * @module
 */
import type { Descriptor } from '../model/descriptor.ts'
import { parseSubject, type Subject } from '../model/subject.ts'
import { abortSignal, checkOptions } from '../platform/options.ts'
import type { Repository } from '../registry/repository.ts'
import { type Reads, readKey } from '../registry/stored-manifest.ts'
import { budgeted, observed } from '../registry/views.ts'
import { resolveSubject } from './lib/subject.ts'

/** Options of {@link platforms}. */
export interface PlatformsOptions {
  readonly signal?: AbortSignal | undefined
}

/**
 * The manifests of an image's platforms: what its index lists, without attestations and other links, and what
 * indexes in it list. An image that is no index is its own only platform.
 *
 * Requests: `GET` of the image, and of each index in it.
 *
 * @param subject - a tag, a digest or a descriptor
 * @returns descriptors, each with its `platform` where the index says one
 * @throws {@link RegistryError} `NOT_FOUND`; {@link ContentError} `TOO_LARGE` for more than anybody makes
 * @see image-spec 1.1, image-index.md
 * @example
 * ```ts
 * import { attach, platforms, repository } from 'ocilink'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const subjects = ['v1', ...(await platforms(app, 'v1'))]
 * const artifact = { artifactType: 'text/plain', annotations: { approved: 'yes' } }
 * for (const { subject, error } of await attach(app, subjects, artifact)) {
 *   if (error) console.error(subject, error.message)
 * }
 * ```
 */
export async function platforms(
  repo: Repository,
  subject: Subject,
  options: PlatformsOptions = {},
): Promise<readonly Descriptor[]> {
  checkOptions(options, { signal: abortSignal })
  const { signal } = options
  const target = parseSubject(repo, subject)
  signal?.throwIfAborted()
  const reads: Reads = new Map()
  const view = observed(budgeted(repo), () => {}, reads)
  const image = await resolveSubject(view, target, { signal })
  // What was read by its tag is not read again by its digest.
  const read = typeof target === 'string' && reads.get(readKey(target, undefined))
  if (read) reads.set(readKey(image.digest, undefined), read)
  const { onDemand } = await import('./lib/on-demand.ts')
  const scoped = await onDemand.expandSubject(view, image.digest, 'platform', [], signal)
  const { subjects, entries, cut } = scoped
  if (cut) throw cut
  return subjects.map((digest) => entries.get(digest) ?? image)
}
