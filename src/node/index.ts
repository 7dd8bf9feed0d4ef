/**
 * ocilink/node: what needs Node's own modules.
 *
 * @module
 */
export type { ArchiveOptions } from '../archive/options.ts'
export type { Box, BoxRepositoryOptions } from '../box/box.ts'
export type { BoxEntry } from '../box/entries.ts'
export { archive } from './boxes/archive.ts'
export { type LayoutOptions, layout } from './boxes/layout.ts'
export { type SaveArchiveOptions, saveArchive } from './boxes/save-archive.ts'
export {
  type DockerCredentialsOptions,
  dockerCredentials,
} from './credentials/docker-credentials.ts'
export { eraseDockerCredentials } from './credentials/erase-docker-credentials.ts'
export {
  type StoredCredentials,
  storeDockerCredentials,
} from './credentials/store-docker-credentials.ts'
export { type NodeFetchOptions, nodeFetch } from './fetch/node-fetch.ts'
export { fileBlob } from './file-blob.ts'
export {
  type LayoutStorage,
  type LayoutStorageOptions,
  layoutStorage,
} from './layout/layout-storage.ts'
export { type LimitClientsOptions, limitClients } from './serve/limit-clients.ts'
export { type RunningServer, type ServeOptions, serve } from './serve/serve.ts'
export type { ServedRequest } from './serve/served.ts'
