/**
 * The paths that the gateway answers itself; all others are the upstream's.
 *
 * @module
 */

/** What a path is. */
export type Route =
  | { readonly is: 'manifest'; readonly name: string; readonly reference: string }
  | { readonly is: 'referrers'; readonly name: string; readonly digest: string }
  | { readonly is: 'tags' }
  | { readonly is: 'other' }

const other: Route = { is: 'other' }
// As distribution-spec 1.1 has names; what is none is for the upstream to refuse.
const name = '([a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*)'
const manifest = new RegExp(`^/v2/${name}/manifests/([^/]+)$`)
const tags = new RegExp(`^/v2/${name}/tags/list$`)
const referrers = new RegExp(`^/v2/${name}/referrers/([^/]+)$`)

/** Finds what a path is. */
export function routeOf(pathname: string): Route {
  // Longer ones are no registry's; and patterns are only tried on what may fit.
  if (pathname.length > 1024) return other
  const list = referrers.exec(pathname)
  if (list) return { is: 'referrers', name: list[1]!, digest: decode(list[2]!) }
  const one = manifest.exec(pathname)
  if (one) return { is: 'manifest', name: one[1]!, reference: decode(one[2]!) }
  return tags.test(pathname) ? { is: 'tags' } : other
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
