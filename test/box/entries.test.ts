import { expect, test } from 'vitest'
import { readEntries } from '../../src/box/entries.ts'
import { CONTAINERD, IMAGE, REF } from './_layout.ts'

const descriptor = { mediaType: IMAGE, digest: `sha256:${'a'.repeat(64)}`, size: 2 }
const named = (annotations?: Record<string, string>) => {
  const [entry] = readEntries([{ ...descriptor, ...(annotations && { annotations }) }])
  return { repository: entry?.repository, tag: entry?.tag }
}

test.each([
  ['a tag, as oras, regctl and skopeo write', { [REF]: 'v1' }, undefined, 'v1'],
  [
    "containerd's name beside a tag, as docker, buildx and regctl's export write",
    { [REF]: 'v1', [CONTAINERD]: 'docker.io/library/x:v1' },
    'docker.io/library/x',
    'v1',
  ],
  [
    'a full reference, as crane writes',
    { [REF]: '127.0.0.1:5000/team/app:v1' },
    '127.0.0.1:5000/team/app',
    'v1',
  ],
  ['a short one, as skopeo passes on', { [REF]: 'alpine:3' }, 'docker.io/library/alpine', '3'],
  ['a reference without a tag', { [REF]: 'ghcr.io/team/app' }, 'ghcr.io/team/app', undefined],
  ["containerd's name alone", { [CONTAINERD]: 'ghcr.io/team/app:v2' }, 'ghcr.io/team/app', 'v2'],
  [
    'a reference by digest',
    { [REF]: `ghcr.io/a/b@sha256:${'b'.repeat(64)}` },
    'ghcr.io/a/b',
    undefined,
  ],
  ['what is neither tag nor reference', { [REF]: 'Über alles!' }, undefined, undefined],
  ['no name', { 'org.example': 'x' }, undefined, undefined],
  ['no annotations', undefined, undefined, undefined],
])('reads %s', (_, annotations, repository, tag) => {
  expect(named(annotations)).toEqual({ repository, tag })
})

test('leaves out what is no descriptor, or too large to be a manifest', () => {
  const entries = [
    null,
    'x',
    {},
    { ...descriptor, digest: 'md5:x' },
    { ...descriptor, size: 2 ** 40 },
  ]
  expect(readEntries(entries)).toEqual([])
})
