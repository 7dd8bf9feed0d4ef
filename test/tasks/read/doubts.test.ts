import { describe, expect, test } from 'vitest'
import {
  artifacts,
  attach,
  type Listing,
  type Repository,
  readArtifact,
  statements,
} from '../../../src/index.ts'
import { cosignTags } from '../../../src/strategies/index.ts'
import { all } from '../../_image.ts'
import {
  bundleOf,
  faulty,
  listOf,
  madeUp,
  SLSA,
  SPDX,
  sbom,
  setUp,
  statementOf,
} from './_attached.ts'

const IN_TOTO = 'application/vnd.in-toto+json'
const busy: readonly [string, () => Response, object][] = [
  ['429', () => new Response('', { status: 429 }), { code: 'RATE_LIMITED' }],
  ['408', () => new Response('', { status: 408 }), { status: 408 }],
  ['500', () => new Response('', { status: 500 }), { status: 500 }],
  ['503', () => new Response('', { status: 503 }), { code: 'UNAVAILABLE' }],
  ['507', () => new Response('', { status: 507 }), { status: 507 }],
  [
    'a broken connection',
    () => {
      throw new TypeError('fetch failed')
    },
    { code: 'CONNECTION' },
  ],
]
const refused: readonly [string, () => Response, object][] = [
  ['401', () => new Response('', { status: 401 }), { code: 'AUTH_REQUIRED' }],
  ['403', () => new Response('', { status: 403 }), { code: 'AUTH_DENIED' }],
]
const broken: readonly [string, () => Response][] = [
  ['404', () => new Response('', { status: 404 })],
  ['another manifest', () => new Response('{}', { headers: { 'content-type': IN_TOTO } })],
  ['a page', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
]

/** Two artifacts with a statement each, the newer of which is answered with a fault. */
async function twoOf(fault: () => Response, part: 'manifests' | 'blobs', warnings: string[] = []) {
  const world = await setUp()
  const older = { ...bundleOf(statementOf(world.image)), created: new Date('2025-01-01') }
  const newer = {
    ...bundleOf(statementOf(world.image, SLSA, 'new')),
    created: new Date('2026-01-01'),
  }
  await attach(world.app, 'v1', older)
  const made = await attach(world.app, 'v1', newer)
  const { blobs } = await readArtifact(world.app, 'v1')
  const path = part === 'manifests' ? made.digest : blobs[0]!.digest
  const isFault = (line: string) => line === `GET /v2/team/app/${part}/${path}`
  const app = faulty(world, (line) => (isFault(line) ? fault() : undefined), warnings)
  return { app, made, world }
}

/** What a list gave before it ended, and how it ended. */
async function ended<T>(
  list: Listing<T>,
): Promise<{ readonly items: T[]; readonly error: unknown }> {
  const items: T[] = []
  try {
    for await (const item of list) items.push(item)
    return { items, error: undefined }
  } catch (error) {
    return { items, error }
  }
}

const lists: readonly [string, (app: Repository, options?: object) => Listing<unknown>][] = [
  ['artifacts', (app, options) => artifacts(app, 'v1', options)],
  ['statements', (app, options) => statements(app, 'v1', options)],
]

describe.each(lists)('%s', (_, list) => {
  test.each([...busy, ...refused])(
    'gives the others, and then fails, where a manifest is answered with %s',
    async (_, fault, expected) => {
      const { app } = await twoOf(fault, 'manifests')
      const { items, error } = await ended(list(app))
      expect(items).toHaveLength(1)
      expect(error).toMatchObject(expected)
    },
  )

  test.each([...busy, ...refused])(
    'gives the others, and then fails, where a blob is answered with %s',
    async (_, fault, expected) => {
      const { app } = await twoOf(fault, 'blobs')
      const { items, error } = await ended(list(app, { predicateType: SLSA }))
      expect(items).toHaveLength(1)
      expect(error).toMatchObject(expected)
    },
  )

  test.each(broken)('passes over a manifest that is answered with %s', async (_, fault) => {
    const warnings: string[] = []
    const { app, made } = await twoOf(fault, 'manifests', warnings)
    const { items, error } = await ended(list(app))
    expect(error).toBeUndefined()
    expect(items).toHaveLength(1)
    expect(warnings).toContainEqual(
      expect.stringMatching(new RegExp(`^The referrer ${made.digest} cannot be read: `)),
    )
  })

  test('does not end as if that were all where more are attached than one call follows', async () => {
    const world = await setUp()
    const other = { 'in-toto.io/predicate-type': 'other' }
    const entries = Array.from({ length: 10_001 }, (_, i) => madeUp(i, other))
    const app = faulty(world, (line, request) =>
      line.includes('/referrers/') ? listOf(entries, request) : undefined,
    )
    const { items, error } = await ended(list(app, { predicateType: SLSA }))
    expect(items).toEqual([])
    expect(error).toMatchObject({
      code: 'TOO_LARGE',
      message: expect.stringContaining('referrers of one call: at most 10000'),
    })
  })

  test('gives the others where one blob of an artifact is broken, with one warning for it', async () => {
    const warnings: string[] = []
    const { app, image } = await setUp({}, warnings)
    const bad = '{"payloadType":"application/vnd.in-toto+json","payload":"!"}'
    const good = JSON.stringify(statementOf(image))
    const blobs = [bad, good].map((data) => ({ data, mediaType: IN_TOTO }))
    await attach(app, 'v1', { artifactType: IN_TOTO, blobs })
    const { items, error } = await ended(list(app, { predicateType: SLSA }))
    expect(error).toBeUndefined()
    expect(items).toHaveLength(1)
    expect(warnings).toEqual([
      expect.stringMatching(/cannot be read: "blob.payload" must be base64/),
    ])
  })
})

describe('readArtifact', () => {
  test.each([...busy, ...refused])(
    'does not take an older one where the newest is answered with %s',
    async (_, fault, expected) => {
      const { app } = await twoOf(fault, 'manifests')
      await expect(readArtifact(app, 'v1')).rejects.toMatchObject(expected)
    },
  )

  test.each([...busy, ...refused])(
    'does not take an older one where a blob of the newest is answered with %s',
    async (_, fault, expected) => {
      const { app } = await twoOf(fault, 'blobs')
      const reading = readArtifact(app, 'v1', { predicateType: SLSA })
      await expect(reading).rejects.toMatchObject(expected)
    },
  )

  test.each([...busy, ...refused])(
    'takes any that can be read where it need not be the newest: %s',
    async (_, fault) => {
      const { app } = await twoOf(fault, 'manifests')
      const found = await readArtifact(app, 'v1', { newest: false })
      expect(found.annotations?.['org.opencontainers.image.created']).toMatch(/^2025/)
    },
  )

  test.each(broken)('takes the next where the newest is %s, and warns once', async (_, fault) => {
    const warnings: string[] = []
    const { app } = await twoOf(fault, 'manifests', warnings)
    const found = await readArtifact(app, 'v1')
    expect(found.annotations?.['org.opencontainers.image.created']).toMatch(/^2025/)
    expect(warnings).toHaveLength(1)
  })

  test('does not go by dates that it could not read', async () => {
    const world = await setUp({ profile: 'ggcr' })
    await attach(world.app, 'v1', sbom('"old"', new Date('2025-01-01')))
    const made = await attach(world.app, 'v1', sbom('"new"', new Date('2026-01-01')))
    const app = faulty(world, (line) =>
      line.endsWith(`/manifests/${made.digest}`) ? new Response('', { status: 503 }) : undefined,
    )
    await expect(readArtifact(app, 'v1')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('does not say none, nor gives one, where more are attached than one call follows', async () => {
    const world = await setUp()
    const other = { 'in-toto.io/predicate-type': 'other' }
    const entries = Array.from({ length: 10_001 }, (_, i) => madeUp(i, other))
    const app = faulty(world, (line, request) =>
      line.includes('/referrers/') ? listOf(entries, request) : undefined,
    )
    const options = { predicateType: SLSA }
    await expect(readArtifact(app, 'v1', options)).rejects.toMatchObject({ code: 'TOO_LARGE' })
    const attestation = bundleOf(statementOf(world.image))
    await attach(world.app, 'v1', attestation, {
      strategy: cosignTags({ suffix: 'att' }),
      settle: 0,
    })
    await expect(readArtifact(app, 'v1', options)).rejects.toMatchObject({ code: 'TOO_LARGE' })
    const found = await readArtifact(app, 'v1', { ...options, newest: false })
    expect(found.via).toMatchObject([{ strategy: 'cosign-tags' }])
  })

  describe('where the referrers API fails, and a cosign tag has what is wanted,', () => {
    const options = { artifactType: SPDX }
    async function tagOnly(fault: () => Response, warnings: string[] = []) {
      const world = await setUp()
      await attach(world.app, 'v1', sbom('"tag"'), { strategy: cosignTags(), settle: 0 })
      const fails = (line: string) => line.includes('/referrers/sha256:')
      return faulty(world, (line) => (fails(line) ? fault() : undefined), warnings)
    }

    test.each(busy)('could not tell whether that is the newest: %s', async (_, fault, expected) => {
      const app = await tagOnly(fault)
      await expect(readArtifact(app, 'v1', options)).rejects.toMatchObject(expected)
    })

    test.each(busy)('gives it where it need not be the newest: %s', async (_, fault) => {
      const app = await tagOnly(fault)
      const found = await readArtifact(app, 'v1', { ...options, newest: false })
      expect(await found.json()).toBe('tag')
    })

    test.each(refused)(
      'gives it, and warns, where nobody can read the list: %s',
      async (_, fault) => {
        const warnings: string[] = []
        const app = await tagOnly(fault, warnings)
        expect(await (await readArtifact(app, 'v1', options)).json()).toBe('tag')
        expect(warnings).toContainEqual(
          expect.stringMatching(/^Not all that is attached could be listed: /),
        )
      },
    )

    test.each([...busy, ...refused])(
      'does not say none for another type: %s',
      async (_, fault, expected) => {
        const app = await tagOnly(fault)
        const reading = readArtifact(app, 'v1', { artifactType: 'text/x' })
        await expect(reading).rejects.toMatchObject(expected)
        await expect(all(artifacts(app, 'v1', { artifactType: 'text/x' }))).rejects.toMatchObject(
          expected,
        )
      },
    )
  })
})
