/**
 * The caller's credentials, looked up when a registry first wants some, and again where some that were good are
 * refused: passwords of clouds end after hours.
 *
 * @module
 */
import type { AuthContext } from './context.ts'
import { type Credentials, checkCredentials } from './credentials.ts'

/** The credentials for one registry, or for one of its repositories. */
export interface Login {
  /** Looked up once; after a failure they may be looked up again. */
  get(): Promise<Credentials | undefined>
  /** Notes that they were taken. */
  worked(): void
  /**
   * Credentials after some were refused: those that were found meanwhile, else a source is asked again, once for
   * those that were good.
   */
  after(refused: Credentials | undefined): Promise<Credentials | undefined>
  /** Uses others from now on. */
  renew(credentials: Credentials): void
}

/** @param repository - name of the repository, for a source that wants it */
export function createLogin({ credentials, registry }: AuthContext, repository: string): Login {
  let known: Promise<Credentials | undefined> | undefined
  let good = false

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
      const asked = known
      const current = await get()
      if (current !== refused) return current
      // Another request was refused too, and asks already.
      if (known !== asked) return get()
      if (!good || typeof credentials !== 'function') return current
      good = false
      known = undefined
      return get()
    },
    renew(renewed) {
      known = Promise.resolve(renewed)
    },
  }
}
