// What `docker buildx build --output type=oci,dest=app.tar` writes: the recorded layout of BuildKit in the form of its
// archives, with directories, the index after the blobs, and containerd's names beside the tags.
import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { archive } from '../../src/archive/index.ts'
import { copy, diff, discover, platforms, statements } from '../../src/index.ts'
import { getManifest } from '../../src/registry/index.ts'
import { all } from '../_image.ts'
import { CONTAINERD, INDEX, REF } from '../box/_layout.ts'
import { place } from '../tasks/copy/_places.ts'
import { type TarEntry, tar } from './_tar.ts'

const layout = new URL('../vectors/recorded/buildkit0-layout/', import.meta.url)
const digest = 'sha256:82893c6fbe7022873da65a60e7ff857e05035ec63d26be730e80c990684c2fde'

/** The archive of an image that was built under these names. */
function built(...names: readonly string[]): Blob {
  const created = '2026-11-24T00:09:01Z'
  const manifests = names.map((name) => ({
    mediaType: INDEX,
    digest,
    size: 1607,
    annotations: {
      [CONTAINERD]: name,
      'org.opencontainers.image.created': created,
      [REF]: name.slice(name.lastIndexOf(':') + 1),
    },
  }))
  const index = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests })
  const blobs = new URL('blobs/sha256/', layout)
  const entries: TarEntry[] = [
    { name: 'blobs/', type: '5' },
    { name: 'blobs/sha256/', type: '5' },
    ...readdirSync(blobs).map((hex) => ({
      name: `blobs/sha256/${hex}`,
      data: readFileSync(new URL(hex, blobs)),
    })),
    { name: 'index.json', data: index },
    { name: 'oci-layout', data: '{"imageLayoutVersion":"1.0.0"}' },
  ]
  return new Blob([new Uint8Array(tar(...entries))])
}

test.each([
  ['plain', (blob: Blob) => blob],
  ['gzip', async (blob: Blob) => new Blob([gzipSync(new Uint8Array(await blob.arrayBuffer()))])],
])('is opened, its platforms and statements read, and copied whole: %s', async (_, pack) => {
  const box = await archive(await pack(built('docker.io/team/app:v1')))
  expect(await box.entries()).toMatchObject([{ repository: 'docker.io/team/app', tag: 'v1' }])
  const app = box.repository('team/app')
  expect((await getManifest(app, 'v1')).descriptor.digest).toBe(digest)
  const found = await platforms(app, 'v1')
  expect(found.map(({ platform }) => `${platform?.os}/${platform?.architecture}`)).toEqual([
    'linux/amd64',
    'linux/arm64',
  ])
  const read = await all(statements(app, 'v1'))
  expect(read).toHaveLength(2)
  for (const statement of read) {
    // The recorded ones name no subject.
    expect(statement).toMatchObject({ subjectMatches: false, verified: false })
    expect(statement.predicateType).toMatch(/^https:\/\/(slsa|spdx)\.dev\//)
  }

  const { app: to } = place('there.test')
  const report = await copy(app, 'v1', to, { referrers: true, settle: 0 })
  expect(report.losses).toEqual([])
  expect(report).toMatchObject({ complete: true, descriptor: { digest }, tags: ['v1'] })
  expect(report.referrers).toHaveLength(2)
  const difference = await diff(app, 'v1', to, 'v1')
  expect(difference).toMatchObject({ complete: true, onlyHere: [], onlyThere: [] })
  expect((await all(statements(to, 'v1'))).map((one) => one.predicateType)).toEqual(
    read.map((one) => one.predicateType),
  )
  await box.close()
})

test('that has several names is each of them', async () => {
  const names = ['ghcr.io/team/app:v1', 'ghcr.io/team/app:latest', 'docker.io/library/other:v1']
  const box = await archive(built(...names))
  expect((await box.entries()).map((entry) => `${entry.repository}:${entry.tag}`)).toEqual(names)
  for (const [name, tag] of [
    ['team/app', 'v1'],
    ['ghcr.io/team/app', 'latest'],
    ['other', 'v1'],
  ] as const) {
    const { flat, complete } = await discover(box.repository(name), tag, { scope: 'platform' })
    expect({ complete, found: flat.length }).toEqual({ complete: true, found: 2 })
  }
  expect(() => box.repository()).toThrow('one of')
})
