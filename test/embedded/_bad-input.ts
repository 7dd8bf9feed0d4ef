// Requests that crash or corrupt registries that exist, and their kin, with the answers they get.
import { descriptor, digestOf, type Entry, IMAGE, INDEX, image, index } from './_registry.ts'

export const plain: Entry = descriptor('plain', 'text/plain')
export const simple: string = image()
export const simpleDigest: string = digestOf(simple)
export const subject: Entry = { mediaType: IMAGE, digest: simpleDigest, size: simple.length }
const upper = (digest: string) => digest.replace(/:.*/, (hex) => hex.toUpperCase())
const deep = (open: string, close: string) =>
  `{"schemaVersion":2,"a":${open.repeat(200_000)}1${close.repeat(200_000)}}`
const twice = (key: string, value: string) => image().replace('{', `{"${key}":${value},`)

/** Method, path, expected answer, and what else is sent. `{session}` is an upload of three bytes. */
export type Row = readonly [string, string, string, RequestInit?]

const put = (
  reference: string,
  expected: string,
  body: string | Uint8Array,
  type = IMAGE,
  headers: Record<string, string> = {},
): Row => [
  'PUT',
  `/v2/app/manifests/${reference}`,
  expected,
  {
    body: body as BodyInit,
    headers: { ...(type === '' ? {} : { 'Content-Type': type }), ...headers },
  },
]

const invalid = (body: string | Uint8Array, type?: string) =>
  put('v2', '400 MANIFEST_INVALID', body, type)

const chunk = (method: string, range: string, expected: string, body = 'abc'): Row => [
  method,
  method === 'PUT' ? `{session}?digest=${digestOf('xyzabc')}` : '{session}',
  expected,
  { body, headers: { 'Content-Range': range } },
]

