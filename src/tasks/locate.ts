/**
 * locate(): from a reference to the repository and the manifest that it names.
 *
 * @module
 */
import { parseReference } from '../model/reference.ts'
import type { RepositoryOptions } from '../registry/options.ts'
import { type Repository, repository } from '../registry/repository.ts'

/** Options of {@link locate}. */
export interface LocateOptions extends RepositoryOptions {}

/** What a reference names. */
export interface Located {
  readonly repo: Repository
  /** A digest, or else a tag: what every call takes as its subject. */
  readonly subject: string
}

/**
 * Takes `host[:port]/name[:tag][@digest]` apart, for programs that are given it whole. Sends nothing.
 *
 * Where there are a tag and a digest, the digest counts; where there is neither, it is the tag
 * `latest`, as in docker, podman and crane. Without a host it is Docker Hub's.
 *
 * @param reference - such as `ghcr.io/team/app:v1`
 * @param options - as for `repository()`
 * @throws `InvalidInputError` `INVALID_REFERENCE`, `INVALID_TAG` or `INVALID_DIGEST`, naming the part
 * @example
 * ```ts
 * import { hasReferrer, locate } from 'ocilink'
 *
 * const { repo, subject } = locate('127.0.0.1:5000/team/app:v1')
 * console.log(await hasReferrer(repo, subject))
 * ```
 */
export function locate(reference: string, options: LocateOptions = {}): Located {
  const { registry, name, tag = 'latest', digest } = parseReference(reference)
  return { repo: repository(`${registry}/${name}`, options), subject: digest ?? tag }
}
