/**
 * Writes a node's description. Apart from reading it, so that a page that only links loads less.
 *
 * @module
 */
import type { NodeDescription } from './node-description.ts'

type OrUndefined<T> = { readonly [Key in keyof T]: T[Key] | undefined }

/** Writes a description: text first, type and annotations in the last line. */
export function formatNodeDescription(description: OrUndefined<NodeDescription>): string {
  const { text, artifactType, annotations } = description
  const line = JSON.stringify({ artifactType, annotations })
  return text ? `${text}\n${line}` : line
}
