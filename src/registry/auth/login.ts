/**
 * The caller's credentials, looked up when a registry first wants some, and again where some that were good are
 * refused: passwords of clouds end after hours.
 *
 * @module
 */
import type { AuthContext } from './context.ts'
import { type Credentials, checkCredentials } from './credentials.ts'

/**
 * How long a source is left alone that gave the same twice, in milliseconds: what it gives is good, and what was refused
 * is not allowed.
 */
const QUIET = 60_000

/** The credentials for one registry, or for one of its repositories. */
export interface Login {
  /** Looked up once; after a failure they may be looked up again. */
  get(): Promise<Credentials | undefined>
  /** Notes that they were taken. */
  worked(): void
  /**
   * Credentials after some were refused: those that were found meanwhile, else a source is called again, once for
   * those that were good since; where that gave the same twice, once a minute.
   */
  after(refused: Credentials | undefined): Promise<Credentials | undefined>
  /** Uses others from now on. */
  renew(credentials: Credentials): void
}

/** @param repository - name of the repository, for a source that wants it */
export function createLogin({ credentials, registry }: AuthContext, repository: string): Login {
  let known: Promise<Credentials | undefined> | undefined
  let good = false
  let same = 0
  let quietUntil = 0

  function get(): Promise<Credentials | undefined> {
    known ??= lookUp()
    known.catch(() => {
      known = undefined
    })
    return known
  }

  async function lookUp(): Promise<Credentials | undefined> {
    if (typeof credentials !== 'function') return credentials
    const found = await credentials(registry, repository)
    if (found !== undefined) checkCredentials(found, 'credentials()')
    return found
  }

  return {
    get,
    worked() {
      good = true
    },
    async after(refused) {
      const before = known
      const current = await get()
      if (current !== refused) return current
      // Another request was refused too, and looks them up already.
      if (known !== before) return get()
      if (!good || typeof credentials !== 'function' || Date.now() < quietUntil) return current
      known = undefined
      const next = await get()
      // The same are as good as before; others have to show it.
      good = JSON.stringify(next) === JSON.stringify(current)
      same = good ? same + 1 : 0
      if (same > 1) quietUntil = Date.now() + QUIET
      return next
    },
    renew(renewed) {
      known = Promise.resolve(renewed)
    },
  }
}
