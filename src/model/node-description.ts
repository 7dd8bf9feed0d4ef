/**
 * Reading what a node says of itself, which node-description-text.ts writes. Proposal C has neither
 * types nor annotations: it wants them in the description, for clients to filter by (PROPOSAL_C.md,
 * "Filtering"). Ours are its last line, as JSON, after the text for people.
 *
 * @module
 */
import type { Annotations } from './annotations.ts'

/** The annotation by which the embedded registry lists a node's description: an extension of ours. */
export const NODE_DESCRIPTION = 'org.opencontainers.node.description'

/** A description, taken apart. */
export interface NodeDescription {
  /** Text for people. */
  readonly text?: string
  readonly artifactType?: string
  readonly annotations?: Annotations
}

/** Takes a description apart; what was not written by `formatNodeDescription` is all text. */
export function parseNodeDescription(description = ''): NodeDescription {
  const end = description.lastIndexOf('\n')
  const said = readLine(description.slice(end + 1))
  const text = said ? description.slice(0, Math.max(end, 0)) : description
  return { ...(text && { text }), ...said }
}

function readLine(line: string): NodeDescription | undefined {
  let value: { artifactType?: unknown; annotations?: unknown } | null
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  const { artifactType, annotations } = value ?? {}
  if (typeof artifactType !== 'string') return undefined
  const own = Object.entries(annotations instanceof Object ? annotations : {})
  if (!own.every(([, text]) => typeof text === 'string')) return undefined
  // A map: what objects inherit is not in it.
  const map = Object.assign(Object.create(null), annotations)
  return { artifactType, ...(own.length > 0 && { annotations: map }) }
}
