// How @sigstore/oci is told to talk to a registry, as options of ocilink.
import { type Fetch, parseReference, type RepositoryOptions } from 'ocilink'
import { nodeFetch } from 'ocilink/node'
import type { Credentials } from './credentials.ts'

export interface FetchOptions {
  /** Else those that the environment names. */
  readonly proxy?: string | URL
  readonly noProxy?: string | string[]
  readonly retry?: boolean | number | { readonly retries?: number | undefined }
  /** Milliseconds. */
  readonly timeout?: number
}

export function repositoryOptions(options: {
  readonly imageName: string
  readonly credentials: Credentials
  readonly fetchOpts?: FetchOptions
}): RepositoryOptions {
  const { imageName, credentials, fetchOpts = {} } = options
  const { headers = {} } = credentials
  return {
    credentials: toCredentials(credentials),
    fetch: withHeaders(headers, imageName, nodeFetch({ proxyEnv: proxies(fetchOpts) })),
    retries: toRetries(fetchOpts.retry),
    timeout: fetchOpts.timeout,
  }
}

function toCredentials({ username, password }: Credentials): RepositoryOptions['credentials'] {
  return username === '<token>' ? { identityToken: password } : { username, password }
}

function proxies({ proxy, noProxy }: FetchOptions): Readonly<Record<string, string | undefined>> {
  return {
    ...process.env,
    ...(proxy && { https_proxy: `${proxy}`, http_proxy: `${proxy}` }),
    ...(noProxy && { no_proxy: `${noProxy}` }),
  }
}

function toRetries(retry: FetchOptions['retry']): number | undefined {
  if (typeof retry === 'object') return retry.retries
  return typeof retry === 'boolean' ? Number(retry) : retry
}

/** Adds headers to what goes to an image's registry. How to log in there is for the credentials to say. */
function withHeaders(
  headers: Readonly<Record<string, string>>,
  imageName: string,
  fetch: Fetch,
): Fetch {
  const { registry } = parseReference(imageName)
  const own = registry === 'docker.io' ? 'registry-1.docker.io' : registry
  const added = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization')
  return (request) => {
    const { protocol, host } = new URL(request.url)
    if (host === new URL(`${protocol}//${own}`).host)
      for (const [name, value] of added) request.headers.set(name, value)
    return fetch(request)
  }
}
