// Documents that are nearly right: the ones that parsers are for, with parts taken out, doubled or replaced.
import fc from 'fast-check'

const digest = `sha256:${'a'.repeat(64)}`
const descriptor = {
  mediaType: 'a/b',
  digest,
  size: 2,
  artifactType: 'c/d',
  annotations: { a: 'b' },
}
const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
const INDEX = 'application/vnd.oci.image.index.v1+json'

const whole: readonly unknown[] = [
  {
    schemaVersion: 2,
    mediaType: IMAGE,
    config: descriptor,
    layers: [descriptor],
    subject: descriptor,
  },
  { schemaVersion: 2, mediaType: INDEX, manifests: [descriptor, { ...descriptor, platform: {} }] },
  { referrers: [descriptor] },
  { references: null },
  { name: 'app', tags: ['v1', `sha256-${'a'.repeat(64)}`] },
  { errors: [{ code: 'NAME_UNKNOWN', message: 'no', detail: {} }] },
  { token: 'x', expires_in: 300, refresh_token: 'y' },
]

const odd: readonly unknown[] = [
  ...[null, true, 0, -1, 1.5, 1e300, 2 ** 60, '', 'x', [], {}, [null], '\u0000', '\u202e', digest],
  ...['sha256:x', '../../x', 'http://r.test/?a=b', 'a'.repeat(5000), { __proto__: null }],
]

/** Each place in a document: a path of keys. */
function places(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...path, key]))]
}

function change(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<
    string,
    unknown
  >
  const inner = change(copy[key], rest, by)
  if (inner === REMOVED) delete copy[key]
  else copy[key] = inner
  return copy
}

const REMOVED = Symbol('removed')

const changed = fc
  .tuple(
    fc.constantFrom(...whole),
    fc.array(fc.tuple(fc.nat(), fc.constantFrom(REMOVED, ...odd)), { maxLength: 4 }),
  )
  .map(([document, changes]) =>
    changes.reduce<unknown>((value, [at, by]) => {
      const known = places(value)
      return change(
        value,
        known[at % known.length]!,
        by === REMOVED && known.length < 2 ? null : by,
      )
    }, document),
  )
  .map((document) => (typeof document === 'symbol' ? 'null' : (JSON.stringify(document) ?? '')))

/** Texts of documents: nearly right, cut, with bytes changed, or any JSON or text at all. */
export const documents: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: changed },
  {
    weight: 2,
    arbitrary: fc
      .tuple(changed, fc.nat())
      .map(([text, at]) => text.slice(0, at % (text.length + 1))),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(changed, fc.nat(), fc.string({ maxLength: 3 }))
      .map(
        ([text, at, part]) =>
          text.slice(0, at % (text.length + 1)) + part + text.slice((at % (text.length + 1)) + 1),
      ),
  },
  { weight: 1, arbitrary: fc.json({ maxDepth: 6 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
)

/** Pieces of headers and references, in any order. */
export const pieces: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...'<>;,="\\ \t/:@?#%-_.[]'.split(''),
        'rel=next',
        'rel="next"',
        'Bearer ',
        'Basic ',
        'realm="',
        'scope=',
        'repository:a:pull',
        'https://',
        'r.test',
        ':5000',
        'team/app',
        digest,
        ':v1',
        '@',
        '..',
        'localhost',
        '[::1]',
        '\u0000',
        '\u202e',
        'é',
      ),
      fc.string({ maxLength: 5 }),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(''))

/** Media types that answers and requests have. */
export const types: fc.Arbitrary<string> = fc.constantFrom(
  IMAGE,
  INDEX,
  'application/json',
  'text/html',
  'a/b; c=d',
  '',
)
