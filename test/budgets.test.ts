// The request budgets: part of the contract. A request more, or a round trip more, fails here.
import { describe, expect, test } from 'vitest'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../src/embedded/index.ts'
import { attach, hasReferrer, referrers, repository } from '../src/index.ts'
import { pushBlob } from '../src/registry/index.ts'
import {
  artifactManifest,
  cosignTags,
  digestTags,
  indexAnnotations,
  nodeManifest,
  referenceField,
} from '../src/strategies/index.ts'
import { all, pushImage } from './_image.ts'
import { recorded } from './_wire.ts'

// Where the machine stalls for longer than the window of a shared tag, the tag is rightly read again:
// a request more, that says nothing of the budget.
const slow = { retry: 3 }

const signature = (seed = 0) => ({
  artifactType: 'application/vnd.example.signature',
  blobs: [{ data: `${seed}`.padStart(10_240, 'x'), mediaType: 'application/octet-stream' }],
})

/** A registry that holds an image, seen by a process that knows nothing of it. */
async function setUp(options: EmbeddedRegistryOptions, warm: boolean) {
  const registry = embeddedRegistry(options)
  const before = repository('registry.test/team/app', { fetch: registry.fetch })
  const subject = await pushImage(before)
  if (warm) await pushBlob(before, '{}')
  // 20 ms an answer: enough to tell who waited for whom, within the window of the referrers tag.
  const wire = recorded(registry.fetch, 20)
  // A fetch of its own: what another process would see.
  const another = () =>
    repository('registry.test/team/app', { fetch: (request) => wire.fetch(request) })
  return { app: another(), subject, wire, another }
}

describe('a registry with the referrers API and single POST uploads', slow, () => {
  test('attaches to a descriptor in 3 requests and 2 round trips, 2 requests when {} was seen, and asks once for the list', async () => {
    const { app, subject, wire } = await setUp({}, false)
    await attach(app, subject, signature(1))
    // The list was never seen: it is asked for beside the uploads.
    expect(wire.lines().sort()).toEqual([
      expect.stringMatching(/^GET \/referrers\/sha256:[0-9a-f]{8}$/),
      'POST /blobs/uploads/?digest',
      'POST /blobs/uploads/?mount&from&digest',
      expect.stringMatching(/^PUT \/manifests\/sha256:/),
    ])
    expect(wire.depth()).toBe(2)

    wire.reset()
    await attach(app, subject, signature(2))
    expect(wire.lines()).toEqual([
      'POST /blobs/uploads/?digest',
      expect.stringMatching(/^PUT \/manifests\/sha256:/),
    ])
    expect(wire.depth()).toBe(2)
  })

  test('attaches to a digest in 4 requests, 3 when {} was seen, and 2 round trips', async () => {
    const { app, subject, wire } = await setUp({}, false)
    await attach(app, subject.digest, signature(1))
    expect(wire.lines()).toHaveLength(4 + 1)
    expect(wire.depth()).toBe(2)

    wire.reset()
    await attach(app, subject.digest, signature(2))
    expect(wire.lines().sort()).toEqual([
      expect.stringMatching(/^GET \/manifests\/sha256:[0-9a-f]{8}$/),
      'POST /blobs/uploads/?digest',
      expect.stringMatching(/^PUT \/manifests\/sha256:/),
    ])
    expect(wire.depth()).toBe(2)
  })

  test('lists in 1 request and says yes or no in 1, with one manifest more before the first "no"', async () => {
    const { app, subject, wire } = await setUp({}, true)
    await attach(app, subject, signature())
    wire.reset()
    expect(await all(referrers(app, subject.digest))).toHaveLength(1)
    expect(wire.lines()).toEqual([expect.stringMatching(/^GET \/referrers\/sha256:[0-9a-f]{8}$/)])

    wire.reset()
    const { artifactType } = signature()
    expect(await hasReferrer(app, subject.digest, { artifactType })).toBe(true)
    expect(wire.lines()).toEqual([expect.stringMatching(/^GET \/referrers\/sha256:[0-9a-f]{8}$/)])

    wire.reset()
    expect(await hasReferrer(app, subject.digest, { artifactType: 'none/here' })).toBe(false)
    // Not by type: it is not known what type the registry would go by, nor what type its list has.
    expect(wire.lines()).toEqual([
      expect.stringMatching(/^GET \/referrers\/sha256:[0-9a-f]{8}$/),
      expect.stringMatching(/^GET \/manifests\/sha256:/),
    ])

    wire.reset()
    expect(await hasReferrer(app, subject.digest, { artifactType: 'none/here' })).toBe(false)
    expect(wire.lines()).toEqual([
      expect.stringMatching(/^GET \/referrers\/sha256:[0-9a-f]{8}\?artifactType$/),
    ])
  })

  test('lists in 2 requests and says no in 2 where the list is empty: a link may be at the tag', async () => {
    const { another, subject, wire } = await setUp({}, true)
    for (const ask of [
      () => all(referrers(another(), subject.digest)),
      () => hasReferrer(another(), subject.digest, { artifactType: 'none/here' }),
    ]) {
      wire.reset()
      await ask()
      expect(wire.lines()).toEqual([
        expect.stringMatching(/^GET \/referrers\/sha256:[0-9a-f]{8}$/),
        expect.stringMatching(/^GET \/manifests\/sha256-/),
      ])
    }
  })

  test('says no of a long list in 3 requests the first time, then 1: the registry filters', async () => {
    const { app, subject, wire } = await setUp({ pageSize: 2 }, true)
    for (let i = 0; i < 9; i++) await attach(app, subject, signature(i))
    wire.reset()
    expect(await hasReferrer(app, subject.digest, { artifactType: 'none/here' })).toBe(false)
    // A page, a manifest in it, and what the registry has of that type.
    expect(wire.lines()).toEqual([
      expect.stringMatching(/^GET \/referrers\/sha256:[0-9a-f]{8}$/),
      expect.stringMatching(/^GET \/manifests\/sha256:/),
      expect.stringMatching(/^GET \/referrers\/sha256:[0-9a-f]{8}\?artifactType$/),
    ])

    wire.reset()
    expect(await hasReferrer(app, subject.digest, { artifactType: 'none/here' })).toBe(false)
    expect(wire.lines()).toEqual([
      expect.stringMatching(/^GET \/referrers\/sha256:[0-9a-f]{8}\?artifactType$/),
    ])
  })

  test('lists N pages in N requests', async () => {
    const { app, subject, wire } = await setUp({ pageSize: 2 }, true)
    for (let i = 0; i < 5; i++) await attach(app, subject, signature(i))
    wire.reset()
    expect(await all(referrers(app, subject.digest))).toHaveLength(5)
    expect(wire.lines()).toHaveLength(3)
  })
})

