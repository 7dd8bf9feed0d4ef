/**
 * Answers that are no list of referrers. Registries without the list, those that do not know the subject, login pages
 * and proxies all answer something: whether there are none is known after few of these answers.
 *
 * @module
 */
import { RegistryError } from '../../errors.ts'
import type { Digest } from '../../model/digest.ts'
import type { Capabilities } from '../../registry/capabilities.ts'
import { findManifest } from '../../registry/manifests.ts'
import { internalsOf, type Repository } from '../../registry/repository.ts'
import { answerError, isWithheld } from '../../registry/wire/failures.ts'
import { redact } from '../../registry/wire/origins.ts'

/**
 * An answer that is no list:
 * - `absent`: as registries without the list answer;
 * - `unnamed`: the registry does not know the repository;
 * - `unknown`: it does not know the subject, or has no list;
 * - `unclear`: it may have the list all the same, as behind a login page, or where it shows it to some.
 */
export interface NoList {
  readonly is: 'absent' | 'unnamed' | 'unknown' | 'unclear'
  readonly error: RegistryError
}

/**
 * Takes an answer apart.
 *
 * @param quiet - whether a 404 without a body may mean that the list is empty
 */
export function noList(
  repo: Repository,
  response: Response,
  path: string,
  text: string,
  quiet: boolean,
): NoList {
  const url = new URL(path, internalsOf(repo).origin)
  const { ok, status, headers } = response
  if (ok) {
    const hint = `It is no list of referrers; its type is ${headers.get('content-type') ?? 'missing'}`
    const error = new RegistryError({ method: 'GET', url: redact(url), status, hint })
    // So Harbor answers for a subject that it does not know.
    return { is: text.trim() === '{}' ? 'unknown' : 'unclear', error }
  }
  const error = answerError(response, 'GET', url.href, text)
  if (text.includes('NAME_UNKNOWN')) return { is: 'unnamed', error }
  if (isWithheld(error)) return { is: 'unclear', error }
  // Of a subject that it does not know Quay says 400, and others MANIFEST_UNKNOWN; so does GHCR of each, since it has
  // no list.
  const bad = status === 400 && !/UNSUPPORTED|METHOD_UNKNOWN/.test(text)
  const unknown = bad || text.includes('MANIFEST_UNKNOWN') || (quiet && text === '')
  return { is: unknown ? 'unknown' : 'absent', error }
}

/**
 * What an answer that is no list comes to, and whether the registry has no such list. A list that was seen is not
 * forgotten for it: it is an error then, unless it is the subject that is not there. Nor does it mean "none" where it
 * says that a subject is not there which is.
 */
export async function conclude(
  repo: Repository,
  subject: Digest,
  { capability, quiet }: { readonly capability: keyof Capabilities; readonly quiet?: boolean },
  page: NoList,
  signal: AbortSignal | undefined,
): Promise<NoList> {
  const { capabilities } = repo
  const { is, error } = page
  const seen = capabilities[capability] === 'supported'
  if (is === 'unknown' && quiet && !seen) return page
  const missing = is === 'unknown' || is === 'unnamed'
  if (missing && !(await findManifest(repo, subject, { signal }))) return page
  if (seen) throw error
  // Of a subject that is there only registries without the list say that it is unknown, as GHCR does.
  if (is !== 'absent' && (is !== 'unknown' || error.status < 401)) return { is: 'unclear', error }
  capabilities[capability] = 'unsupported'
  return { is: 'absent', error }
}
