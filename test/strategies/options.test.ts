// A mistake in the options of a factory is an error before anything is asked.
import { expect, test } from 'vitest'
import {
  artifactManifest,
  auto,
  buildkit,
  cosignTags,
  digestTags,
  indexAnnotations,
  nodeManifest,
  ociSubject,
  referenceField,
} from '../../src/strategies/index.ts'

/** Calls a factory without options as JavaScript can. */
const given = (make: () => unknown, options: unknown) => Reflect.apply(make, undefined, [options])

test.each([
  ['mediaTyp', 'did you mean "mediaType"?', () => artifactManifest({ mediaTyp: 'x' } as never)],
  [
    'mediaType',
    'application/vnd.oci.artifact',
    () => artifactManifest({ mediaType: 'x' } as never),
  ],
  ['indx', 'did you mean "index"?', () => buildkit({ indx: 'v1' } as never)],
  ['sufix', 'did you mean "suffix"?', () => cosignTags({ sufix: 'sig' } as never)],
  ['suffix', 'a string', () => cosignTags({ suffix: 3 } as never)],
  ['subject', 'did you mean "subjects"?', () => digestTags({ subject: [] } as never)],
  ['inline', 'a whole number', () => digestTags({ inline: -1 })],
  ['index', 'a string', () => indexAnnotations({ index: {} } as never)],
  ['degrad', 'did you mean "degrade"?', () => nodeManifest({ degrad: true } as never)],
  ['foo', 'there are none', () => given(ociSubject, { foo: 1 })],
  ['foo', 'there are none', () => given(referenceField, { foo: undefined })],
  ['settle', 'there are none', () => given(auto, { settle: 0 })],
  ['description', 'text or a function', () => nodeManifest({ description: 7 } as never)],
])('names %s', (path, message, make) => {
  expect(make).toThrow(expect.objectContaining({ path, message: expect.stringContaining(message) }))
})

test('takes no text for options', () => {
  expect(() => digestTags('sig' as never)).toThrow('"options" must be an object')
  expect(() => given(ociSubject, 'sig')).toThrow('"options" must be an object')
})
