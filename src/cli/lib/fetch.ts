/**
 * How registries are reached: by which proxy, and whom to trust.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Fetch } from '../../index.ts'
import { UsageError } from './exit-codes.ts'

/** Options of every command that sends requests. */
export interface FetchOptions {
  readonly ca?: string | undefined
  readonly insecure?: boolean | undefined
  readonly proxy?: string | undefined
}

/** As Go's tools have it: a proxy that the environment names is not for this machine. */
const HERE = 'localhost,127.0.0.1-127.255.255.255,::1'

/**
 * Makes a `fetch` by the options and the environment's `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`.
 *
 * @throws `UsageError` naming the option, `InvalidInputError` naming the variable
 */
export async function makeFetch({ ca, insecure, proxy }: FetchOptions): Promise<Fetch> {
  const { nodeFetch } = await import('../../node/index.ts')
  const { env } = process
  const except = env.no_proxy ?? env.NO_PROXY ?? ''
  const proxyEnv =
    proxy === undefined
      ? { ...env, no_proxy: `${except},${HERE}` }
      : { HTTPS_PROXY: proxy, HTTP_PROXY: proxy, NO_PROXY: except }
  const trust = ca === undefined ? {} : { ca: await readCa(ca) }
  return nodeFetch({ ...trust, proxyEnv, ...(insecure && { insecure }) })
}

async function readCa(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new UsageError(`--ca: ${error.message}`, { cause: error })
  })
  try {
    // Node leaves out what it cannot read, and the certificate of a registry is told to be wrong then.
    new X509Certificate(text)
    return text
  } catch (error) {
    throw new UsageError(`--ca: ${path} holds no certificate (PEM)`, { cause: error })
  }
}
