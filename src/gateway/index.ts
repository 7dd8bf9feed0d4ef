/**
 * A gateway that stands before a registry, and gives it the referrers API: `ocilink/gateway`.
 *
 * @module
 */
export { type Gateway, gateway } from './gateway.ts'
export type { GatewayOptions } from './options.ts'
