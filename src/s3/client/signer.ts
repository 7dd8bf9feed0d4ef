/**
 * AWS Signature Version 4, by aws4fetch.
 *
 * @module
 */
import { AwsV4Signer } from 'aws4fetch'
import { hash } from '#hasher'

/** Who sends. */
export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Of credentials that end soon. */
  readonly sessionToken?: string | undefined
}

/** A request to be signed. */
export interface Unsigned {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array<ArrayBuffer> | undefined
  /** The store's time, in milliseconds. */
  readonly at: number
  /** Whether the signature becomes a part of the address. */
  readonly inQuery?: boolean | undefined
}

/** Signs a request. */
export type Signer = (request: Unsigned) => Promise<{ url: string; headers: Headers }>

/** Makes a function that signs; keys that it derives are kept for the day that they hold. */
export function createSigner(
  region: string,
  credentials: () => Promise<S3Credentials> | S3Credentials,
): Signer {
  const cache = new Map<string, ArrayBuffer>()
  return async ({ method, url, headers, body, at, inQuery }) => {
    const { accessKeyId, secretAccessKey, sessionToken } = await credentials()
    if (cache.size > 100) cache.clear()
    const signer = new AwsV4Signer({
      method,
      url,
      // The store compares: what was damaged on its way is refused.
      headers: inQuery ? {} : { ...headers, 'x-amz-content-sha256': await hashOf(headers, body) },
      accessKeyId,
      secretAccessKey,
      ...(sessionToken && { sessionToken }),
      service: 's3',
      region,
      cache,
      datetime: new Date(at).toISOString().replaceAll(/[:-]|\.\d{3}/g, ''),
      ...(inQuery && { signQuery: true }),
    })
    const signed = await signer.sign()
    return { url: signed.url.href, headers: signed.headers }
  }
}

const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

async function hashOf(
  headers: Readonly<Record<string, string>>,
  body: Uint8Array | undefined,
): Promise<string> {
  const known = headers['x-amz-content-sha256']
  return known ?? (body && body.byteLength > 0 ? hash('sha256', body) : EMPTY)
}