describe('a registry with the referrers API but without single POST uploads', slow, () => {
  test('attaches to a descriptor in 4 requests and 3 round trips, 5 requests when {} is not there', async () => {
    for (const warm of [true, false]) {
      const { app, subject, wire } = await setUp({ singlePost: false }, warm)
      await attach(app, subject, signature())
      // Beside that for the list, which was never seen.
      const isList = (line: string) => line.startsWith('GET /referrers/')
      expect(wire.lines().filter(isList)).toHaveLength(1)
      expect(
        wire
          .lines()
          .filter((line) => !isList(line))
          .sort(),
      ).toEqual(
        [
          'POST /blobs/uploads/?digest',
          'POST /blobs/uploads/?mount&from&digest',
          'PUT /blobs/uploads/<session>?digest',
          ...(warm ? [] : ['PUT /blobs/uploads/<session>?digest']),
          expect.stringMatching(/^PUT \/manifests\/sha256:/),
        ].sort(),
      )
      expect(wire.depth()).toBe(3)
    }
  })

  test('asks by a mount from the same repository once it is known, and sends nothing that is there', async () => {
    const { app, subject, wire } = await setUp({ singlePost: false }, true)
    await attach(app, subject, signature(1))
    wire.reset()
    await attach(app, subject, signature(2))
    expect(wire.lines()).toEqual([
      'POST /blobs/uploads/?mount&from',
      'PUT /blobs/uploads/<session>?digest',
      expect.stringMatching(/^PUT \/manifests\/sha256:/),
    ])
    wire.reset()
    await attach(app, subject, signature(2))
    expect(wire.lines()).toEqual([
      'POST /blobs/uploads/?mount&from',
      expect.stringMatching(/^PUT \/manifests\/sha256:/),
    ])
  })
})

