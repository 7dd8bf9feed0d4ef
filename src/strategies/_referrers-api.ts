/**
 * The referrers API, and telling "there are none" from "there is no API" (distribution-spec 1.1,
 * "Listing Referrers").
 *
 * @module
 */
import { RegistryError } from '../errors.ts'
import type { Descriptor } from '../model/descriptor.ts'
import type { Digest } from '../model/digest.ts'
import { MANIFEST_LIMIT, parseManifest } from '../model/manifest.ts'
import { baseType, IMAGE_INDEX } from '../model/media-types.ts'
import { referrersPath } from '../registry/endpoints.ts'
import { followPages } from '../registry/paging.ts'
import { type Repository, receive } from '../registry/repository.ts'
import type { DiscoverOptions } from './strategy.ts'

/** Answers of registries that do not have the API, as recorded; all else is an error. */
const absent = [400, 404, 405, 406, 415, 501]

/**
 * Pages of listed descriptors, with the type filter asked of the registry; the caller filters again.
 * Ends before its first page, with `'absent'`, where the registry has no referrers API.
 *
 * @returns through the generator: `'absent'` or `'complete'`
 */
export async function* listReferrersApi(
  repo: Repository,
  subject: Digest,
  options: DiscoverOptions,
): AsyncGenerator<readonly Descriptor[], 'absent' | 'complete', undefined> {
  const { capabilities } = repo
  const request = {
    path: referrersPath(repo.name, subject, options.artifactType),
    headers: { accept: IMAGE_INDEX },
    expect: absent,
    actions: ['pull'] as const,
    signal: options.signal,
  }
  let pages = 0
  for await (const page of followPages(repo, request, read, options.maxPages)) {
    if (!page) return 'absent'
    pages++
    yield page
  }
  return 'complete'

  async function read(
    response: Response,
    path: string,
  ): Promise<readonly Descriptor[] | undefined> {
    const isIndex = baseType(response.headers.get('content-type')) === IMAGE_INDEX
    if (response.ok && isIndex) {
      const bytes = await receive(repo, response, MANIFEST_LIMIT, {
        method: 'GET',
        path,
        signal: options.signal,
      })
      const manifest = parseManifest(bytes, IMAGE_INDEX)
      capabilities.referrersApi = 'supported'
      return 'manifests' in manifest ? manifest.manifests : []
    }
    const text = new TextDecoder().decode(
      await receive(repo, response, MANIFEST_LIMIT, {
        method: 'GET',
        path,
        signal: options.signal,
      }),
    )
    if (pages > 0) {
      throw new RegistryError({
        method: 'GET',
        url: path.split('?', 1)[0]!,
        status: response.status,
        hint: 'A later page of the list is no image index',
      })
    }
    // An unknown repository or subject says nothing of the API: Quay answers 400, others NAME_UNKNOWN.
    const unsure = response.status === 400 || text.includes('NAME_UNKNOWN')
    if (!unsure) capabilities.referrersApi = 'unsupported'
    return undefined
  }
}
