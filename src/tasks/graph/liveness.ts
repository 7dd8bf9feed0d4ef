/**
 * What the tags reach that somebody chose.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import { addTo } from '../../platform/add-to.ts'
import type { GraphEdge, GraphTag } from './repository-graph.ts'

/** Whether an edge goes from what is attached to what it is attached to, and not from a whole to its part. */
export function isAttachment({ role }: GraphEdge): boolean {
  return role !== 'manifest' && role !== 'object'
}

/**
 * What lives, and a tag that keeps it: a tagged manifest, what it lists, and what is attached to any of these.
 * What a manifest is attached to does not live by that.
 */
export function whatLives(
  tags: readonly GraphTag[],
  edges: readonly GraphEdge[],
): ReadonlyMap<Digest, string> {
  const next = new Map<Digest, Digest[]>()
  for (const edge of edges) {
    if (isAttachment(edge)) addTo(next, edge.to, edge.from)
    else addTo(next, edge.from, edge.to)
  }
  const lives = new Map<Digest, string>()
  for (const { tag, kind, digest } of tags) {
    if (kind !== 'named' || digest === undefined || lives.has(digest)) continue
    lives.set(digest, tag)
    const open = [digest]
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const reached of next.get(at) ?? []) {
        if (lives.has(reached)) continue
        lives.set(reached, tag)
        open.push(reached)
      }
    }
  }
  return lives
}
