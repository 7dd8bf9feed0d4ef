/**
 * A server that runs until the program is signalled to stop.
 *
 * @module
 */
import { once } from 'node:events'
import type { Fetch } from '../../index.ts'
import type { ServeOptions } from '../../node/index.ts'
import { EXIT } from './exit-codes.ts'

/** How long running requests may take once the program was signalled to stop, in milliseconds. */
const closeTimeout = 30_000

/** Prints the address and serves until SIGTERM or SIGINT; a second one ends the program at once. */
export async function listenUntilStopped(
  handler: { readonly fetch: Fetch },
  options: Pick<ServeOptions, 'host' | 'port' | 'allowedHosts'>,
): Promise<void> {
  const onError = (error: unknown) => console.error(error)
  const { serve } = await import('../../node/index.ts')
  const server = await serve(handler, { ...options, closeTimeout, onError })
  process.stdout.write(`${server.url}\n`)
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
  for (const signal of ['SIGTERM', 'SIGINT'])
    process.once(signal, () => process.exit(EXIT.interrupted))
  await server.close()
}
