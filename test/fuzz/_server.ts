// The embedded registry answers each request, in every profile, and gives back what it took.
import fc from 'fast-check'
import { embeddedRegistry, type ProfileName, profiles } from '../../src/embedded/index.ts'
import { documents, pieces, types } from './_documents.ts'

const digest = `sha256:${'a'.repeat(64)}`

const paths = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(
        '/v2/',
        '/v2/app/',
        '/v2/team/app/',
        '/v3/app/',
        '/token',
        '/oras/artifacts/v1/app/',
      ),
      fc.constantFrom(
        '',
        'manifests/',
        'blobs/',
        'blobs/uploads/',
        'tags/list',
        'referrers/',
        '_oras/artifacts/referrers',
        'manifests/v1/references',
      ),
      fc.constantFrom(
        '',
        'v1',
        digest,
        `?digest=${digest}`,
        `?mount=${digest}&from=other`,
        '?n=1',
        '?n=-1',
        '?last=v',
        '?artifactType=a/b',
      ),
    )
    .map((parts) => parts.join('')),
  pieces.map((text) => `/v2/${encodeURI(text.replace(/\p{Cs}/gu, ''))}`),
)

const requests = fc.record({
  method: fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS'),
  path: paths,
  type: types,
  body: documents,
  range: fc.constantFrom('', '0-1', 'bytes=0-1', 'bytes=-5', 'bytes=9-', '5-2', 'x'),
})

/** Profiles of registries that broke: their own statuses of 500 are wanted. */
const broken = /oras|distributionB|ggcr/i

/** What is true of the server. */
export const server: fc.IAsyncProperty<unknown> = fc.asyncProperty(
  fc.constantFrom(undefined, ...(Object.keys(profiles) as ProfileName[])),
  fc.array(requests, { minLength: 1, maxLength: 12 }),
  async (profile, list) => {
    const registry = embeddedRegistry({ profile })
    for (const { method, path, type, body, range } of list) {
      const headers = {
        ...(type && { 'content-type': type }),
        ...(range && { range, 'content-range': range }),
      }
      const sends = method === 'PUT' || method === 'POST' || method === 'PATCH'
      const url = `http://r.test${path}`
      if (!URL.canParse(url)) continue
      const request = new Request(url, { method, headers, ...(sends && { body }) })
      const answer = await registry.fetch(request)
      const bytes = await answer.arrayBuffer()
      if (answer.status >= 500 && !(profile && broken.test(profile)))
        throw new Error(
          `${method} ${path} in ${profile} answered ${answer.status}: ${new TextDecoder().decode(bytes)}`,
        )
      const own = answer.headers.get('docker-content-digest')
      if (method !== 'PUT' || answer.status !== 201 || !own || !path.includes('/manifests/'))
        continue
      const [before] = url.split('manifests/')
      const got = await registry.fetch(new Request(`${before}manifests/${own}`))
      if (got.status === 200 && (await got.text()) !== body)
        throw new Error(`${path}: other bytes came back`)
    }
  },
)
