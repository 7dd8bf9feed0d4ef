/**
 * Lists artifacts, from the list that the registry has (PROPOSAL_A.md, "Sorting Results").
 *
 * @module
 */
import { RegistryError, UnsupportedError } from '../../errors.ts'
import { artifactCreated, type Moment } from '../../model/artifact-created.ts'
import { isArtifactManifestType } from '../../model/artifact-manifest-type.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import { parseDescriptorList } from '../../model/descriptor-list.ts'
import type { Digest } from '../../model/digest.ts'
import { isAbsent, reportAbsent } from '../../registry/hidden-paths.ts'
import type { Repository } from '../../registry/repository.ts'
import { type ListEnd, listReferrersApi, maybeHidden } from '../kept/list-api.ts'
import { alternatives } from '../lib/alternatives.ts'
import { toReferrers } from '../lib/referrer.ts'
import type { FindOptions, Referrer } from '../strategy.ts'
import { type ArtifactList, lists, NAME } from './lists.ts'

/** A list that the registry has, with its first page. */
interface Answer {
  readonly list: ArtifactList
  readonly pages: AsyncGenerator<readonly Descriptor[], ListEnd, undefined>
  readonly first: IteratorResult<readonly Descriptor[], ListEnd>
  /** The JSON key of the list, which depends on the dialect. */
  readonly key: () => string | undefined
}

/**
 * Pages of artifacts, newest first. Where the registry sorts, its pages are passed on one by one; where it does not,
 * all are read before the first item is given, because the newest may be on the last one. A registry that should
 * sort is taken to do so until the dates show otherwise: then the rest is read and sorted, and `artifactsSorted` is
 * unsupported from then on.
 *
 * @throws `UnsupportedError` when the registry has none of the lists
 */
export async function* listArtifacts(
  repo: Repository,
  subject: Digest,
  options: FindOptions,
): AsyncGenerator<readonly Referrer[]> {
  const answers = await findLists(repo, subject, options)
  const toPage = (entries: readonly Descriptor[], { via }: ArtifactList, more?: FindOptions) =>
    toReferrers(
      repo,
      subject,
      entries.filter(({ mediaType }) => isArtifactManifestType(mediaType)),
      via,
      { ...options, ...more },
    )

  const { capabilities } = repo
  const [answer] = answers
  const sorted = () => capabilities.artifactsSorted !== 'unsupported'
  if (answer?.list.whole && answer.key() !== 'references' && sorted()) {
    const rest: Referrer[] = []
    let last: Moment = { seconds: Infinity, nanoseconds: 0 }
    for await (const entries of pagesOf(answer)) {
      const page = await toPage(entries, answer.list)
      // The order shows only where the dates of all are known.
      const known = showsDates(entries) || page.every(({ annotations }) => annotations)
      for (const referrer of known ? page : []) {
        const created = createdOf(referrer)
        if (newer(created, last) < 0) capabilities.artifactsSorted = 'unsupported'
        last = created
      }
      if (sorted()) yield page
      else rest.push(...page)
    }
    if (rest.length > 0) yield newestFirst(rest)
    return
  }
  const found = new Map<Digest, Referrer>()
  for (const answer of answers) {
    const entries: Descriptor[] = []
    for await (const page of pagesOf(answer)) entries.push(...page)
    // ORAS's first generation neither sorts nor shows dates; others may not either.
    const hides = answer.list.whole && !showsDates(entries)
    const read = (answer.key() === 'references' || hides) && entries.length > 1
    const annotations = options.annotations ?? (read ? {} : undefined)
    for (const referrer of await toPage(entries, answer.list, { annotations })) {
      if (!found.has(referrer.digest)) found.set(referrer.digest, referrer)
    }
  }
  yield newestFirst([...found.values()])
}

/**
 * Reads the first page of the list that the registry has: first of the most likely one alone, then of all others at
 * once. Lists that it is known not to have are left out.
 */
