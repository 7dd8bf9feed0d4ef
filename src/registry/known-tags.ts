/**
 * A repository whose tags were listed: what the list lacks is not requested (distribution-spec 1.1, "Listing
 * Tags").
 *
 * @module
 */
import { isDigest } from '../model/digest.ts'
import { untilAborted } from '../platform/abort.ts'
import { manifestPath, tagsPath } from './endpoints.ts'
import { internalsOf, type Repository, viewOf } from './repository.ts'

/**
 * The same repository, which answers by itself for tags that it does not have, and for the list of those that it has.
 * Calls that look for links at many tags send nothing then where there is none.
 *
 * @param tags - all tags of the repository
 * @param besides - tags that are requested all the same
 */
export function withKnownTags(
  repo: Repository,
  tags: ReadonlySet<string>,
  besides: readonly string[] = [],
): Repository {
  const { exchange } = internalsOf(repo)
  const manifests = manifestPath(repo.name, '')
  const listed = withListedTags(repo, Promise.resolve([...tags]))
  return viewOf(listed, {
    async exchange(wire, ...how) {
      const { pathname } = new URL(wire.url)
      if (pathname === tagsPath(repo.name)) return internalsOf(listed).exchange(wire, ...how)
      const reference = pathname.startsWith(manifests)
        ? pathname.slice(manifests.length)
        : undefined
      const reads = wire.method === 'GET' || wire.method === 'HEAD'
      const isTag =
        reference && !reference.includes('/') && !isDigest(decodeURIComponent(reference))
      if (!reads || !isTag || tags.has(reference) || besides.includes(reference))
        return exchange(wire, ...how)
      const errors = [{ code: 'MANIFEST_UNKNOWN', message: 'the list of tags lacks it' }]
      return Response.json({ errors }, { status: 404 })
    },
  })
}

/**
 * The same repository, which lists its tags from a list that is known, or on its way.
 *
 * @param tags - all tags of the repository; `undefined` where they are not known after all
 */
export function withListedTags(
  repo: Repository,
  tags: Promise<readonly string[] | undefined>,
): Repository {
  const { exchange } = internalsOf(repo)
  let sorted: readonly string[] | undefined
  return viewOf(repo, {
    async exchange(wire, ...how) {
      const { pathname, searchParams } = new URL(wire.url)
      const isList = pathname === tagsPath(repo.name)
      const known = isList ? await untilAborted(tags, wire.signal) : undefined
      if (!known) return exchange(wire, ...how)
      const last = searchParams.get('last')
      sorted ??= [...known].sort()
      const names = sorted.filter((tag) => last === null || tag > last)
      return Response.json({ name: repo.name, tags: names })
    },
  })
}
