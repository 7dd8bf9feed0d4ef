/**
 * What a registry still lists of what it answered to have deleted. Of deletes that come at the same time olareg 0.2
 * loses some: the manifests stay, and so do their entries in its list of referrers (distribution-spec 1.1, "Listing
 * Referrers").
 *
 * @module
 */
import pLimit from 'p-limit'
import type { Digest } from '../../../model/digest.ts'
import { addTo } from '../../../platform/add-to.ts'
import type { Repository } from '../../../registry/repository.ts'
import { referrersApi } from '../../../strategies/kept/list-api.ts'
import { readListed } from '../../../strategies/kept/listed.ts'
import type { DeletedItem, DeleteStep } from './step.ts'

/** Lists that are being read. */
const AT_ONCE = 12
/** Lists of the proposals of 2022. What they have may be in no list of OCI's. */
const others = ['referencesApi', 'artifactsApi', 'orasArtifactsApi', 'orasDraftApi'] as const

/** What a registry's lists have of what was deleted. */
export type StillListed = ReadonlySet<Digest> | 'unread' | undefined

/**
 * Reads the list of each subject of which something is deleted, as soon as that has ended.
 *
 * Requests: for each subject those of its list; none where the registry keeps none, or other lists beside OCI's.
 *
 * @param running - the deletes, by digest
 * @returns what is listed still; `'unread'` where a list could not be read, or another one may have it; `undefined` where
 *   the registry keeps no lists
 */
export async function stillListed(
  repo: Repository,
  steps: readonly DeleteStep[],
  running: ReadonlyMap<Digest, Promise<DeletedItem>>,
  signal: AbortSignal | undefined,
): Promise<StillListed> {
  if (repo.capabilities.referrersApi === 'unsupported') return undefined
  if (others.some((list) => repo.capabilities[list] === 'supported')) return 'unread'
  const bySubject = new Map<Digest, Promise<DeletedItem>[]>()
  for (const step of steps) {
    if (!isListed(step)) continue
    for (const subject of step.attachedTo ?? [])
      addTo(bySubject, subject, running.get(step.digest)!)
  }
  const turn = pLimit(AT_ONCE)
  const lists = [...bySubject].map(async ([subject, deletes]) => {
    const ended = await Promise.all(deletes)
    if (!ended.some(({ status }) => status === 'done')) return []
    const { digests, isRead } = await turn(() => readListed(repo, subject, referrersApi, signal))
    if (!isRead) throw new Error('There is no list any more')
    return [...digests]
  })
  try {
    return new Set((await Promise.all(lists)).flat())
  } catch {
    return 'unread'
  }
}

/** Whether a registry that keeps lists has it in one. What is linked by a tag is in none. */
export function isListed({ action, tags, attachedTo = [] }: DeleteStep): boolean {
  return action === 'delete-manifest' && tags.length === 0 && attachedTo.length > 0
}
