import { expect, test } from 'vitest'
import { parseDescriptorList } from '../../src/model/descriptor-list.ts'
import { bytesOf, vectors } from './_vectors.ts'

const lists = vectors.filter(({ is }) => ['referrers', 'references', 'objects'].includes(is))

test.each(lists)('reads the list of the proposals’ example $name', ({ document }) => {
  const { key, entries } = parseDescriptorList(bytesOf(document))
  expect(document[key!]).toEqual(entries)
  expect(entries).toEqual(document.referrers ?? document.manifests ?? document.objects)
})

test.each([
  '{"referrers":null}',
  '{"references":[]}',
  '{"manifests":null}',
  '{"objects":null,"errors":null}',
  '{"schemaVersion":2}',
])('takes %s for none', (text) => {
  expect(parseDescriptorList(bytesOf(text)).entries).toEqual([])
})

test.each([
  '',
  '[]',
  'null',
  '{}',
  '{"schemaVersion":1}',
  '{"name":"team/app","tags":null}',
  '{"errors":[]}',
  '{"errors":[{"code":"UNKNOWN"}]}',
  '{"errors":[{"code":"UNKNOWN"}],"referrers":null}',
  '{"errors":[{"code":"UNKNOWN"}],"schemaVersion":2}',
  '{"errors":[{"code":"UNKNOWN"}],"referrers":[]}',
  '{"errors":{"message":"no"},"references":[]}',
  '{"schemaVersion":2,"config":{},"layers":[]}',
  '{"schemaVersion":2,"layers":[]}',
  '{"schemaVersion":2,"blobs":[],"manifests":[]}',
  '{"message":"busy"}',
  '{"referrers":{}}',
])('refuses %s', (text) => {
  expect(() => parseDescriptorList(bytesOf(text))).toThrow(/must be/)
})

test('reads the good entries of a list beside those that are no descriptors', () => {
  const good = { mediaType: 'text/plain', digest: `sha256:${'0'.repeat(64)}`, size: 1 }
  const bad = [null, {}, { ...good, digest: 'blake9:0' }, { ...good, size: -1 }]
  const { entries, unreadable } = parseDescriptorList(bytesOf({ referrers: [bad, good].flat() }))
  expect(entries).toEqual([good])
  expect(unreadable.map(({ value }) => value)).toEqual(bad)
  expect(unreadable.map(({ error }) => error.path)).toEqual([
    'referrers[0]',
    'referrers[1].mediaType',
    'referrers[2].digest',
    'referrers[3].size',
  ])
})
