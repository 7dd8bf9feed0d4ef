/**
 * `ocilink tree`: everything that is attached, however it was linked.
 *
 * @module
 */
import { type Command, Option } from 'commander'
import type { Discovery } from '../../index.ts'
import { type Drawing, dot, mermaid } from '../lib/drawings.ts'
import { EXIT } from '../lib/exit-codes.ts'
import { defined, depthOption, typeOption } from '../lib/find-options.ts'
import { jsonText } from '../lib/json-text.ts'
import {
  type ReferrerJson,
  referrerJson,
  referrerLine,
  type SourceJson,
  sourceJson,
  table,
} from '../lib/referrer-text.ts'
import { task } from '../lib/task.ts'

interface Options {
  readonly type?: string
  readonly depth?: number
  readonly platform?: string
  readonly format: keyof typeof formats
}

/** Adds the command. */
export function tree(program: Command): Command {
  return program
    .command('tree')
    .summary('everything that is attached, however it was linked')
    .description(
      'Finds everything that is attached to an image, by every way of linking. Exit code 2 where something could not be read.',
    )
    .argument('<reference>', 'the image')
    .addOption(typeOption())
    .addOption(depthOption())
    .option('--platform <os/arch>', 'of this platform of an index')
    .addOption(
      new Option('--format <format>', 'how it is written')
        .choices(Object.keys(formats))
        .default('tree'),
    )
    .addHelpText('after', '\nExample:\n  ocilink tree registry.example/app:v1 --depth 2')
    .action(
      task(async ({ open, answer, signal }, reference: string, options: Options) => {
        const { type, depth, platform, format } = options
        const { repo, subject } = await open(reference)
        const { discover } = await import('../../index.ts')
        const found = await discover(repo, subject, {
          signal,
          ...defined({ artifactType: type, depth, platform }),
        })
        const json = treeJson(found)
        answer(json, formats[format](reference, json))
        for (const { strategy, status, error } of json.sources) {
          if (status === 'failed') process.stderr.write(`ocilink: ${strategy}: ${error?.message}\n`)
        }
        return found.complete ? EXIT.done : EXIT.unknown
      }),
    )
}

interface TreeJson {
  readonly complete: boolean
  readonly referrers: readonly ReferrerJson[]
  readonly sources: readonly SourceJson[]
}

function treeJson({ complete, referrers, sources }: Discovery): TreeJson {
  return {
    complete,
    referrers: referrers.map(referrerJson),
    sources: sources.map(sourceJson),
  }
}

const formats = {
  tree: (reference: string, { referrers }: TreeJson) =>
    [reference, ...branches(referrers, '')].join('\n'),
  json: (_: string, json: TreeJson) => jsonText(json, 2),
  table: (_: string, { referrers }: TreeJson) => {
    const rows = flat(referrers).map(({ artifactType, mediaType, digest, size, via }) => [
      artifactType ?? mediaType,
      digest,
      `${size}`,
      via.join(', '),
    ])
    return table([['TYPE', 'DIGEST', 'BYTES', 'LINKED BY'], ...rows])
  },
  mermaid: (reference: string, json: TreeJson) => mermaid(drawing(reference, json)),
  dot: (reference: string, json: TreeJson) => dot('referrers', drawing(reference, json)),
}

function branches(referrers: readonly ReferrerJson[], indent: string): readonly string[] {
  return referrers.flatMap((one, at) => {
    const isLast = at === referrers.length - 1
    const below = branches(one.referrers ?? [], `${indent}${isLast ? '   ' : '│  '}`)
    return [`${indent}${isLast ? '└─ ' : '├─ '}${referrerLine(one)}`, ...below]
  })
}

function flat(referrers: readonly ReferrerJson[]): readonly ReferrerJson[] {
  return referrers.flatMap((one) => [one, ...flat(one.referrers ?? [])])
}

/** Nodes by their text, and arrows from what is attached to what it is attached to. */
function drawing(reference: string, { referrers }: TreeJson): Drawing {
  const nodes = [reference]
  const edges: (readonly [number, number])[] = []
  const add = (list: readonly ReferrerJson[], to: number) => {
    for (const one of list) {
      const from = nodes.push(`${one.artifactType ?? one.mediaType} ${one.digest.slice(0, 19)}`) - 1
      edges.push([from, to])
      add(one.referrers ?? [], from)
    }
  }
  add(referrers, 0)
  return { nodes, edges }
}
