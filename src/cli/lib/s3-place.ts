/**
 * `--s3`: a bucket, and who reads and writes it.
 *
 * @module
 */
import type { S3StorageOptions } from '../../s3/index.ts'
import { UsageError } from './exit-codes.ts'
import { makeFetch } from './fetch.ts'

/** The options, for commander. */
export const S3 = [
  '--s3 <address>',
  'a bucket, such as https://s3.example/bucket/prefix; its keys are in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
] as const
export const S3_REGION = [
  '--s3-region <name>',
  "the store's region (default: AWS_REGION, AWS_DEFAULT_REGION or us-east-1)",
] as const

/** Their values. */
export interface S3Options {
  readonly s3?: string
  readonly s3Region?: string
  readonly ca?: string
  readonly insecure?: boolean
  readonly proxy?: string
}

/**
 * Reads them, and the environment.
 *
 * @throws `UsageError` naming the option or the variable
 */
export async function s3Place(address: string, options: S3Options): Promise<S3StorageOptions> {
  const { AWS_REGION, AWS_DEFAULT_REGION, AWS_SESSION_TOKEN: sessionToken } = process.env
  const url = URL.canParse(address) ? new URL(address) : undefined
  const [, bucket = '', prefix] = /^\/([^/]+)\/?(.*)$/.exec(url?.pathname ?? '') ?? []
  if (!url || bucket === '' || url.search !== '' || url.hash !== '') {
    throw new UsageError(`--s3 must be an address with a bucket, such as https://s3.example/bucket`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError(
      '--s3 takes no keys: put them into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    )
  }
  return {
    endpoint: url.origin,
    bucket,
    prefix: prefix ?? '',
    region: options.s3Region ?? (AWS_REGION || AWS_DEFAULT_REGION || 'us-east-1'),
    credentials: {
      accessKeyId: needed('AWS_ACCESS_KEY_ID'),
      secretAccessKey: needed('AWS_SECRET_ACCESS_KEY'),
      ...(sessionToken && { sessionToken }),
    },
    fetch: await makeFetch(options),
  }
}

function needed(name: string): string {
  const value = process.env[name]
  if (value) return value
  throw new UsageError(`--s3 needs the environment variable ${name}`)
}
