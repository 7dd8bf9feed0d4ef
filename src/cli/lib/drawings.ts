/**
 * Drawings as text that Mermaid and Graphviz draw.
 *
 * @module
 */

import { shown } from './style.ts'

/** Nodes by their text, and arrows between their places. */
export interface Drawing {
  readonly nodes: readonly string[]
  readonly edges: readonly (readonly [from: number, to: number])[]
}

/** As Mermaid has it. */
export function mermaid({ nodes, edges }: Drawing): string {
  const lines = nodes.map((text, at) => `  n${at}["${entities(shown(text))}"]`)
  return ['graph TD', ...lines, ...edges.map(([from, to]) => `  n${from} --> n${to}`)].join('\n')
}

/** Mermaid takes the rest for markup, and has `#` where HTML has `&`. */
const names: Readonly<Record<string, string>> = {
  '"': '#quot;',
  '<': '#lt;',
  '>': '#gt;',
  '&': '#amp;',
  '#': '#35;',
  '`': '#96;',
}

function entities(text: string): string {
  return text.replace(/["<>&#`]/g, (char) => names[char]!)
}

/** As Graphviz has it. */
export function dot(name: string, { nodes, edges }: Drawing): string {
  const lines = nodes.map((text, at) => `  n${at} [label=${JSON.stringify(shown(text))}]`)
  const arrows = edges.map(([from, to]) => `  n${from} -> n${to}`)
  return [`digraph ${name} {`, ...lines, ...arrows, '}'].join('\n')
}
