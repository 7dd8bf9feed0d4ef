/**
 * `ocilink graph`: a repository as data.
 *
 * @module
 */
import { type Command, Option } from 'commander'
import type { Graph, GraphManifest } from '../../index.ts'
import { dot, mermaid } from '../lib/drawings.ts'
import { EXIT } from '../lib/exit-codes.ts'
import { jsonText } from '../lib/json-text.ts'
import { table } from '../lib/referrer-text.ts'
import { shown } from '../lib/style.ts'
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
      task(async ({ open, answer, signal, progress }, reference: string, { format }: Options) => {
        const { repo } = await open(reference)
        const library = await import('../../index.ts')
        const found = await library.graph(repo, { signal, onProgress: progress.onProgress })
        answer(found, formats[format](found))
        for (const { at, reason } of found.problems) {
          process.stderr.write(`ocilink: ${shown(`${at}: ${reason}`)}\n`)
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
    const rows = manifests.map((one) => {
      const own = tags.filter(({ digest }) => digest === one.digest).map(({ tag }) => tag)
      return [one.digest, one.status, typeText(one), own.join(', ')]
    })
    return table([['DIGEST', 'STATUS', 'TYPE', 'TAGS'], ...rows])
  },
  json: (found: Graph) => jsonText(found, 2),
  mermaid: (found: Graph) => mermaid(drawing(found)),
  dot: (found: Graph) => dot('repository', drawing(found)),
}

/** What a manifest is, for people. What the library has for an image's type is that of its config. */
const plainly: readonly (readonly [RegExp, string])[] = [
  [/^application\/vnd\.(oci\.image\.config|docker\.container\.image)\./, 'image'],
  [/^application\/vnd\.(oci\.image\.index|docker\.distribution\.manifest\.list)\./, 'index'],
]

/** `image`, `index`, or the type of an artifact. */
function typeText({ artifactType, mediaType = '' }: GraphManifest): string {
  const type = artifactType ?? mediaType
  return plainly.find(([pattern]) => pattern.test(type))?.[1] ?? type
}

function drawing({ manifests, tags, edges }: Graph) {
  const texts = manifests.map((one) => `${typeText(one)} ${one.digest.slice(0, 19)}`.trim())
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
