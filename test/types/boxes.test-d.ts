// What boxes take, and what they give.
import { attach, type Repository, referrers } from 'ocilink'
import * as web from 'ocilink/archive'
import type { MemoryStorageOptions } from 'ocilink/embedded'
import { archive, type Box, layout, type SaveArchiveOptions, saveArchive } from 'ocilink/node'
import { test } from 'vitest'

declare const box: Box
declare const blob: Blob
declare const answer: Response

test('a box gives repositories for every call', async () => {
  const app: Repository = box.repository('team/app')
  attach(app, 'v1', { artifactType: 'a/b' })
  referrers(box.repository(), 'v1')
  box.repository('team/app', { onProgress: ({ bytes }) => bytes.done })
  // @ts-expect-error where it is is not for the caller to say
  box.repository('team/app', { fetch })
  // @ts-expect-error
  box.repository('team/app', { credentials: { username: 'a', password: 'b' } })
  for (const { descriptor, tag, repository } of await box.entries()) {
    const texts: (string | undefined)[] = [descriptor.digest, tag, repository]
    void texts
  }
})

test('layouts are directories; archives are files, Blobs and streams', () => {
  layout('./out', { readOnly: true }) satisfies Promise<Box>
  layout(new URL('file:///out'))
  archive('./app.tar') satisfies Promise<web.Box>
  archive(blob, { unpackedLimit: 1 })
  archive(answer.body!)
  // @ts-expect-error no such option
  layout('./out', { readonly: true })
  // @ts-expect-error a layout is no Blob
  layout(blob)
  // @ts-expect-error pages have no paths
  web.archive('./app.tar')
})

test('boxes are written as streams and files', () => {
  const stream: ReadableStream<Uint8Array> = web.writeArchive(web.memoryBox(), { gzip: true })
  saveArchive(box, './app.tar') satisfies Promise<number>
  saveArchive(box, './app.tar', { gzip: true } satisfies SaveArchiveOptions)
  const small: web.MemoryBoxOptions = { limit: 1 }
  web.memoryBox(small satisfies MemoryStorageOptions)
  // @ts-expect-error a repository is no box
  web.writeArchive(box.repository())
  void stream
})
