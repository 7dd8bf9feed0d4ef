/**
 * What whyNot() has to know of an image, and how a page finds it out.
 *
 * @module
 */
import {
  type Capabilities,
  type Digest,
  type Discovery,
  discover,
  isOcilinkError,
  type Repository,
  referrersTag,
  statements,
} from 'ocilink'
import { getManifest } from 'ocilink/registry'
import { kindsOf } from './kinds.ts'

/** An image, and what discover() says of it. */
export interface Facts {
  /** The digest that the clients are given. */
  readonly subject: Digest
  readonly discovery: Pick<Discovery, 'referrers' | 'sources'>
  readonly capabilities: Pick<Capabilities, 'referrersApi'>
  /**
   * Types as the index at the referrers tag has them, by digest; discover() has read the manifests in place of types
   * that say nothing. `undefined` for an entry without one.
   * @default as discover() has them
   */
  readonly listedTypes?: ReadonlyMap<string, string | undefined> | undefined
  /**
   * Kinds of statements that were read, by the referrer's digest; BuildKit's are named by nothing else.
   * @default those that annotations name
   */
  readonly predicates?: ReadonlyMap<string, readonly string[]> | undefined
}

/**
 * Finds out what whyNot() has to know.
 *
 * Requests: those of discover(); `GET` of the referrers tag where links are there; and those of statements() where
 * something holds a statement and does not say of which kind.
 */
export async function factsOf(
  repo: Repository,
  subject: Digest,
  signal?: AbortSignal,
): Promise<Facts> {
  const discovery = await discover(repo, subject, { scope: 'all', signal })
  const { referrers } = discovery
  const { referrersApi } = repo.capabilities
  const isAtTag = referrers.some(({ via }) => via.some(({ source }) => source === 'referrers-tag'))
  const isUnclear = referrers.some((one) => kindsOf(one) === 'unclear')
  return {
    subject,
    discovery,
    capabilities: { referrersApi },
    listedTypes: isAtTag ? await typesAtTag(repo, subject, signal) : undefined,
    predicates: isUnclear ? await predicatesOf(repo, subject, signal) : undefined,
  }
}

/** What could be read: the rest stays unclear. */
async function predicatesOf(
  repo: Repository,
  subject: Digest,
  signal: AbortSignal | undefined,
): Promise<Facts['predicates']> {
  const predicates = new Map<string, string[]>()
  try {
    for await (const { predicateType, referrer } of statements(repo, subject, { signal })) {
      const known = predicates.get(referrer.digest) ?? []
      predicates.set(referrer.digest, [...known, predicateType])
    }
  } catch (error) {
    if (!isOcilinkError(error)) throw error
  }
  return predicates
}

async function typesAtTag(
  repo: Repository,
  subject: Digest,
  signal: AbortSignal | undefined,
): Promise<Facts['listedTypes']> {
  try {
    const { bytes } = await getManifest(repo, referrersTag(subject), { signal })
    const { manifests = [] } = JSON.parse(new TextDecoder().decode(bytes))
    return new Map(
      manifests.map((entry: { digest: string; artifactType?: string }) => [
        entry.digest,
        entry.artifactType,
      ]),
    )
  } catch (error) {
    if (isOcilinkError(error)) return undefined
    throw error
  }
}
