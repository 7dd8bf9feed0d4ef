import { describe, expect, test } from 'vitest'
import { attach, convert } from '../../../src/index.ts'
import { cosignTags, digestTags, ociSubject } from '../../../src/strategies/index.ts'
import { fresh, sbom, setUp } from '../read/_attached.ts'
import { pairs } from './_ways.ts'

describe('what is linked in the new way already', () => {
  test.each(pairs)('is not written again, from %s to %s', async (_, __, from, to) => {
    const world = await setUp()
    for (const data of ['"one"', '"two"']) {
      await attach(world.app, 'v1', sbom(data), { strategy: from, settle: 0 })
    }
    const first = await convert(world.app, 'v1', { from, to, settle: 0 })
    const links = ({ converted }: typeof first) => converted.flatMap((one) => one.to)
    // The list of OCI 1.1 has artifact manifests too.
    const listedToo = from.name === 'artifact-manifest' && to.name === 'oci-subject'
    expect(links(first).map(({ status }) => status)).not.toContain(
      listedToo ? 'written' : 'present',
    )
    world.wire.reset()
    const second = await convert(fresh(world), 'v1', { from, to, settle: 0 })
    expect(second.complete).toBe(true)
    expect(links(second).length).toBeGreaterThanOrEqual(links(first).length)
    for (const link of links(second)) {
      expect(link).toMatchObject({ status: 'present', payloadsEqual: true })
    }
    expect(world.wire.lines().filter((line) => !/^(GET|HEAD) /.test(line))).toEqual([])
  })

  test('is seen to hold where that counts: the old link is taken away', async () => {
    const world = await setUp({ referrersApi: false })
    await attach(world.app, 'v1', sbom(), { strategy: digestTags(), settle: 0 })
    await convert(world.app, 'v1', { from: digestTags(), to: ociSubject(), settle: 0 })
    const { converted } = await convert(fresh(world), 'v1', {
      from: digestTags(),
      to: ociSubject(),
      keep: false,
      settle: 0,
    })
    expect(converted).toMatchObject([
      { to: [{ status: 'present', confirmed: true }], old: { status: 'removed' } },
    ])
  })

  test('is told from what is not: of three only the new one is written', async () => {
    const world = await setUp()
    const add = (data: string) =>
      attach(world.app, 'v1', sbom(data), { strategy: digestTags(), settle: 0 })
    await add('"one"')
    await add('"two"')
    const to = [ociSubject(), cosignTags()]
    await convert(world.app, 'v1', { from: digestTags(), to, settle: 0 })
    await add('"three"')
    const { converted } = await convert(fresh(world), 'v1', { from: digestTags(), to, settle: 0 })
    const statuses = converted.map((one) => one.to.map(({ status }) => status))
    expect(statuses.sort()).toEqual([
      ['present', 'present'],
      ['present', 'present'],
      ['written', 'written'],
    ])
  })
})
