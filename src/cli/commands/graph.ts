/**
 * `ocilink graph`: a repository as data.
 *
 * @module
 */
import { type Command, Option } from 'commander'
import type { Graph } from '../../index.ts'
import { dot, mermaid } from '../lib/drawings.ts'
import { EXIT } from '../lib/exit-codes.ts'
import { table } from '../lib/referrer-text.ts'
import { task } from '../lib/task.ts'

/** Adds the command. */
export function graph(program: Command): Command {
  return program
    .command('graph')
    .summary('all manifests of a repository, and what leads to them')
    .description(
      'Reads a whole repository: its tags, its manifests, and what leads from one to another. Exit code 2 where something could not be read.',
    )
    .argument('<reference>', 'the repository')
    .addOption(
      new Option('--format <format>', 'how it is written')
        .choices(Object.keys(formats))
        .default('table'),
    )
    .addHelpText('after', '\nExample:\n  ocilink graph registry.example/app --format dot')
    .action(
      task(async ({ open, answer, signal }, reference: string, { format }: Options) => {
        const { repo } = await open(reference)
        const library = await import('../../index.ts')
        const found = await library.graph(repo, { signal })
        answer(found, formats[format](found))
        for (const { at, reason } of found.problems) {
          process.stderr.write(`ocilink: ${at}: ${reason}\n`)
        }
        return found.complete ? EXIT.done : EXIT.unknown
      }),
    )
}

interface Options {
  readonly format: keyof typeof formats
}

const formats = {
  table: ({ manifests, tags }: Graph) => {
    const rows = manifests.map(({ digest, status, artifactType, mediaType = '' }) => {
      const own = tags.filter((one) => one.digest === digest).map(({ tag }) => tag)
      return [digest, status, artifactType ?? mediaType, own.join(', ')]
    })
    return table([['DIGEST', 'STATUS', 'TYPE', 'TAGS'], ...rows])
  },
  json: (found: Graph) => JSON.stringify(found, undefined, 2),
  mermaid: (found: Graph) => mermaid(drawing(found)),
  dot: (found: Graph) => dot('repository', drawing(found)),
}

function drawing({ manifests, tags, edges }: Graph) {
  const texts = manifests.map(({ artifactType, mediaType = '', digest }) => {
    return `${artifactType ?? mediaType} ${digest.slice(0, 19)}`.trim()
  })
  const placeOf = new Map(manifests.map(({ digest }, at) => [digest, at]))
  const named = tags.filter(({ kind, digest }) => kind === 'named' && digest && placeOf.has(digest))
  return {
    nodes: [...texts, ...named.map(({ tag }) => tag)],
    edges: [
      ...edges.map(({ from, to }) => [placeOf.get(from)!, placeOf.get(to)!] as const),
      ...named.map(({ digest }, at) => [texts.length + at, placeOf.get(digest!)!] as const),
    ].filter(([from, to]) => from !== undefined && to !== undefined),
  }
}
