/**
 * One conversion from start to end: what is linked is found, linked in the new ways, and compared.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import { type Digest, isDigest } from '../../model/digest.ts'
import type { Repository } from '../../registry/repository.ts'
import { budgeted, observed } from '../../registry/views.ts'
import type { Strategy } from '../../strategies/strategy.ts'
import { discover } from '../discover/discover.ts'
import { levelsOf } from '../lib/depth.ts'
import { everyStrategy } from '../lib/every-strategy.ts'
import { resolveDigest, resolveSubject } from '../lib/subject.ts'
import type { Certificate } from './certificate.ts'
import { intentOf } from './how.ts'
import { mayShare, traced } from './old-links.ts'
import type { ConvertOptions } from './options.ts'
import { convertSubject } from './subject.ts'

/**
 * @param target - a tag, a digest or a descriptor, checked
 * @param options - checked
 */
export async function runConvert(
  repo: Repository,
  target: string | Descriptor,
  options: ConvertOptions,
): Promise<Certificate> {
  const { keep = true, dryRun = false, scope = 'all', depth, settle, signal } = options
  const to = [options.to].flat() as readonly Strategy[]
  const others = async () =>
    (await everyStrategy()).filter((one) => !to.some((other) => mayShare(one, other)))
  const from = options.from ? ([options.from].flat() as readonly Strategy[]) : await others()
  const view = observed(budgeted(repo), () => {}, new Map())
  const image = await resolveSubject(view, target, { intent: intentOf({ dryRun }), signal })
  const old = traced(from)
  const found = await discover(view, image.digest, {
    strategies: old.strategies,
    scope,
    depth: levelsOf(depth),
    signal,
  })
  const bySubject = new Map<Digest, Set<Digest>>()
  for (const { digest, subjects } of found.flat) {
    for (const one of subjects) bySubject.set(one, (bySubject.get(one) ?? new Set()).add(digest))
  }
  const how = { to, keep, dryRun, settle, signal }
  const converted = []
  for (const [one, digests] of bySubject) {
    const linked = old.linksTo(one, (digest) => digests.has(digest))
    converted.push(...(await convertSubject(repo, view, one, linked, how)))
  }
  const tag = typeof target === 'string' && !isDigest(target) ? target : undefined
  const imageUnchanged = tag === undefined || (await leadsTo(repo, tag, image.digest, signal))
  const { mediaType, digest, size } = image
  const failed = converted.some((one) => one.to.some(isIncomplete))
  return {
    version: 1,
    repository: `${repo.registry}/${repo.name}`,
    created: new Date().toISOString(),
    dryRun,
    image: { mediaType, digest, size },
    ...(tag !== undefined && { tag }),
    imageUnchanged,
    converted,
    complete: found.complete && imageUnchanged && !failed,
  }
}

/** What was done has to be said, also where the tag cannot be read any more. */
async function leadsTo(
  repo: Repository,
  tag: string,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    return (await resolveDigest(repo, tag, { signal })) === digest
  } catch {
    signal?.throwIfAborted()
    return false
  }
}

function isIncomplete({ status, payloadsEqual }: Certificate['converted'][number]['to'][number]) {
  return status === 'failed' || !payloadsEqual
}
