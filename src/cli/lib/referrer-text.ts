/**
 * Referrers as people and programs read them.
 *
 * @module
 */
import type { FoundReferrer, Referrer, Source } from '../../index.ts'
import { type ErrorJson, errorJson } from './error-json.ts'
import { shown, styled } from './style.ts'

/** A referrer as JSON: one shape in all commands. */
export interface ReferrerJson {
  readonly digest: string
  readonly mediaType: string
  /** Bytes of the manifest. */
  readonly size: number
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
  /** Names of the ways by which it was found. */
  readonly via: readonly string[]
  readonly referrers?: readonly ReferrerJson[]
}

/** With what is attached to it, where that was looked for. */
export function referrerJson(found: Referrer | FoundReferrer): ReferrerJson {
  const { digest, mediaType, size, artifactType, annotations, via } = found
  const below = 'referrers' in found ? found.referrers : []
  return {
    digest,
    mediaType,
    size,
    ...(artifactType !== undefined && { artifactType }),
    ...(annotations && { annotations }),
    via: [...new Set(via.map(({ strategy }) => strategy))],
    ...(below.length > 0 && { referrers: below.map(referrerJson) }),
  }
}

/** One of a flat list: what it is attached to, in place of what is attached to it. */
export type ListedJson = Omit<ReferrerJson, 'referrers'> & { readonly subject: string }

/** As one of a flat list. */
export function listedJson(found: Referrer | FoundReferrer): ListedJson {
  const { referrers: _, ...json } = referrerJson(found)
  return { ...json, subject: found.subject.digest }
}

/** What one way of linking was answered. */
export interface SourceJson {
  readonly strategy: string
  readonly subject: string
  readonly status: Source['status']
  readonly count: number
  readonly error?: ErrorJson
}

/** Without its requests, which `--debug` shows. */
export function sourceJson({ strategy, subject, status, count, error }: Source): SourceJson {
  return { strategy, subject, status, count, ...(error && { error: errorJson(error) }) }
}

/** One line: what it is, its digest, and how it was linked. */
export function referrerLine({
  artifactType,
  mediaType,
  digest,
  via,
}: Omit<ReferrerJson, 'referrers'>): string {
  const type = styled('name', shown(artifactType ?? mediaType))
  return `${type}  ${digest}  ${styled('aside', `(${via.join(', ')})`)}`
}

/** Rows with columns under each other. */
export function table(texts: readonly (readonly string[])[]): string {
  const rows = texts.map((row) => row.map(shown))
  const widths = rows[0]!.map((_, column) =>
    rows.reduce((most, row) => Math.max(most, row[column]!.length), 0),
  )
  const line = (row: readonly string[]) =>
    row.map((text, at) => text.padEnd(widths[at]!)).join('  ')
  return rows.map((row) => line(row).trimEnd()).join('\n')
}
