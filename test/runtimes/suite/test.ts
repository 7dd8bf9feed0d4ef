// What a test of the suite is, and where it runs: nothing here, or in any file of the suite, knows the runtime.
import { type Repository, type RepositoryOptions, repository } from 'ocilink'
import type { S3StorageOptions } from 'ocilink/s3'

/** `127.0.0.1:<port>` of each registry. */
export interface Hosts {
  /** With the referrers API, and those of the proposals. */
  readonly withApi: string
  /** Without any: links are in the referrers tag. */
  readonly withoutApi: string
  /** Answers a list half a minute late. */
  readonly slow: string
  /** alice, with the password "wonder:länd", by Basic. */
  readonly basic: string
  /** The same by tokens, from a service of its own. */
  readonly token: string
  /** Refuses chunks: a large blob goes in one request. */
  readonly withoutChunks: string
  /** docker-registry 2.8, with the CORS headers of docs/runtimes.md. */
  readonly dockerRegistry: string
  /** A store with Amazon S3's API, and one bucket: `images`. */
  readonly store: string
  /** Where nothing listens. */
  readonly nobody: string
}

/** What one test has to work with. */
export interface Place {
  readonly hosts: Hosts
  /** A repository that no other test and no other runtime uses. */
  repo(host: keyof Hosts, options?: RepositoryOptions, name?: string): Repository
  /** The bucket, and a prefix in it that no other test and no other runtime uses. */
  readonly bucket: S3StorageOptions
}

export interface SuiteTest {
  /** A sentence about behaviour, unique in the suite. */
  readonly name: string
  readonly run: (place: Place) => Promise<void>
}

export function test(name: string, run: SuiteTest['run']): SuiteTest {
  return { name, run }
}

/** The place of one test: `runtime` and `number` name its repositories. */
export function placeOf(hosts: Hosts, runtime: string, number: number): Place {
  return {
    hosts,
    bucket: {
      endpoint: `http://${hosts.store}`,
      bucket: 'images',
      prefix: `${runtime}/${number}/`,
      credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    },
    repo: (host, options, name = 'app') =>
      repository(`${hosts[host]}/${runtime}/${number}/${name}`, options),
  }
}
