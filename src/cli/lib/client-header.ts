/**
 * `--client-header`: who a client is, behind a proxy.
 *
 * @module
 */
import { InvalidArgumentError } from 'commander'

/** The option, for commander. */
export const CLIENT_HEADER = [
  '--client-header <name>',
  'who a client is says this header, which a proxy in front sets to its address',
  (name: string): string => {
    if (/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return name.toLowerCase()
    throw new InvalidArgumentError('It must be the name of a header, such as X-Forwarded-For.')
  },
] as const
