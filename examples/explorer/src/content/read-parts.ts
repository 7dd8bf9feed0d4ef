// The content of an artifact, in the form in which people read it.
import type { Descriptor, Repository } from 'ocilink'
import { getBlobBytes, getManifest } from 'ocilink/registry'
import {
  annotatedCertificates,
  certificateParts,
  certificatesIn,
  pemCertificates,
} from './certificates.ts'
import { packagesOf } from './packages.ts'
import type { Part } from './part.ts'
import { pretty } from './pretty.ts'
import { SHOWN, shown } from './shown.ts'
import { statementOf } from './statement.ts'

/** Bytes of content, and blobs, that are read of one artifact. */
const LIMIT = { bytes: 8 * 1024 * 1024, blobs: 50 }

/** Reads what a manifest lists; digests are checked by the library. */
export async function readParts(
  repo: Repository,
  digest: string,
  signal: AbortSignal,
): Promise<readonly Part[]> {
  const { bytes } = await getManifest(repo, digest, { signal })
  const text = new TextDecoder().decode(bytes)
  const blobs = blobsOf(jsonOf(text))
  const parts: Part[] = []
  let left = LIMIT.bytes
  // One after the other: what is shown must fit into the memory of a page.
  for (const blob of blobs.slice(0, LIMIT.blobs)) {
    parts.push(...(await readBlob(repo, blob, left, signal)))
    // A hostile one is smaller than nothing.
    if (blob.size > 0 && blob.size <= left) left -= blob.size
  }
  if (blobs.length > LIMIT.blobs) {
    parts.push({ title: `${blobs.length} blobs`, note: `The first ${LIMIT.blobs} are shown.` })
  }
  // First, so that there is room for it.
  const [manifest, ...others] = shown([{ title: 'Manifest', text: indented(text) }, ...parts])
  return [...others, manifest!]
}

/** What a manifest lists: whatever that is at a registry that takes everything. */
function blobsOf(manifest: unknown): readonly Descriptor[] {
  const { layers, blobs } = Object(manifest)
  const list = layers ?? blobs
  return Array.isArray(list) ? list.map(Object) : []
}

async function readBlob(
  repo: Repository,
  blob: Descriptor,
  limit: number,
  signal: AbortSignal,
): Promise<readonly Part[]> {
  const title = `${blob.mediaType}, ${blob.size} bytes`
  if (blob.size > limit) {
    return [{ title, note: `Only ${LIMIT.bytes / 1024 / 1024} MiB of an artifact are shown here.` }]
  }
  try {
    const bytes = await getBlobBytes(repo, blob, { signal, limit })
    return await partsOf(title, bytes, annotatedCertificates(blob.annotations))
  } catch (error) {
    return [{ title, note: `It could not be read: ${(error as Error).message}` }]
  }
}

async function partsOf(
  title: string,
  bytes: Uint8Array,
  annotated: readonly string[],
): Promise<readonly Part[]> {
  const text = textOf(bytes)
  const value = text === undefined ? undefined : jsonOf(text)
  const inside = value === undefined ? pemCertificates(text ?? '') : certificatesIn(value)
  const certificates = await certificateParts([...annotated, ...inside])
  if (text === undefined) return [...certificates, { title, note: 'It is no text.' }]
  if (value === undefined) return [...certificates, { title, text }]
  return [...jsonParts(value), ...certificates, { title, text: indented(text) }]
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What is read out of JSON: the packages of an SBOM, and the statement in an envelope. */
function jsonParts(value: unknown): readonly Part[] {
  const statement = statementOf(value)
  const packages = packagesOf(value) ?? packagesOf(statement?.predicate)
  return [
    ...(packages ? [tableOf(packages)] : []),
    ...(statement
      ? [{ title: `Statement: ${statement.predicateType}`, ...inEnvelope(statement, value) }]
      : []),
  ]
}

/** A statement without an envelope is shown as what it is. */
function inEnvelope(statement: object, value: unknown): Pick<Part, 'text'> {
  return statement === value ? {} : { text: indented(JSON.stringify(statement)) }
}

const tableOf = (packages: NonNullable<Part['rows']>): Part => ({
  title: `Packages: ${packages.length - 1}`,
  rows: packages,
})

const indented = (json: string) => pretty(json, SHOWN.text)
