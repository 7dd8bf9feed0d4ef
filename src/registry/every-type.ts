/**
 * What to accept where the type of a manifest is not known.
 *
 * @module
 */
import { MANIFEST_TYPES } from '../model/media-types.ts'

/**
 * All types by name, in a page too: docker-registry 2.8 answers a request that does not name manifest lists with one of
 * the manifests in it, and others answer 404.
 */
export const EVERY_TYPE: readonly string[] = [...MANIFEST_TYPES, '*/*;q=0.1']
