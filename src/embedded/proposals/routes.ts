/**
 * The proposals' endpoints. They come after those of OCI 1.1: a path that both could mean, such as
 * that of a tag called "references", is OCI 1.1's.
 *
 * @module
 */
import type { Route } from '../calls/call.ts'
import { deleteManifest, getManifest, putManifest } from '../manifests/manifests.ts'
import type { Settings } from '../settings/settings.ts'
import { listArtifacts, listArtifactsOfDraft, listOrasArtifacts } from './artifacts.ts'
import {
  discoverEndpoints,
  discoverExtensions,
  discoverRegistryEndpoints,
  discoverRegistryExtensions,
} from './extensions.ts'
import { getDescription, getNodeBase, getObjects, getReference, listNodes } from './nodes.ts'
import { listReferences } from './references.ts'

const get = (
  path: string,
  handler: Route['handler'],
  when: (settings: Settings) => boolean,
): Route => ({ method: 'GET', path, handler, when })

const lists = (list: 'oci' | 'oras' | 'oras-draft') => (settings: Settings) =>
  settings.artifacts.lists.includes(list)

const discovers = ({ artifacts }: Settings) => artifacts.discovery !== 'none'

const hasNodes = ({ nodes }: Settings) => nodes.api

/** Every endpoint of proposals A, B and C. GET answers HEAD too. */
export const proposalRoutes: readonly Route[] = [
  get('/v2/:name/_oci/artifacts/referrers', listArtifacts, lists('oci')),
  get('/v2/:name/_oras/artifacts/referrers', listOrasArtifacts, lists('oras')),
  get(
    '/oras/artifacts/v1/:name/manifests/:id/referrers',
    listArtifactsOfDraft,
    lists('oras-draft'),
  ),
  get('/v2/:name/_oci/ext/discover', discoverExtensions, discovers),
  // The first builds answered for repositories alone.
  get(
    '/v2/_oci/ext/discover',
    discoverRegistryExtensions,
    ({ artifacts }) => artifacts.discovery === 'specified',
  ),
  get('/v2/:name/_ext/discover', discoverEndpoints, discovers),
  get('/v2/_ext/discover', discoverRegistryEndpoints, discovers),

  get('/v2/:name/manifests/:id/references', listReferences, ({ references }) => references.api),

  get('/v3', getNodeBase, hasNodes),
  get('/v3/', getNodeBase, hasNodes),
  get('/v3/:name/referrers/:id', listNodes, hasNodes),
  get('/v3/:name/reference/:id', getReference, hasNodes),
  get('/v3/:name/objects/:id', getObjects, hasNodes),
  get('/v3/:name/description/:id', getDescription, hasNodes),
  get('/v3/:name/manifests/:id', getManifest, hasNodes),
  { method: 'PUT', path: '/v3/:name/manifests/:id', handler: putManifest, when: hasNodes },
  {
    method: 'DELETE',
    path: '/v3/:name/manifests/:id',
    handler: deleteManifest,
    when: ({ nodes, deletes }) => nodes.api && (deletes.tags || deletes.manifests),
  },
]
