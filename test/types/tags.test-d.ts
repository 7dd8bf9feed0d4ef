// A tag is one that people chose, or one that links: `kind` says which.
import { type LinkTag, type NamedTag, type Repository, type TagEntry, tags } from 'ocilink'
import { test } from 'vitest'

declare const app: Repository
declare const entry: TagEntry

test('an entry narrows on its kind', () => {
  if (entry.kind === 'named') {
    const named: NamedTag = entry
    // @ts-expect-error a tag that people chose links nothing
    named.links
  } else {
    const { hex }: { hex: string } = entry.links
    const kind: 'link' = entry.kind
    void [hex, kind]
  }
  // @ts-expect-error before that nothing is known of links
  entry.links
})

test('a list of one kind has entries of that kind', async () => {
  for await (const entry of tags(app, { kind: 'link' })) {
    const link: LinkTag = entry
    void link
  }
  for await (const entry of tags(app, { kind: 'named' })) {
    const named: NamedTag = entry
    void named
  }
  for await (const entry of tags(app)) {
    // @ts-expect-error of both kinds
    const named: NamedTag = entry
    void named
  }
  // @ts-expect-error there is no such kind
  tags(app, { kind: 'linked' })
})
