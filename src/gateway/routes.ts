/**
 * The paths that the gateway answers itself; all others are the upstream's.
 *
 * @module
 */
import { type ProposalList, proposalLists } from './proposals.ts'

/** What a path is. */
export type Route =
  | {
      readonly is: 'manifest'
      readonly name: string
      readonly reference: string
      /** Where all registries have it. */
      readonly path: string
    }
  | { readonly is: 'referrers'; readonly name: string; readonly digest: string }
  | {
      readonly is: 'proposal'
      readonly list: ProposalList
      readonly name: string
      readonly reference: string
    }
  | {
      readonly is: 'part'
      readonly part: string
      readonly name: string
      readonly reference: string
    }
  | { readonly is: 'nodes' }
  | { readonly is: 'extensions' }
  | { readonly is: 'tags' }
  | { readonly is: 'other' }

// As distribution-spec 1.1 has names; what is none is for the upstream to refuse.
const word = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const name = `(?<name>${word}(?:/${word})*)`
const reference = '(?<reference>[^/]+)'
const path = (pattern: string) => new RegExp(`^${pattern}$`)

type Parts = {
  readonly name: string
  readonly reference: string
  readonly part: string
  readonly path: string
}

/** In the order in which they are tried. */
const routes: readonly (readonly [RegExp, (parts: Parts) => Route])[] = [
  [
    path(`/v2/${name}/referrers/${reference}`),
    (found) => ({ is: 'referrers', name: found.name, digest: found.reference }),
  ],
  [
    // Proposal C has them below `/v3/` too.
    path(`/v[23]/${name}/manifests/${reference}`),
    (found) => ({
      is: 'manifest',
      name: found.name,
      reference: found.reference,
      path: found.path.replace('/v3/', '/v2/'),
    }),
  ],
  [path(`/v2/${name}/tags/list`), () => ({ is: 'tags' })],
  [path(`/v2/${name}/manifests/${reference}/references`), listOf(proposalLists.b)],
  [path(`/v2/${name}/_oci/ext/discover`), () => ({ is: 'extensions' })],
  [path(`/v2/${name}/_oci/artifacts/referrers`), listOf(proposalLists.a)],
  [path(`/v2/${name}/_oras/artifacts/referrers`), listOf(proposalLists.oras)],
  [
    path(`/oras/artifacts/v1/${name}/manifests/${reference}/referrers`),
    listOf(proposalLists.draft),
  ],
  [path(`/v3/${name}/referrers/${reference}`), listOf(proposalLists.c)],
  [
    path(`/v3/${name}/(?<part>reference|objects|description)/${reference}`),
    (found) => ({ is: 'part', part: found.part, name: found.name, reference: found.reference }),
  ],
  [path('/v3/'), () => ({ is: 'nodes' })],
]

/** Finds what a path is; some lists have their subject in the query. */
export function routeOf({ pathname, searchParams }: URL): Route {
  // Longer ones are no registry's; and patterns are only tried on what may fit.
  if (pathname.length > 1024) return { is: 'other' }
  for (const [pattern, make] of routes) {
    const found = pattern.exec(pathname)?.groups
    if (!found && !pattern.test(pathname)) continue
    const subject = found?.reference ?? searchParams.get('digest') ?? ''
    return make({ part: '', name: '', ...found, path: pathname, reference: decode(subject) })
  }
  return { is: 'other' }
}

function listOf(list: ProposalList): (parts: Parts) => Route {
  return (found) => ({
    is: 'proposal',
    list,
    name: found.name,
    reference: found.reference,
  })
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