describe('a registry with neither', slow, () => {
  const neither = { referrersApi: false, singlePost: false, conditional: false }

  test('attaches to a descriptor in 7 requests, 8 when {} is not there, and asks once for the list, in 5 round trips', async () => {
    for (const warm of [true, false]) {
      const { app, subject, wire } = await setUp(neither, warm)
      const { confirmed } = await attach(app, subject, signature())
      expect(confirmed).toBe(true)
      expect(wire.lines()).toHaveLength((warm ? 7 : 8) + 1)
      expect(wire.lines().filter((line) => / .(referrers|manifests)/.test(line))).toEqual([
        expect.stringMatching(/^GET \/referrers\//),
        // Begun as soon as it is known that there is no list.
        expect.stringMatching(/^GET \/manifests\/sha256-/),
        expect.stringMatching(/^PUT \/manifests\/sha256:/),
        expect.stringMatching(/^PUT \/manifests\/sha256-/),
        expect.stringMatching(/^GET \/manifests\/sha256-/),
      ])
      expect(wire.depth()).toBe(5)
    }
  })

  test('attaches in 5 round trips after that: the referrers tag is read while blobs move', async () => {
    const { app, subject, wire } = await setUp(neither, true)
    await attach(app, subject, signature(1))
    wire.reset()
    await attach(app, subject, signature(2))
    expect(wire.lines().sort()).toEqual([
      expect.stringMatching(/^GET \/manifests\/sha256-/),
      expect.stringMatching(/^GET \/manifests\/sha256-/),
      'POST /blobs/uploads/?mount&from',
      'PUT /blobs/uploads/<session>?digest',
      expect.stringMatching(/^PUT \/manifests\/sha256-/),
      expect.stringMatching(/^PUT \/manifests\/sha256:/),
    ])
    expect(wire.depth()).toBe(5)
  })

  test('attaches to a digest in one request more and no round trip more', async () => {
    for (const warm of [true, false]) {
      const { app, subject, wire } = await setUp(neither, warm)
      await attach(app, subject.digest, signature())
      expect(wire.lines()).toHaveLength((warm ? 8 : 9) + 1)
      expect(wire.depth()).toBe(5)
    }
  })

  test('lists and answers yes or no in 2 requests the first time, then 1', async () => {
    const { app: writer, another, subject, wire } = await setUp(neither, true)
    await attach(writer, subject, signature())
    wire.reset()
    const app = another()
    await all(referrers(app, subject.digest))
    expect(wire.lines()).toEqual([
      expect.stringMatching(/^GET \/referrers\//),
      expect.stringMatching(/^GET \/manifests\/sha256-/),
    ])
    for (const ask of [
      () => all(referrers(app, subject.digest)),
      () => hasReferrer(app, subject.digest, { artifactType: 'none/here' }),
    ]) {
      wire.reset()
      await ask()
      expect(wire.lines()).toEqual([expect.stringMatching(/^GET \/manifests\/sha256-/)])
    }
  })
})

test('a login costs the first attach one refused request and one for a token, and later ones nothing', async () => {
  const registry = embeddedRegistry()
  const subject = await pushImage(repository('registry.test/team/app', { fetch: registry.fetch }))
  const wire = recorded(async (request) => {
    const { pathname } = new URL(request.url)
    if (pathname === '/token') return Response.json({ token: 'abc' })
    if (request.headers.get('authorization') === 'Bearer abc') return registry.fetch(request)
    const challenge = 'Bearer realm="https://registry.test/token",service="test"'
    return new Response('{}', { status: 401, headers: { 'www-authenticate': challenge } })
  }, 10)
  const app = repository('registry.test/team/app', {
    fetch: wire.fetch,
    credentials: async () => ({ username: 'me', password: 'secret' }),
  })
  await attach(app, subject.digest, signature(1))
  expect(wire.lines().filter((line) => line.startsWith('GET /token'))).toHaveLength(1)
  expect(wire.lines()).toHaveLength(5 + 2)

  wire.reset()
  await attach(app, subject.digest, signature(2))
  expect(wire.lines()).toHaveLength(3)
})

describe('cosign’s tags', slow, () => {
  const strategy = cosignTags()
  const cosigned = (seed: number) => {
    const type = 'application/vnd.dev.cosign.simplesigning.v1+json'
    const annotations = { 'dev.cosignproject.cosign/signature': `${seed}` }
    const [blob] = signature(seed).blobs
    return { artifactType: type, blobs: [{ ...blob!, mediaType: type, annotations }] }
  }

  test('attaches to a digest in 5 requests and 4 round trips, the first as the next', async () => {
    const { app, subject, wire } = await setUp({}, false)
    for (const seed of [1, 2]) {
      wire.reset()
      const { confirmed } = await attach(app, subject.digest, cosigned(seed), { strategy })
      expect(confirmed).toBe(true)
      expect(wire.lines().slice(0, 2).sort()).toEqual([
        expect.stringMatching(/^GET \/manifests\/sha256-[0-9a-f]{8}\.sig$/),
        'POST /blobs/uploads/?digest',
      ])
      expect(wire.lines().slice(2)).toEqual([
        'POST /blobs/uploads/?digest',
        expect.stringMatching(/^PUT \/manifests\/sha256-[0-9a-f]{8}\.sig$/),
        expect.stringMatching(/^GET \/manifests\/sha256-[0-9a-f]{8}\.sig$/),
      ])
      expect(wire.depth()).toBe(4)
    }
  })

  test('attaches in 7 requests and 6 round trips where a blob takes two requests', async () => {
    const neither = { referrersApi: false, singlePost: false, conditional: false }
    const { app, subject, wire } = await setUp(neither, false)
    await attach(app, subject.digest, cosigned(1), { strategy })
    expect(wire.lines()).toHaveLength(7)
    expect(wire.depth()).toBe(6)
  })

  test('lists in 1 request per suffix, at once, and in 1 when the suffix is given', async () => {
    const { app, subject, wire } = await setUp({}, false)
    await attach(app, subject.digest, cosigned(1), { strategy, settle: 0 })
    const tag = (suffix: string) =>
      expect.stringMatching(new RegExp(`^GET /manifests/sha256-[0-9a-f]{8}\\.${suffix}$`))
    for (const ask of [
      () => all(referrers(app, subject.digest, { strategy })),
      () => hasReferrer(app, subject.digest, { strategy, artifactType: 'none/here' }),
    ]) {
      wire.reset()
      await ask()
      expect(wire.lines()).toEqual([tag('sig'), tag('att'), tag('sbom')])
      expect(wire.depth()).toBe(1)
    }
    wire.reset()
    await all(referrers(app, subject.digest, { strategy: cosignTags({ suffix: 'sig' }) }))
    expect(wire.lines()).toEqual([tag('sig')])
  })
})

describe('digest tags', slow, () => {
  const strategy = digestTags()

  test('attach to a digest in 3 requests and 2 round trips, and 2 requests when {} was seen', async () => {
    const { app, subject, wire } = await setUp({}, false)
    const put = expect.stringMatching(/^PUT \/manifests\/sha256-[0-9a-f]{8}\.\w+\.[\w.]+$/)
    await attach(app, subject.digest, signature(1), { strategy })
    expect(wire.lines().sort()).toEqual([
      'POST /blobs/uploads/?digest',
      'POST /blobs/uploads/?mount&from&digest',
      put,
    ])
    expect(wire.depth()).toBe(2)

    wire.reset()
    await attach(app, subject.digest, signature(2), { strategy })
    expect(wire.lines()).toEqual(['POST /blobs/uploads/?digest', put])
    expect(wire.depth()).toBe(2)
  })

  test('attach to two subjects in 2 requests more, of which one waits', async () => {
    const { app, subject, wire } = await setUp({}, true)
    const both = digestTags({ subjects: [`sha256:${'0'.repeat(64)}`] })
    await attach(app, subject.digest, signature(1), { strategy: both })
    expect(wire.lines()).toHaveLength(5)
    expect(wire.depth()).toBe(3)
  })

  test('list in 1 request and 1 for each artifact, all at once', async () => {
    const { app, subject, wire } = await setUp({}, true)
    for (let i = 0; i < 3; i++) await attach(app, subject.digest, signature(i), { strategy })
    wire.reset()
    expect(await all(referrers(app, subject.digest, { strategy }))).toHaveLength(3)
    expect(wire.lines()[0]).toBe('GET /tags/list?n&last')
    expect(wire.lines()).toHaveLength(4)
    expect(wire.depth()).toBe(2)
  })

  test('list in 1 request more, and no round trip more, when asked to look everywhere', async () => {
    const { app, subject, wire } = await setUp({}, true)
    await attach(app, subject.digest, signature(), { strategy })
    wire.reset()
    const everywhere = referrers(app, subject.digest, { strategy, everywhere: true })
    expect(await all(everywhere)).toHaveLength(1)
    expect(wire.lines()).toHaveLength(1 + 1 + 1)
    expect(wire.depth()).toBe(2)
  })

  test('say in 1 request that there is none of a type', async () => {
    const { app, subject, wire } = await setUp({}, true)
    const sbom = { artifactType: 'application/spdx+json' }
    await attach(app, subject.digest, sbom, { strategy })
    wire.reset()
    const artifactType = 'application/vnd.in-toto+json'
    expect(await hasReferrer(app, subject.digest, { strategy, artifactType })).toBe(false)
    expect(wire.lines()).toEqual(['GET /tags/list?n&last'])
  })
})

describe('the reference field', slow, () => {
  const strategy = referenceField()

  test('attaches to a digest in 4 requests, 3 when {} was seen, asks once for the list, and lists in 1', async () => {
    const { app, subject, wire } = await setUp({}, false)
    const { confirmed } = await attach(app, subject.digest, signature(1), { strategy })
    expect(confirmed).toBe(true)
    expect(wire.lines().sort()).toEqual([
      expect.stringMatching(/^GET \/manifests\/sha256:[0-9a-f]{8}$/),
      expect.stringMatching(/^GET \/manifests\/sha256:[0-9a-f]{8}\/references$/),
      'POST /blobs/uploads/?digest',
      'POST /blobs/uploads/?mount&from&digest',
      expect.stringMatching(/^PUT \/manifests\/sha256:/),
    ])
    expect(wire.depth()).toBe(2)

    wire.reset()
    await attach(app, subject.digest, signature(2), { strategy })
    expect(wire.lines()).toHaveLength(3)
    let proven = true
    for (const ask of [
      () => all(referrers(app, subject.digest, { strategy })),
      () => hasReferrer(app, subject.digest, { strategy, artifactType: 'none/here' }),
    ]) {
      wire.reset()
      await ask()
      const [list, ...others] = wire.lines()
      expect(list).toMatch(/^GET \/manifests\/sha256:[0-9a-f]{8}\/references$/)
      // Before the first "no" of a type a manifest shows that the list has the right ones.
      expect(others).toHaveLength(proven ? 0 : 1)
      proven = false
    }
  })

  test('costs as much as OCI 1.1 where no registry lists it', async () => {
    const { app, subject, wire } = await setUp(
      { referencesApi: false, referrersApi: false, singlePost: false, conditional: false },
      true,
    )
    await attach(app, subject.digest, signature(1), { strategy })
    expect(wire.lines()).toHaveLength(9)
    wire.reset()
    await attach(app, subject.digest, signature(2), { strategy })
    expect(wire.lines()).toHaveLength(7)
    expect(wire.depth()).toBe(5)
    wire.reset()
    await all(referrers(app, subject.digest, { strategy }))
    expect(wire.lines()).toEqual([expect.stringMatching(/^GET \/manifests\/sha256-/)])
  })
})

describe('the annotated index', slow, () => {
  const strategy = indexAnnotations()
  const tag = (method: string) => expect.stringMatching(new RegExp(`^${method} /manifests/sha256-`))
  const byDigest = (method: string) =>
    expect.stringMatching(new RegExp(`^${method} /manifests/sha256:`))

  test('attaches to a digest in 6 requests where {} was seen or the tag has the subject, in 5 where both, in 7 where neither', async () => {
    const { app, subject, wire, another } = await setUp({ conditional: false }, false)
    const link = async (from: typeof app, digest: string, seed: number) => {
      wire.reset()
      return attach(from, digest, signature(seed), { strategy, settle: 0 })
    }
    const blob = 'POST /blobs/uploads/?digest'
    const empty = 'POST /blobs/uploads/?mount&from&digest'
    const early = () => wire.lines().slice(0, -late().length).sort()
    const late = () => wire.lines().slice(wire.lines().findIndex((line) => line.startsWith('PUT')))

    // Neither: as the first attach to an image does in a process that has attached nothing before.
    const { confirmed } = await link(app, subject.digest, 1)
    expect(confirmed).toBe(true)
    expect(early()).toEqual([tag('GET'), blob, empty])
    expect(late()).toEqual([byDigest('PUT'), byDigest('GET'), tag('PUT'), tag('GET')])
    expect(wire.depth()).toBe(5)

    // Both.
    await link(app, subject.digest, 2)
    expect(early()).toEqual([tag('GET'), blob])
    expect(late()).toEqual([byDigest('PUT'), tag('PUT'), tag('GET')])
    expect(wire.depth()).toBe(4)

    // Another process: the tag has the subject.
    await link(another(), subject.digest, 3)
    expect(early()).toEqual([tag('GET'), blob, empty])
    expect(late()).toEqual([byDigest('PUT'), tag('PUT'), tag('GET')])
    expect(wire.depth()).toBe(4)

    // Another image: {} was seen.
    const { digest } = await pushImage(app, 'v2', 'other')
    await link(app, digest, 4)
    expect(early()).toEqual([tag('GET'), blob])
    expect(late()).toEqual([byDigest('PUT'), byDigest('GET'), tag('PUT'), tag('GET')])
    expect(wire.depth()).toBe(5)
  })

  test('lists in 1 request, whatever is filtered', async () => {
    const { app, subject, wire } = await setUp({}, true)
    const annotated = { ...signature(1), annotations: { key: 'value' } }
    await attach(app, subject.digest, annotated, { strategy, settle: 0 })
    for (const [filter, count] of [
      [{}, 1],
      [{ artifactType: annotated.artifactType, annotations: annotated.annotations }, 1],
      [{ artifactType: 'none/here' }, 0],
    ] as const) {
      wire.reset()
      const found = await all(referrers(app, subject.digest, { strategy, ...filter }))
      expect(found).toHaveLength(count)
      expect(wire.lines()).toEqual([tag('GET')])
    }
    wire.reset()
    const everywhere = referrers(app, subject.digest, { strategy, everywhere: true })
    expect(await all(everywhere)).toHaveLength(1)
    expect(wire.lines()).toEqual([tag('GET'), byDigest('GET')])
    expect(wire.depth()).toBe(1)
  })
})

describe('artifact manifests', slow, () => {
  const strategy = artifactManifest()

  test('are attached to a digest in 3 requests and 2 round trips, and listed in 1', async () => {
    const { app, subject, wire } = await setUp({}, false)
    for (const seed of [1, 2]) {
      wire.reset()
      const { confirmed } = await attach(app, subject.digest, signature(seed), { strategy })
      expect(confirmed).toBe(true)
      expect(wire.lines().sort()).toEqual([
        expect.stringMatching(/^GET \/manifests\/sha256:[0-9a-f]{8}$/),
        'POST /blobs/uploads/?digest',
        expect.stringMatching(/^PUT \/manifests\/sha256:/),
      ])
      expect(wire.depth()).toBe(2)
    }
    wire.reset()
    await all(referrers(app, subject.digest, { strategy }))
    expect(wire.lines()).toEqual(['GET /_oci/artifacts/referrers?digest'])
    wire.reset()
    expect(await hasReferrer(app, subject.digest, { strategy, artifactType: 'a/b' })).toBe(false)
    expect(wire.lines()).toEqual(['GET /_oci/artifacts/referrers?digest'])
  })

  test('cost one more the first time, to find out the dialect, and two round trips to list', async () => {
    const { app, subject, wire } = await setUp({ artifactApi: 'oras' }, false)
    await attach(app, subject.digest, signature(1), { strategy })
    expect(wire.lines()).toHaveLength(4)
    expect(wire.depth()).toBe(3)
    wire.reset()
    await attach(app, subject.digest, signature(2), { strategy })
    expect(wire.lines()).toHaveLength(3)

    const { app: reader, subject: other, wire: read } = await setUp({ artifactApi: 'rc' }, false)
    await all(referrers(reader, other.digest, { strategy }))
    expect(read.lines()).toHaveLength(4)
    expect(read.depth()).toBe(2)
    read.reset()
    await all(referrers(reader, other.digest, { strategy }))
    expect(read.lines()).toHaveLength(1)
  })
})

describe('nodes', slow, () => {
  const strategy = nodeManifest()

  test('are attached to a digest in 3 requests and 2 round trips, and listed in 1 whatever is filtered', async () => {
    const { app, subject, wire } = await setUp({}, false)
    for (const seed of [1, 2]) {
      wire.reset()
      const { confirmed } = await attach(app, subject.digest, signature(seed), { strategy })
      expect(confirmed).toBe(true)
      expect(wire.lines().sort()).toEqual([
        expect.stringMatching(/^GET \/manifests\/sha256:[0-9a-f]{8}$/),
        'POST /blobs/uploads/?digest',
        expect.stringMatching(/^PUT \/v3\/team\/app\/manifests\/sha256:/),
      ])
      expect(wire.depth()).toBe(2)
    }
    for (const [filter, count] of [
      [{}, 2],
      [{ artifactType: signature().artifactType }, 2],
      [{ artifactType: 'none/here', annotations: { a: 'b' } }, 0],
    ] as const) {
      wire.reset()
      const found = await all(referrers(app, subject.digest, { strategy, ...filter }))
      expect(found).toHaveLength(count)
      expect(wire.lines()).toEqual([expect.stringMatching(/^GET \/v3\/team\/app\/referrers\//)])
    }
  })
})
