/**
 * A registry as a whole, where no repository of it is meant.
 *
 * @module
 */
import { InvalidInputError } from '../errors.ts'
import type { RepositoryOptions } from './options.ts'
import { type Repository, repository } from './repository.ts'

/** Its name has two parts, as all at Docker Hub do. */
const NAME = 'ocilink/nobody'

/**
 * A repository of a registry that is nobody's.
 *
 * @param registry - `host[:port]`; Docker Hub is `docker.io`
 * @throws `InvalidInputError` `INVALID_INPUT` naming the option
 */
export function wholeRegistry(registry: string, options: RepositoryOptions): Repository {
  if (typeof registry !== 'string' || !/^[^\s/@?#]+$/.test(registry)) {
    throw new InvalidInputError('INVALID_INPUT', 'registry', 'host or host:port', registry)
  }
  const repo = repository(`${registry}/${NAME}`, options)
  if (repo.name === NAME) return repo
  // A name without dot and port is one at Docker Hub, which must not get the credentials of another registry.
  const expected = 'a host with a dot or a port, such as registry.example or registry:443'
  throw new InvalidInputError('INVALID_INPUT', 'registry', expected, registry)
}
