// Where profiles stay unlike the registries they imitate, and why. Every entry must be a difference
// that the test sees; one that is gone has to be removed.
import type { ProfileName } from '../../src/embedded/index.ts'

export interface Difference {
  readonly profile: ProfileName
  /** Name of the request, or a pattern of several. */
  readonly step: string | RegExp
  /** What differs: `status`, `body` or a header; all of it where the status does. */
  readonly field: string
  readonly reason: string
}

const both = ['distribution2', 'distribution3'] as const

export const differences: readonly Difference[] = [
  ...both.flatMap((profile): Difference[] => [
    {
      profile,
      step: 'ask for the base without a slash',
      field: 'all',
      reason: 'the page that comes with a redirect is for people',
    },
    {
      profile,
      step: 'ask for the root',
      field: 'status',
      reason: 'a health check of its own, outside of the API',
    },
    {
      profile,
      step: 'get a manifest with an upper-case name',
      field: 'all',
      reason: 'it takes a name for a host; no content can be pushed under such a name here',
    },
    {
      profile,
      step: 'POST to the base',
      field: 'status',
      reason: 'it does not look at the method of /v2/; no client sends another than GET',
    },
    {
      profile,
      step: 'list tags of a repository without tags',
      field: 'status',
      reason: 'it knows a repository by its first manifest, our storage by its first blob',
    },
  ]),
  {
    profile: 'distribution2',
    step: 'ask for an unknown upload',
    field: 'body',
    reason: 'a session that never was and one that is over are told apart by its state there',
  },
  {
    profile: 'distribution2',
    step: /^get a range (beyond the end|backwards)$/,
    field: 'status',
    reason: 'it cuts the connection; ask for that by a fault',
  },
  {
    profile: 'distribution3',
    step: 'get a range backwards',
    field: 'all',
    reason: 'it says which of two ways a range is wrong',
  },
  {
    profile: 'olareg',
    step: 'get a range backwards',
    field: 'all',
    reason: 'it says which of two ways a range is wrong',
  },
  {
    profile: 'olareg',
    step: /^POST to (the base|referrers)$/,
    field: 'status',
    reason: 'it does not know the path under this method; no client sends another than GET',
  },
  {
    profile: 'olareg',
    step: /^(get|ask for) (a|the) manifest/,
    field: 'accept-ranges',
    reason: 'it serves manifests as files, in parts if asked; no client asks for parts of one',
  },
  {
    profile: 'olareg',
    step: 'get an index that accepts images',
    field: 'status',
    reason: 'it picks the first image out of an index for clients that accept none',
  },
  {
    profile: 'olareg',
    step: /^list (no|minus one) tags$/,
    field: 'status',
    reason: 'it crashes on these; a crash is no behaviour to imitate',
  },
  {
    profile: 'ggcr',
    step: /^ask for the base/,
    field: 'all',
    reason: 'its answer is empty; nobody reads the body',
  },
  {
    profile: 'ggcr',
    step: 'POST to the base',
    field: 'status',
    reason: 'it does not look at the method of /v2/; no client sends another than GET',
  },
  {
    profile: 'ggcr',
    step: /./,
    field: 'content-type: "application/octet-stream"',
    reason: 'Go guesses the type of a blob from its first bytes, and has none to guess for HEAD',
  },
  {
    profile: 'ggcr',
    step: 'get a range backwards',
    field: 'status',
    reason: 'it answers 206 with bytes that nobody asked for',
  },
  {
    profile: 'ggcr',
    step: 'push JSON nested 200000 deep',
    field: 'status',
    reason: 'it does not look into manifests; we will not keep what overflows the stack of readers',
  },
  {
    profile: 'ggcr',
    step: 'push by an upper-case digest',
    field: 'status',
    reason: 'it takes the digest for a tag, which then stands among the tags',
  },
  {
    profile: 'ggcr',
    step: 'list tags of a repository without tags',
    field: 'status',
    reason: 'it knows a repository by its first manifest, our storage by its first blob',
  },
  {
    profile: 'ggcr',
    step: 'list tags after all',
    field: 'body',
    reason: 'it begins again from the first tag: a client that pages by itself never ends',
  },
  {
    profile: 'ggcr',
    step: 'list minus one tags',
    field: 'status',
    reason: 'it crashes on this; a crash is no behaviour to imitate',
  },
]