export const rows: Record<string, readonly Row[]> = {
  'a number of tags that is none': [
    '-1',
    'abc',
    '1.5',
    '',
    '1e3',
    '0x10',
    '9'.repeat(20),
    ' 1',
  ].map((n) => [
    'GET',
    `/v2/app/tags/list?n=${encodeURIComponent(n)}`,
    '400 PAGINATION_NUMBER_INVALID',
  ]),
  'a page that is none': [
    ['GET', '/v2/app/_oci/artifacts/referrers', '400 DIGEST_INVALID'],
    ['GET', '/v2/app/_oci/artifacts/referrers?digest=v1', '400 DIGEST_INVALID'],
    ...['0', '-1', 'abc'].map(
      (n): Row => [
        'GET',
        `/v2/app/_oras/artifacts/referrers?digest=${simpleDigest}&n=${n}`,
        '400 PAGINATION_NUMBER_INVALID',
      ],
    ),
    [
      'GET',
      `/v2/app/_oci/artifacts/referrers?digest=${simpleDigest}&nextToken=%00`,
      '400 MALFORMED_NEXTTOKEN',
    ],
    ['GET', `/v2/app/referrers/${simpleDigest}?next=zzz`, '400 DIGEST_INVALID'],
  ],
  'a range outside of the blob': ['bytes=5-', 'bytes=50-60', 'bytes=3-1', 'bytes=-0'].map(
    (range) => [
      'GET',
      `/v2/app/blobs/${plain.digest}`,
      '416 SIZE_INVALID',
      { headers: { Range: range } },
    ],
  ),
  'a digest that is none': [
    'sha256:baddigeststring',
    'sha256:',
    `sha256:${'a'.repeat(63)}`,
    `sha256:${'a'.repeat(65)}`,
    upper(plain.digest),
    plain.digest.replace('sha256', 'SHA256'),
    'sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709',
    'md5:d41d8cd98f00b204e9800998ecf8427e',
    '__proto__:00',
  ].flatMap((digest): Row[] => [
    ['GET', `/v2/app/manifests/${digest}`, '400 DIGEST_INVALID'],
    ['DELETE', `/v2/app/manifests/${digest}`, '400 DIGEST_INVALID'],
    put(digest, '400 DIGEST_INVALID', simple),
    ['GET', `/v2/app/blobs/${digest}`, '400 DIGEST_INVALID'],
    ['DELETE', `/v2/app/blobs/${digest}`, '400 DIGEST_INVALID'],
    ['GET', `/v2/app/referrers/${digest}`, '400 DIGEST_INVALID'],
    ['POST', `/v2/app/blobs/uploads/?digest=${digest}`, '400 DIGEST_INVALID', { body: 'x' }],
    ['POST', `/v2/app/blobs/uploads/?mount=${digest}&from=app`, '400 DIGEST_INVALID'],
    ['PUT', `{session}?digest=${digest}`, '400 DIGEST_INVALID'],
  ]),
  'a digest of other content': [
    put(digestOf('other'), '400 DIGEST_INVALID', simple),
    put(digestOf('other', 'sha512'), '400 DIGEST_INVALID', simple),
    ['POST', `/v2/app/blobs/uploads/?digest=${digestOf('y')}`, '400 DIGEST_INVALID', { body: 'x' }],
  ],
  'a tag that is none': [
    't'.repeat(129),
    '.bad',
    '-x',
    'a+b',
    'a b',
    'ä',
    'a%2fb',
    '%00',
    '..%2fx',
  ].flatMap((tag): Row[] => [
    put(tag, '400 MANIFEST_INVALID', simple),
    put(`${simpleDigest}?tag=${tag.replace('+', '%2B')}`, '400 MANIFEST_INVALID', simple),
    ['DELETE', `/v2/app/manifests/${tag}`, '400 MANIFEST_INVALID'],
  ]),
  'a chunk that does not follow': ['PATCH', 'PUT'].flatMap((method): Row[] => [
    chunk(method, '0-2', '416 BLOB_UPLOAD_INVALID'),
    chunk(method, '2-4', '416 BLOB_UPLOAD_INVALID'),
    chunk(method, '4-6', '416 BLOB_UPLOAD_INVALID'),
    chunk(method, '4096-4098', '416 BLOB_UPLOAD_INVALID'),
  ]),
  'a range of a chunk that is none': ['PATCH', 'PUT'].flatMap((method): Row[] =>
    ['bytes 3-5/*', '3-', '-3', 'a-b', '5-3', '3', '3-5-7', '-1-3', '3-99999999999999999999'].map(
      (range) => chunk(method, range, '400 BLOB_UPLOAD_INVALID'),
    ),
  ),
  'an upload that is none': [
    ['GET', '/v2/app/blobs/uploads/unknown', '404 BLOB_UPLOAD_UNKNOWN'],
    ['PATCH', '/v2/app/blobs/uploads/unknown', '404 BLOB_UPLOAD_UNKNOWN', { body: 'x' }],
    ['PUT', `/v2/app/blobs/uploads/unknown?digest=${plain.digest}`, '404 BLOB_UPLOAD_UNKNOWN'],
    ['DELETE', '/v2/app/blobs/uploads/__proto__', '404 BLOB_UPLOAD_UNKNOWN'],
    ['PUT', '{session}', '400 DIGEST_INVALID'],
    ['PATCH', '{other session}', '404 BLOB_UPLOAD_UNKNOWN', { body: 'x' }],
    ['DELETE', '{other session}', '404 BLOB_UPLOAD_UNKNOWN'],
  ],
  'what is no manifest': [
    invalid('hello'),
    invalid(''),
    invalid('null'),
    invalid('[]'),
    invalid('"text"'),
    invalid('{}'),
    invalid(simple.slice(0, -1)),
    invalid(`\ufeff${simple}x`),
    invalid(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])),
    invalid(image({ schemaVersion: 1 })),
    invalid(image({ schemaVersion: '2' })),
    invalid(image({ config: undefined })),
    invalid(image({ layers: {} })),
    invalid(image({ annotations: { a: 1 } })),
    invalid(index([{}]), INDEX),
    invalid(JSON.stringify({ schemaVersion: 2, manifests: {} }), INDEX),
  ],
  'a manifest with two meanings': [
    invalid(image({ manifests: [] })),
    invalid(index([], { layers: [] }), INDEX),
    invalid(index([], { config: plain }), INDEX),
    invalid(image(), INDEX),
    invalid(index([]), IMAGE),
    invalid(image(), ''),
    invalid(image(), 'application/json'),
    invalid(image(), 'text/html'),
    invalid(image(), 'application/vnd.example.unknown+json'),
    invalid(twice('mediaType', `"${INDEX}"`)),
    invalid(twice('subject', JSON.stringify(subject)).replace('{', `{"subject":null,`)),
    invalid(twice('\\u006cayers', '[]')),
    invalid(
      image({ annotations: {} }).replace('"annotations":{}', '"annotations":{"a":"1","a":"2"}'),
    ),
  ],
  'nesting without end': [
    invalid(deep('[', ']')),
    invalid(deep('{"a":', '}')),
    invalid(deep('[', ']'), INDEX),
  ],
  'a descriptor that is none': [
    invalid(image({ subject: { ...subject, digest: 'no' } })),
    invalid(image({ subject: { ...subject, digest: upper(simpleDigest) } })),
    invalid(image({ subject: 'text' })),
    invalid(image({ layers: [{ ...plain, size: -1 }] })),
    invalid(image({ layers: [{ ...plain, size: 1.5 }] })),
    invalid(image({ layers: [{ ...plain, size: 2 ** 60 }] })),
    invalid(image({ layers: [{ ...plain, mediaType: 1 }] })),
    invalid(image({ layers: [null] })),
    invalid(index([{ ...subject, digest: '../../x' }]), INDEX),
  ],
  'a manifest of what is not there': [
    put('v2', '400 MANIFEST_BLOB_UNKNOWN', image({ layers: [descriptor('gone', 'text/plain')] })),
    put('v2', '400 MANIFEST_BLOB_UNKNOWN', index([descriptor('gone', IMAGE)]), INDEX),
    put('v2', '400 MANIFEST_BLOB_UNKNOWN', index([descriptor('gone', INDEX)]), INDEX),
  ],
  'too much': [
    put('v2', '413 SIZE_INVALID', image({ annotations: { a: 'x'.repeat(5 * 1024 * 1024) } })),
  ],
  'a condition that does not hold': [
    put('v1', '412 PRECONDITION_FAILED', image({ annotations: { a: 'b' } }), IMAGE, {
      'If-None-Match': '*',
    }),
    put('v1', '412 PRECONDITION_FAILED', image({ annotations: { a: 'b' } }), IMAGE, {
      'If-Match': '"other"',
    }),
    [
      'DELETE',
      '/v2/app/manifests/v1',
      '412 PRECONDITION_FAILED',
      { headers: { 'If-Match': `W/"${simpleDigest}"` } },
    ],
  ],
  'a name that is none': [
    'NO/such',
    '-a',
    'a-',
    'a..b',
    'a___b',
    'a//b',
    'a/',
    'a%2Fb',
    'a%2f..%2f..%2fetc',
    '..%2f..%2fapp',
    'a%00b',
    'a:b',
    'a@b',
    'ä',
    'a'.repeat(256),
    '__proto__',
  ].flatMap((name): Row[] => [
    ['GET', `/v2/${name}/manifests/v1`, '400 NAME_INVALID'],
    ['POST', `/v2/${name}/blobs/uploads/`, '400 NAME_INVALID'],
    ['GET', `/v2/${name}/tags/list`, '400 NAME_INVALID'],
    ['DELETE', `/v2/${name}/blobs/${plain.digest}`, '400 NAME_INVALID'],
  ]),
  'what is not there': [
    ['DELETE', '/v2/app/manifests/gone', '404 MANIFEST_UNKNOWN'],
    ['DELETE', `/v2/app/manifests/${digestOf('gone')}`, '404 MANIFEST_UNKNOWN'],
    ['DELETE', `/v2/app/blobs/${digestOf('gone')}`, '404 BLOB_UNKNOWN'],
    ['DELETE', '/v2/nothing/manifests/v1', '404 NAME_UNKNOWN'],
    ['DELETE', `/v2/nothing/blobs/${plain.digest}`, '404 BLOB_UNKNOWN'],
    ['GET', '/v2/nothing/tags/list', '404 NAME_UNKNOWN'],
    ['GET', '/v2/constructor/tags/list', '404 NAME_UNKNOWN'],
  ],
  'a method that is none': [
    ['POST', '/v2/', '405 UNSUPPORTED'],
    ['PATCH', '/v2/app/manifests/v1', '405 UNSUPPORTED'],
    ['PUT', `/v2/app/blobs/${plain.digest}`, '405 UNSUPPORTED'],
    ['DELETE', '/v2/app/tags/list', '405 UNSUPPORTED'],
    ['POST', `/v2/app/referrers/${simpleDigest}`, '405 UNSUPPORTED'],
  ],
}
