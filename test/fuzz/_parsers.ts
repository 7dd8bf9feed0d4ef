// Parsers give a value or an error of ours, whatever the text, and in no time.
import fc from 'fast-check'
import { isOcilinkError } from '../../src/errors.ts'
import { parseDescriptorList } from '../../src/model/descriptor-list.ts'
import { parseDigestTag } from '../../src/model/digest-tags.ts'
import { parseEntries } from '../../src/model/entries.ts'
import { parseManifest } from '../../src/model/manifest.ts'
import { MANIFEST_TYPES } from '../../src/model/media-types.ts'
import { formatReference, parseReference } from '../../src/model/reference.ts'
import { parseChallenges } from '../../src/registry/auth/challenge.ts'
import { nextLink } from '../../src/registry/lists/paging.ts'
import { documents, pieces } from './_documents.ts'

/** Milliseconds for one text; machines differ. */
const LONGEST = 2000

/** Runs a parser, which may refuse its input with an error of ours. */
function attempt<T>(parse: () => T): T | undefined {
  const began = performance.now()
  let parsed: T | undefined
  try {
    parsed = parse()
  } catch (error) {
    if (!isOcilinkError(error)) throw error
  }
  const took = performance.now() - began
  if (took > LONGEST) throw new Error(`took ${Math.round(took)} ms`)
  return parsed
}

const utf8 = (text: string) => new TextEncoder().encode(text)

/** What is true of each parser. */
export const parsers: Readonly<Record<string, fc.IProperty<[string]>>> = {
  manifest: fc.property(documents, (text) => {
    for (const type of MANIFEST_TYPES) attempt(() => parseManifest(utf8(text), type))
  }),
  entries: fc.property(documents, (text) => void attempt(() => parseEntries(utf8(text)))),
  'list of artifacts': fc.property(
    documents,
    (text) => void attempt(() => parseDescriptorList(utf8(text))),
  ),
  reference: fc.property(pieces, (text) => {
    const parsed = attempt(() => parseReference(text))
    if (!parsed) return
    const again = parseReference(formatReference(parsed))
    if (JSON.stringify(again) !== JSON.stringify(parsed))
      throw new Error('reads otherwise the second time')
  }),
  challenge: fc.property(pieces, (text) => void parseChallenges(text)),
  link: fc.property(pieces, (text) => void nextLink(text)),
  tag: fc.property(pieces, (text) => void parseDigestTag(text)),
}