async function findLists(
  repo: Repository,
  subject: Digest,
  options: FindOptions,
): Promise<readonly Answer[]> {
  const { capabilities } = repo
  const [own, oras, ...parts] = lists
  // A registry that takes only ORAS's manifests has ORAS's list.
  const wholes = capabilities.ociArtifactManifests === 'unsupported' ? [oras, own] : [own, oras]
  const [likely, ...others] = [...wholes, ...parts].filter(
    ({ api }) => capabilities[api.capability] !== 'unsupported',
  )
  let unnamed = false
  let hidden: Error | undefined
  const readFirst = async (list: ArtifactList): Promise<readonly Answer[]> => {
    const answer = open(repo, subject, list, options)
    try {
      const first = await answer.pages.next()
      if (!first.done) return [{ ...answer, first }]
      if (first.value.is === 'unnamed') unnamed = true
      if (first.value.is === 'unclear') hidden = first.value.error
      return []
    } catch (error) {
      if (!maybeHidden(repo, error, list.api)) throw error
      const { capability } = list.api
      if (!(await isAbsent(repo, capability, error, true, options.signal))) hidden = error
      return []
    }
  }

  const first = likely ? await readFirst(likely) : []
  if (likely?.whole && first.length > 0) return first
  const answers = [...first, ...(await Promise.all(others.map(readFirst))).flat()]
  if (hidden && answers.length === 0) throw hidden
  const whole = answers.find(({ list }) => list.whole)
  if (whole) return [whole]
  // There is no such repository, so nothing is in it.
  if (answers.length > 0 || unnamed) return answers
  for (const { api } of lists) reportAbsent(repo, api.capability, options.onHidden)
  throw new UnsupportedError(
    `${repo.registry} lists no artifact manifests: it has none of the endpoints that did. Link with ${alternatives.join(', ')}`,
    { strategy: NAME, missing: ['artifactsApi'], alternatives },
  )
}

/** Opens a list; the first request is sent when its first page is wanted. */
function open(
  repo: Repository,
  subject: Digest,
  list: ArtifactList,
  options: FindOptions,
): Omit<Answer, 'first'> {
  let key: string | undefined
  const api = list.api.json
    ? {
        ...list.api,
        parse(bytes: Uint8Array) {
          const found = parseDescriptorList(bytes)
          key ??= found.key
          return found
        },
      }
    : list.api
  return {
    list,
    key: () => key,
    pages: explainBroken(listReferrersApi(repo, subject, options, api)),
  }
}

async function* pagesOf({ first, pages }: Answer): AsyncGenerator<readonly Descriptor[]> {
  for (let page = first; !page.done; page = await pages.next()) yield page.value
}

/** Explains the error of a list that is known to be damaged. */
async function* explainBroken<T, R>(
  pages: AsyncGenerator<T, R, undefined>,
): AsyncGenerator<T, R, undefined> {
  try {
    return yield* pages
  } catch (cause) {
    const broken =
      cause instanceof RegistryError &&
      cause.status === 500 &&
      cause.errors.some(({ code }) => code === 'UNKNOWN')
    if (!broken) throw cause
    const { method, url, status, errors } = cause
    const hint =
      'The registry’s index of this subject’s artifacts is damaged, as builds of 2022 left it for good when one of them was deleted: artifacts may be there, and nothing lists them'
    throw new RegistryError({ method, url, status, errors, hint }, { cause })
  }
}

/** Whether a list has dates to sort by. */
function showsDates(entries: readonly Descriptor[]): boolean {
  return entries.some(({ annotations }) => annotations)
}

/** Newest first, undated last; else the order is kept. */
function newestFirst(page: readonly Referrer[]): readonly Referrer[] {
  const dated = page.map((referrer) => ({ referrer, created: createdOf(referrer) }))
  dated.sort((a, b) => newer(a.created, b.created))
  return dated.map(({ referrer }) => referrer)
}

/** When an artifact was made; an undated one counts as older than all others. */
function createdOf({ annotations }: Referrer): Moment {
  return artifactCreated(annotations) ?? { seconds: -Infinity, nanoseconds: 0 }
}

/** Negative where the first of two moments comes first, because it is the newer one. */
function newer(a: Moment, b: Moment): number {
  if (a.seconds === b.seconds) return b.nanoseconds - a.nanoseconds
  return b.seconds > a.seconds ? 1 : -1
}
