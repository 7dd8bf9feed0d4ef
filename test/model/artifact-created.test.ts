import { describe, expect, test } from 'vitest'
import { ARTIFACT_CREATED, artifactCreated } from '../../src/model/artifact-created.ts'

const at = (text: string) => artifactCreated({ [ARTIFACT_CREATED]: text })

describe('when an artifact was made', () => {
  test.each([
    'org.opencontainers.artifact.created',
    'org.oci.artifact.created',
    'io.cncf.oras.artifact.created',
  ])('is read from %s', (key) => {
    expect(artifactCreated({ [key]: '1970-01-01T00:00:01Z' })).toEqual({
      seconds: 1,
      nanoseconds: 0,
    })
  })

  test('is what the spelling to write says, where there are several', () => {
    const annotations = {
      'io.cncf.oras.artifact.created': '1970-01-01T00:00:03Z',
      'org.oci.artifact.created': '1970-01-01T00:00:02Z',
      'org.opencontainers.artifact.created': '1970-01-01T00:00:01Z',
    }
    expect(artifactCreated(annotations)?.seconds).toBe(1)
    expect(artifactCreated({ ...annotations, [ARTIFACT_CREATED]: 'soon' })?.seconds).toBe(2)
  })

  test('is a moment in RFC 3339: offsets, fractions, lower case, leap seconds', () => {
    expect(at('1970-01-01T01:00:00+01:00')).toEqual({ seconds: 0, nanoseconds: 0 })
    expect(at('1970-01-01t00:00:00.5z')).toEqual({ seconds: 0, nanoseconds: 5e8 })
    expect(at('1970-01-01T00:00:00.1234567899Z')?.nanoseconds).toBe(123_456_789)
    expect(at('2016-12-31T23:59:60Z')).toEqual(at('2016-12-31T23:59:59Z'))
    expect(at('1969-12-31T23:59:59Z')?.seconds).toBe(-1)
  })

  test.each(['', 'soon', '2022', '2022-04-26', '2022-04-26T16:00:00', '2022-13-26T16:00:00Z', '0'])(
    'is not known from %j',
    (text) => expect(at(text)).toBeUndefined(),
  )

  test('is not known without annotations, nor from a prototype', () => {
    expect(artifactCreated(undefined)).toBeUndefined()
    expect(artifactCreated({})).toBeUndefined()
    expect(artifactCreated(Object.create({ [ARTIFACT_CREATED]: '2022-04-26T16:00:00Z' }))).toBe(
      undefined,
    )
  })
})
