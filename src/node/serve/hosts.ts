/**
 * By which names a server is addressed (RFC 9110, section 7.2).
 *
 * @module
 */
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { errorAnswer } from './error-answer.ts'

/** Refuses a request that is for another host: 400 for what is no host, 421 for another one. */
export type RefuseHost = (request: Request, incoming: IncomingMessage) => Response | undefined

/**
 * Refuses requests for other hosts.
 *
 * @param allowed - names beside `localhost` and addresses; any where they are left out
 */
export function createHostCheck(allowed: readonly string[] | undefined): RefuseHost {
  // Nearly every request is for the host of the one before it.
  let admitted: string | undefined
  return (request, incoming) => {
    const { host } = incoming.headers
    const isPath = incoming.url?.startsWith('/') ?? false
    if (isPath && host !== undefined && host === admitted) return undefined
    const refusal = refuseHost(request, incoming, allowed)
    if (isPath && !refusal) admitted = host
    return refusal
  }
}

function refuseHost(
  request: Request,
  incoming: IncomingMessage,
  allowed: readonly string[] | undefined,
): Response | undefined {
  const name = hostnameOf(request, incoming)
  if (name === undefined) return errorAnswer(400, 'UNSUPPORTED', 'malformed Host')
  if (allowed === undefined || isAllowed(name, allowed)) return undefined
  const message =
    `this server does not go by the name ${JSON.stringify(name)}: ` +
    'start it with --allowed-host, or "allowedHosts" of serve()'
  return errorAnswer(421, 'DENIED', message)
}

const hostPattern = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?$/i

/** The name in the target or in `Host`; this machine's address where neither has one. */
function hostnameOf(request: Request, incoming: IncomingMessage): string | undefined {
  const { host } = incoming.headers
  if (host && !hostPattern.test(host)) return undefined
  return URL.canParse(request.url) ? new URL(request.url).hostname : undefined
}

function isAllowed(name: string, allowed: readonly string[]): boolean {
  // An address is nobody's name: no page can have been loaded by it from elsewhere.
  if (isIP(name.replace(/^\[|\]$/g, '')) !== 0) return true
  if (name === 'localhost' || name.endsWith('.localhost')) return true
  return allowed.some((one) => one.toLowerCase() === name)
}
