// Deletes that a registry refuses: what is protected, locked, in use, or not this login's to delete.
import { describe, expect, test } from 'vitest'
import { type ArtifactInput, attach, detach, hasReferrer } from '../../src/index.ts'
import { digestTags, ociSubject, type Strategy } from '../../src/strategies/index.ts'
import { type Habit, quirky, refusal, thrownBy } from './_quirky.ts'

const note: ArtifactInput = { artifactType: 'application/vnd.example.note' }
const noApi = { profile: 'distribution2' } as const
const protectedNow: [status: number, code: string][] = [
  [403, 'DENIED'],
  [409, 'CONFLICT'],
  [412, 'PRECONDITION'],
  [423, 'LOCKED'],
]

const refuses =
  (of: 'tags' | 'digests', status: number, code: string): Habit =>
  ({ method, path }) =>
    method === 'DELETE' && path.includes(':') === (of === 'digests')
      ? refusal(status, code, 'it is protected')
      : undefined

async function linked(strategy: Strategy, ...given: Parameters<typeof quirky>) {
  const registry = quirky(...given)
  await registry.push()
  const options = { strategy, settle: 0 }
  const { digest } = await attach(registry.straight, 'v1', note, options)
  return { ...registry, digest, options }
}

describe('a manifest that is refused after its link is gone stays, and the result says why', () => {
  test.each(protectedNow)('unlisted at the referrers tag: %d %s', async (status, code) => {
    const habit = refuses('digests', status, code)
    const { app, digest, options, warnings } = await linked(ociSubject(), habit, {}, noApi)
    expect(await detach(app, 'v1', digest, options)).toEqual({
      digest,
      deleted: false,
      action: 'entry-removed',
      reason: expect.stringContaining(`refuses deletes: `),
      confirmed: true,
    })
    expect(warnings).toContainEqual(expect.stringContaining('it is protected'))
    expect(await hasReferrer(app, 'v1')).toBe(false)
  })

  test.each(protectedNow)('without its digest tag: %d %s', async (status, code) => {
    const habit = refuses('digests', status, code)
    const { app, digest, options } = await linked(digestTags(), habit)
    expect(await detach(app, 'v1', digest, options)).toMatchObject({
      deleted: false,
      action: 'tag-deleted',
      reason: expect.stringContaining('it is protected'),
    })
    expect(await hasReferrer(app, 'v1', { strategy: digestTags() })).toBe(false)
  })
})

describe('a refusal that leaves the link alive is an error', () => {
  test.each(protectedNow)('where the registry keeps the list: %d %s', async (status, code) => {
    const habit = refuses('digests', status, code)
    const { app, digest, options } = await linked(ociSubject(), habit)
    expect(await thrownBy(() => detach(app, 'v1', digest, options))).toMatchObject({
      code: status === 403 ? 'AUTH_DENIED' : 'UNSUPPORTED',
      message: expect.stringContaining('lists it as long as it exists'),
      cause: { status },
    })
    expect(await hasReferrer(app, 'v1')).toBe(true)
  })

  test.each(protectedNow)(
    'where it protects the tag, which is not gone round by its digest: %d %s',
    async (status, code) => {
      const habit = refuses('tags', status, code)
      const { app, digest, options, lines } = await linked(digestTags(), habit)
      expect(await thrownBy(() => detach(app, 'v1', digest, options))).toMatchObject({
        message: expect.stringContaining(`answered ${status}`),
      })
      expect(await hasReferrer(app, 'v1', { strategy: digestTags() })).toBe(true)
      const deletes = lines().filter((line) => line.startsWith('DELETE'))
      expect(deletes.filter((line) => line.includes(':'))).toEqual([])
    },
  )
})
