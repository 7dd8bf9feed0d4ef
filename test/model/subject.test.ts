import { describe, expect, test } from 'vitest'
import { InvalidInputError } from '../../src/errors.ts'
import type { Digest } from '../../src/model/digest.ts'
import { digestOfSubject, parseSubject, type Subject } from '../../src/model/subject.ts'

const app = { registry: 'registry.test:5000', name: 'team/app' }
const digest = `sha256:${'ab'.repeat(32)}` as Digest
const descriptor = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 7 }

describe('a manifest is named by', () => {
  test.each<[string, Subject, unknown]>([
    ['a tag', 'v1', 'v1'],
    ['a tag of digits, dots and dashes', '1.0-rc_2', '1.0-rc_2'],
    ['a digest', digest, digest],
    ['a tag and a digest, of which the digest counts', `v1@${digest}`, digest],
    ['a descriptor', descriptor, descriptor],
    ['a descriptor with more', { ...descriptor, artifactType: 'a/b' }, expect.anything()],
    ['a full reference with a tag', 'registry.test:5000/team/app:v1', 'v1'],
    ['a full reference with a digest', `registry.test:5000/team/app@${digest}`, digest],
    ['a full reference with both', `registry.test:5000/team/app:v1@${digest}`, digest],
    ['a full reference whose host is in capitals', 'Registry.Test:5000/team/app:v1', 'v1'],
  ])('%s', (_, subject, expected) => {
    expect(parseSubject(app, subject)).toEqual(expected)
  })

  test('a full reference to Docker Hub in each of its spellings', () => {
    const alpine = { registry: 'docker.io', name: 'library/alpine' }
    for (const text of ['docker.io/alpine:3', 'index.docker.io/library/alpine:3']) {
      expect(parseSubject(alpine, text)).toBe('3')
    }
  })

  test('a referrer, by its descriptor, or its digest where it was not confirmed', () => {
    const found = {
      ...descriptor,
      subject: { digest },
      via: [{ strategy: 'oci-subject', source: 'referrers-api' }],
      confirmed: true,
    }
    expect(parseSubject(app, found)).toEqual(descriptor)
    // What only an entry says of its type and size is not believed.
    const claimed = { ...found, confirmed: false }
    expect(parseSubject(app, claimed)).toBe(digest)
  })
})

describe('refuses, naming the argument and what to pass,', () => {
  test.each<[string, string, string, string, RegExp]>([
    ['nothing', '', 'INVALID_TAG', 'referrer', /1 to 128/],
    ['a tag that is none', 'no tag', 'INVALID_TAG', 'referrer', /1 to 128/],
    ['a broken digest', 'sha256:12', 'INVALID_DIGEST', 'referrer', /64 hex/],
    [
      'an algorithm that is not known',
      `blake3:${'0'.repeat(64)}`,
      'INVALID_DIGEST',
      'referrer',
      /sha/,
    ],
    ['a broken digest after a tag', 'v1@sha256:12', 'INVALID_DIGEST', 'referrer', /64 hex/],
    ['a broken tag before a digest', `-@${digest}`, 'INVALID_TAG', 'referrer', /1 to 128/],
    ['no tag before a digest', `@${digest}`, 'INVALID_TAG', 'referrer', /1 to 128/],
    [
      'a name with a tag',
      'app:v1',
      'INVALID_REFERENCE',
      'referrer',
      /a tag, a digest, "v1@sha256:<64 hex>"/,
    ],
    [
      'a reference of another registry',
      'other.test/team/app:v1',
      'INVALID_REFERENCE',
      'referrer',
      /registry\.test:5000\/team\/app: for another repository pass repository\("other\.test\/team\/app"\)/,
    ],
    [
      'a reference of another repository',
      'registry.test:5000/team/web:v1',
      'INVALID_REFERENCE',
      'referrer',
      /repository\("registry\.test:5000\/team\/web"\)/,
    ],
    [
      'a reference without tag and digest',
      'registry.test:5000/team/app',
      'INVALID_REFERENCE',
      'referrer',
      /with a tag or digest/,
    ],
    [
      'a reference with a broken part',
      'registry.test:5000/Team/app:v1',
      'INVALID_REFERENCE',
      'referrer.name',
      /lower-case/,
    ],
  ])('%s', (_, subject, code, path, message) => {
    const call = () => parseSubject(app, subject, 'referrer')
    expect(call).toThrow(InvalidInputError)
    expect(call).toThrow(expect.objectContaining({ code, path }))
    expect(call).toThrow(message)
  })

  test('an object that is no descriptor', () => {
    expect(() => parseSubject(app, { ...descriptor, size: -1 })).toThrow(
      expect.objectContaining({ path: 'subject.size' }),
    )
  })

  test.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [7, 'number'],
  ])('%s', (value, kind) => {
    const call = () => parseSubject(app, value as never)
    expect(call).toThrow(TypeError)
    expect(call).toThrow(new RegExp(`^"subject" must be a tag.*, got ${kind}$`))
  })
})

test('a digest is known without a request where one was named', () => {
  expect(digestOfSubject('v1')).toBeUndefined()
  expect(digestOfSubject(digest)).toBe(digest)
  expect(digestOfSubject(descriptor)).toBe(digest)
})
