// Where the registries of the soak are: in memory, behind real sockets, and in directories.
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../src/embedded/index.ts'
import type { Fetch, RepositoryOptions } from '../../src/index.ts'
import { layoutStorage, serve } from '../../src/node/index.ts'

/** A registry for one round. */
export interface Place {
  /** Host of its repositories. */
  readonly host: string
  readonly options: Pick<RepositoryOptions, 'fetch'>
  close(): Promise<void>
}

type Open = (options: EmbeddedRegistryOptions) => Promise<Place>

/** How registries are reached, by name; `close()` when all rounds are done. */
export interface Places {
  readonly open: Readonly<Record<string, Open>>
  close(): Promise<void>
}

/** Makes a server for all rounds, since each would have sockets of its own. */
export async function createPlaces(): Promise<Places> {
  let current: Fetch = async () => new Response(null, { status: 503 })
  const server = await serve({ fetch: (request) => current(request) }, { onError: () => {} })
  const root = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

  /** A storage in a directory that goes with it. */
  async function openDirectory() {
    const directory = await mkdtemp(join(root, 'ocilink-soak-'))
    const storage = await layoutStorage(directory)
    const close = async () => {
      await storage.close()
      await rm(directory, { recursive: true, force: true })
    }
    return { storage, close }
  }

  return {
    open: {
      async memory(options) {
        const { fetch } = embeddedRegistry(options)
        return { host: 'r.test', options: { fetch }, close: async () => {} }
      },
      async sockets(options) {
        current = embeddedRegistry(options).fetch
        return { host: server.host, options: {}, close: async () => {} }
      },
      async directory(options) {
        const { storage, close } = await openDirectory()
        const { fetch } = embeddedRegistry({ ...options, storage })
        return { host: 'r.test', options: { fetch }, close }
      },
      async 'directory, sockets'(options) {
        const { storage, close } = await openDirectory()
        current = embeddedRegistry({ ...options, storage }).fetch
        return { host: server.host, options: {}, close }
      },
    },
    close: () => server.close(),
  }
}
