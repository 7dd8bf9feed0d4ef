/**
 * ocilink/node: what needs Node's own modules.
 *
 * @module
 */
export {
  type DockerCredentialsOptions,
  dockerCredentials,
} from './credentials/docker-credentials.ts'
export { fileBlob } from './file-blob.ts'
export {
  type LayoutStorage,
  type LayoutStorageOptions,
  layoutStorage,
} from './layout/layout-storage.ts'
export { type RunningServer, type ServeOptions, serve } from './serve/serve.ts'
