// What the page opens of an archive.
import { expect, test } from 'vitest'
import { openArchive } from '../../examples/explorer/src/places.ts'
import { digestOf } from '../../src/model/digest.ts'
import { tar } from '../archive/_tar.ts'

const bytes = new TextEncoder().encode('{"schemaVersion":2}')

/** An archive of one manifest, with an entry for each of the annotations. */
async function archiveWith(entries: readonly Record<string, string>[]): Promise<File> {
  const digest = await digestOf(bytes)
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const manifests = entries.map((annotations) => ({
    mediaType,
    digest,
    size: bytes.byteLength,
    annotations,
  }))
  const index = { schemaVersion: 2, manifests }
  const packed = tar(
    { name: 'oci-layout', data: '{"imageLayoutVersion":"1.0.0"}' },
    { name: 'index.json', data: JSON.stringify(index) },
    { name: `blobs/sha256/${digest.slice(7)}`, data: bytes },
  )
  return new File([new Uint8Array(packed)], 'app.tar')
}

test('an image is opened once where all its tags only link', async () => {
  const tags = ['1', '2', '3'].map((one) => `sha256-${one.repeat(64)}.sig`)
  const file = await archiveWith(tags.map((tag) => ({ 'org.opencontainers.image.ref.name': tag })))
  const digest = await digestOf(bytes)
  expect((await openArchive(file)).map(({ reference }) => reference)).toEqual([`app.tar@${digest}`])
})
