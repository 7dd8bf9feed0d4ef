// The proposals' own examples, from test/vectors/proposals.
import { readdirSync, readFileSync } from 'node:fs'

export interface Vector {
  readonly name: string
  readonly source: string
  readonly changed: string
  readonly is: 'manifest' | 'descriptor' | 'referrers' | 'references' | 'objects' | 'description'
  readonly document: Record<string, unknown>
}

const folder = new URL('../vectors/proposals/', import.meta.url)

export const vectors: readonly Vector[] = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => ({
    name: file.slice(0, -'.json'.length),
    ...JSON.parse(readFileSync(new URL(file, folder), 'utf8')),
  }))

export function vector(name: string): Vector {
  return vectors.find((one) => one.name === name)!
}

export const bytesOf = (document: unknown): Uint8Array =>
  new TextEncoder().encode(typeof document === 'string' ? document : JSON.stringify(document))
