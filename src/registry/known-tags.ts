/**
 * A repository whose tags were listed: what the list lacks is not requested (distribution-spec 1.1, "Listing
 * Tags").
 *
 * @module
 */
import { isDigest } from '../model/digest.ts'
import { manifestPath, tagsPath } from './endpoints.ts'
import { internalsOf, type Repository, viewOf } from './repository.ts'

/**
 * The same repository, which answers by itself for tags that it does not have, and for the list of those that it has.
 * Calls that look for links at many tags send nothing then where there is none.
 *
 * @param tags - all tags of the repository
 */
export function withKnownTags(repo: Repository, tags: ReadonlySet<string>): Repository {
  const { exchange } = internalsOf(repo)
  const manifests = manifestPath(repo.name, '')
  const list = tagsPath(repo.name)
  const sorted = [...tags].sort()
  return viewOf(repo, {
    async exchange(wire, ...how) {
      const { pathname, searchParams } = new URL(wire.url)
      if (pathname === list) {
        const last = searchParams.get('last')
        const names = last === null ? sorted : sorted.filter((tag) => tag > last)
        return Response.json({ name: repo.name, tags: names })
      }
      const reference = pathname.startsWith(manifests)
        ? pathname.slice(manifests.length)
        : undefined
      const reads = wire.method === 'GET' || wire.method === 'HEAD'
      const isTag =
        reference && !reference.includes('/') && !isDigest(decodeURIComponent(reference))
      if (!reads || !isTag || tags.has(reference)) return exchange(wire, ...how)
      const errors = [{ code: 'MANIFEST_UNKNOWN', message: 'the list of tags lacks it' }]
      return Response.json({ errors }, { status: 404 })
    },
  })
}
