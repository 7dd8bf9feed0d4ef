/**
 * ocilink/node: what needs Node's own modules.
 *
 * @module
 */
export { type DockerCredentialsOptions, dockerCredentials } from './docker-credentials.ts'
export { type RunningServer, type ServeOptions, serve } from './serve.ts'
