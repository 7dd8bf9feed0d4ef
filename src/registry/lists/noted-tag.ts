/**
 * A tag of each repository that was seen to be there: a list of tags that lacks it is not all there is (distribution-spec
 * 1.1, "Listing Tags").
 *
 * @module
 */
import { isDigest } from '../../model/digest.ts'
import type { Capabilities } from '../capabilities.ts'
import type { Repository } from '../repository.ts'

const noted = /* @__PURE__ */ new WeakMap<Capabilities, string>()

/** Notes that something was found at a tag. Not at one made of a digest: GitLab answers for some that are not there. */
export function noteTag({ capabilities }: Repository, reference: string): void {
  if (!isDigest(reference) && !/^sha\d+-/.test(reference)) noted.set(capabilities, reference)
}

/** The tag that was seen last. */
export function notedTag({ capabilities }: Repository): string | undefined {
  return noted.get(capabilities)
}
