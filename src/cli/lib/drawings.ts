/**
 * Drawings as text that Mermaid and Graphviz draw.
 *
 * @module
 */

/** Nodes by their text, and arrows between their places. */
export interface Drawing {
  readonly nodes: readonly string[]
  readonly edges: readonly (readonly [from: number, to: number])[]
}

/** As Mermaid has it. */
export function mermaid({ nodes, edges }: Drawing): string {
  const lines = nodes.map((text, at) => `  n${at}["${text.replaceAll('"', '#quot;')}"]`)
  return ['graph TD', ...lines, ...edges.map(([from, to]) => `  n${from} --> n${to}`)].join('\n')
}

/** As Graphviz has it. */
export function dot(name: string, { nodes, edges }: Drawing): string {
  const lines = nodes.map((text, at) => `  n${at} [label=${JSON.stringify(text)}]`)
  const arrows = edges.map(([from, to]) => `  n${from} -> n${to}`)
  return [`digraph ${name} {`, ...lines, ...arrows, '}'].join('\n')
}
