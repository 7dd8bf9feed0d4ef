/**
 * Takes layers out of the documents at cosign's tags.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import type { Digest } from '../../model/digest.ts'
import { findManifest } from '../../registry/manifests.ts'
import { type Repository, warn } from '../../registry/repository.ts'
import { readDocument } from '../shared-tag/document.ts'
import { changeDocument } from '../shared-tag/writer.ts'
import type { PublishOptions, Withdrawn } from '../strategy.ts'
import { cosignDocument, type PlaceOptions, placeOf } from './document.ts'

/**
 * Takes the layers of a manifest out of the tag where they are, and deletes the tag when no layer is left, also none
 * that cannot be read. The manifest may be an earlier one than is there now: layers that others have added since stay.
 * A manifest of cosign's does not name its subject: one whose layers are at none of the subject's tags counts as
 * withdrawn already.
 *
 * Requests: `GET` of each tag, and of the manifest where it is at none; on the tag that holds its
 * layers a `GET`, a `DELETE` or `PUT`, and a `GET`.
 *
 * @throws {@link InvalidInputError} when the manifest is none of cosign's
 */
export async function withdrawCosign(
  source: Repository,
  where: PlaceOptions,
  subject: Digest,
  suffixes: readonly string[],
  digest: Digest,
  { settle, signal }: Pick<PublishOptions, 'settle' | 'signal'>,
): Promise<Withdrawn> {
  const place = placeOf(source, where)
  const { repo } = place
  const options = { intent: 'push', signal } as const
  const states = await Promise.all(
    suffixes.map(async (suffix) => {
      const document = cosignDocument(place, subject, suffix)
      return { document, ...(await readDocument(repo, document, options)) }
    }),
  )
  const at = states.find((state) => state.stored?.descriptor.digest === digest)
  const stored = at?.stored ?? (await findManifest(repo, digest, options))
  if (!stored) return { digest, deleted: false, confirmed: true }

  const { key, inspect } = states[0]!.document
  const { entries, foreign } = inspect(stored)
  if (foreign) {
    const expected = `a referrer of ${subject}`
    throw new InvalidInputError('INVALID_INPUT', 'referrer', expected, digest)
  }
  const keys = new Set(entries.map(key))
  const holders = states.filter((state) => state.entries.some((entry) => keys.has(key(entry))))
  const changes = await Promise.all(
    holders.flatMap(({ document, ...state }) =>
      entries.map((entry) =>
        changeDocument(repo, document, { entry, present: false, settle, signal, state }),
      ),
    ),
  )
  if (changes.length === 0) return { digest, deleted: false, confirmed: true }

  const left = changes.find((change) => change.stored)?.stored
  const rest = left && inspect(left)
  const emptied = rest && rest.entries.length + (rest.unreadable?.length ?? 0) === 0
  const confirmed = changes.every((change) => change.confirmed)
  if (emptied)
    warn(
      repo,
      `${digest} is no longer linked, but the registry deletes no tag: an empty manifest stays`,
    )
  const action = emptied ? 'tag-emptied' : left ? 'layers-removed' : 'tag-deleted'
  return { digest, deleted: !emptied, confirmed, action }
}
