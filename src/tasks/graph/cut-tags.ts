/**
 * Referrers tags that hold a part of a digest only, as those of sha384 and sha512 do (distribution-spec 1.1, "Referrers
 * Tag Schema"): whose they are, what they list says.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import { parseDigestTag } from '../../model/digest-tags.ts'
import { referrersTag } from '../../model/referrers-tag.ts'
import { addTo } from '../../platform/add-to.ts'
import { addEdge, type Findings } from './findings.ts'
import type { GraphEdge, GraphTag } from './repository-graph.ts'

/**
 * Adds the subject to each such tag whose manifests name one, and only one, that the tag is made of. Other tags made of
 * these digests lead to manifests that do not say it: of them it stays unknown.
 */
export function completeCutTags(
  findings: Findings,
  tags: readonly GraphTag[],
): readonly GraphTag[] {
  const isCut = ({ tag, digest, subject }: GraphTag) =>
    digest !== undefined && subject === undefined && parseDigestTag(tag)?.kind === 'bare'
  if (!tags.some(isCut)) return tags
  const named = new Map<Digest, GraphEdge[]>()
  for (const edge of findings.edges.values()) addTo(named, edge.from, edge)
  return tags.map((one) => {
    if (!isCut(one)) return one
    const { tag, digest } = one
    const [subject, ...more] = new Set(
      (named.get(digest!) ?? [])
        .filter(({ role }) => role === 'manifest')
        .flatMap(({ to }) => named.get(to) ?? [])
        .filter(({ role, to }) => isField(role) && referrersTag(to) === tag)
        .map(({ to }) => to),
    )
    if (subject === undefined || more.length > 0) return one
    addEdge(findings, { from: digest!, to: subject, role: 'tag', tag })
    return { ...one, subject }
  })
}

const isField = (role: GraphEdge['role']) => role === 'subject' || role === 'reference'
