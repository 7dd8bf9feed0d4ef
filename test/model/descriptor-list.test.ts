import { expect, test } from 'vitest'
import { parseDescriptorList } from '../../src/model/descriptor-list.ts'
import { bytesOf, vectors } from './_vectors.ts'

const lists = vectors.filter(({ is }) => ['referrers', 'references', 'objects'].includes(is))

test.each(lists)('reads the list of the proposals’ example $name', ({ document }) => {
  const { key, entries } = parseDescriptorList(bytesOf(document))
  expect(document[key!]).toEqual(entries)
  expect(entries).toEqual(document.referrers ?? document.manifests ?? document.objects)
})

test.each(['{}', '{"referrers":null}', '{"references":[]}', '{"manifests":null}'])(
  'takes %s for none',
  (text) => {
    expect(parseDescriptorList(bytesOf(text)).entries).toEqual([])
  },
)

test.each(['', '[]', 'null', '{"referrers":{}}', '{"referrers":[null]}', '{"objects":[{}]}'])(
  'refuses %s',
  (text) => {
    expect(() => parseDescriptorList(bytesOf(text))).toThrow(/must be/)
  },
)
