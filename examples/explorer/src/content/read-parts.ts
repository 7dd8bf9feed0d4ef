// The content of an artifact, in the form in which people read it.
import type { Descriptor, Repository } from 'ocilink'
import { getBlobBytes, getManifest } from 'ocilink/registry'
import { packagesOf } from './packages.ts'
import { statementOf } from './statement.ts'

/** Bytes of content that a page shows. */
const LIMIT = 8 * 1024 * 1024
/** Characters, and rows, that are shown of one part. */
const SHOWN = { characters: 200_000, rows: 2000 }

/** Something to read: a text, or rows of which the first has the headings. */
export interface Part {
  readonly title: string
  readonly note?: string
  readonly text?: string
  readonly rows?: readonly (readonly string[])[]
}

/** Reads what a manifest lists; digests are checked by the library. */
export async function readParts(
  repo: Repository,
  digest: string,
  signal: AbortSignal,
): Promise<readonly Part[]> {
  const { bytes } = await getManifest(repo, digest, { signal })
  const manifest = JSON.parse(new TextDecoder().decode(bytes))
  const blobs: readonly Descriptor[] = manifest.layers ?? manifest.blobs ?? []
  const parts = await Promise.all(blobs.map((blob) => readBlob(repo, blob, signal)))
  return [...parts.flat(), { title: 'Manifest', text: pretty(manifest) }]
}

async function readBlob(
  repo: Repository,
  blob: Descriptor,
  signal: AbortSignal,
): Promise<readonly Part[]> {
  const title = `${blob.mediaType}, ${blob.size} bytes`
  if (blob.size > LIMIT) {
    return [
      { title, note: `It is larger than the ${LIMIT / 1024 / 1024} MiB that are shown here.` },
    ]
  }
  const bytes = await getBlobBytes(repo, blob, { signal, limit: LIMIT })
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return [{ title, note: 'It is no text.' }]
  }
  try {
    return jsonParts(title, JSON.parse(text))
  } catch {
    return [{ title, ...cut(text) }]
  }
}

function jsonParts(title: string, value: unknown): readonly Part[] {
  const packages = packagesOf(value)
  const statement = statementOf(value)
  const rows = packages?.slice(0, SHOWN.rows + 1)
  return [
    ...(packages && rows
      ? [
          {
            title: `Packages: ${packages.length - 1}`,
            rows,
            ...(rows.length < packages.length && { note: `The first ${SHOWN.rows} are shown.` }),
          },
        ]
      : []),
    ...(statement
      ? [{ title: `Statement: ${statement.predicateType}`, ...cut(pretty(statement)) }]
      : []),
    { title, ...cut(pretty(value)) },
  ]
}

const pretty = (value: unknown) => JSON.stringify(value, undefined, 2)

function cut(text: string): Pick<Part, 'text' | 'note'> {
  if (text.length <= SHOWN.characters) return { text }
  const note = `The first ${SHOWN.characters} of ${text.length} characters are shown.`
  return { text: text.slice(0, SHOWN.characters), note }
}
