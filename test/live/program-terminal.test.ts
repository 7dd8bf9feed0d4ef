// What a person sees of the program at real registries: bars, questions, and how Ctrl-C ends it.
import { randomBytes } from 'node:crypto'
import { readdir, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { onTerminal } from '../cli/_terminal.ts'
import { type Place, places, registries, SBOM } from './_program-places.ts'
import { slowWay } from './_slow-way.ts'

const MEBIBYTE = 1024 * 1024
const bars = (output: string) =>
  output
    .replaceAll('\x1b', '␛')
    .match(/\r␛\[K\[#*-*\] \d+ of \d+ items, \d+\.\d of \d+\.\d MiB/g) ?? []

describe.each(registries)('at $name', (kind) => {
  let place: Place
  /** The same, slowly. */
  let slowly: (name: string, of?: string) => string
  let close: () => Promise<void>
  beforeAll(async () => {
    place = await kind.open()
    const [host = ''] = place.reference('').split('/')
    const way = await slowWay(host, 16 * MEBIBYTE)
    close = () => way.close()
    slowly = (name, of) => place.reference(name, of).replace(host, way.host)
    await writeFile(place.file('large'), randomBytes(24 * MEBIBYTE))
  })
  afterAll(async () => {
    await close?.()
    await place?.close()
  })

  /** An image with 24 MiB attached. */
  async function large(name: string): Promise<string> {
    await place.image(name)
    return place.attachFile(name, 'application/x-large', 'large')
  }

  test('attach shows a bar that grows, and leaves what was attached alone on the screen', async () => {
    await place.image('attach')
    const args = ['attach', slowly('attach'), place.file('large'), '-t', 'a/b']
    const { code, output, screen } = await onTerminal(args)
    const [made] = await place.found('attach')
    expect({ code, screen }).toEqual({ code: 0, screen: `a/b  ${made}  (oci-subject)\n` })
    const done = Array.from(output.matchAll(/, (\d+\.\d) of 24\.0 MiB/g), ([, text]) =>
      Number(text),
    )
    expect(done.length).toBeGreaterThan(5)
    expect(done).toEqual(done.toSorted((a, b) => a - b))
  })

  test('copy, save and read show bars too, and with --quiet nothing', async () => {
    const made = await large('copy')
    for (const args of [
      ['copy', slowly('copy'), place.reference('copied')],
      ['save', slowly('copy'), place.file('large.tar')],
      ['read', slowly('copy'), '--type', 'application/x-large', '-o', place.file('large.out')],
      ['load', place.file('large.tar'), slowly('loaded')],
    ]) {
      const { code, output, screen } = await onTerminal(args)
      expect([args[0], code]).toEqual([args[0], 0])
      expect(bars(output).length, args[0]).toBeGreaterThan(2)
      expect(screen).not.toContain('MiB')
    }
    expect(await place.found('copied')).toEqual([made])
    expect(await place.found('loaded')).toEqual([made])
    const quiet = await onTerminal(['copy', slowly('copy'), place.reference('quiet'), '--quiet'])
    expect([quiet.code, bars(quiet.output)]).toEqual([0, []])
  })

  test('Ctrl-C in save and read leaves no half file', async () => {
    await large('half')
    const before = await readdir(place.file(''))
    for (const args of [
      ['save', slowly('half'), place.file('half.tar')],
      ['read', slowly('half'), '--type', 'application/x-large', '-o', place.file('half.out')],
    ]) {
      const { code, took } = await onTerminal(args, { at: /\[#+-+\]/, keys: '\x03' })
      expect([args[0], code]).toEqual([args[0], 130])
      expect(took).toBeLessThan(1000)
    }
    expect(await readdir(place.file(''))).toEqual(before)
  })

  test('Ctrl-C in a copy ends it within a second, with 130 and a clean screen; the next one goes on', async () => {
    const made = await large('stopped')
    const args = ['copy', slowly('stopped'), place.reference('again')]
    const { code, screen, took } = await onTerminal(args, { at: /\[#+-+\]/, keys: '\x03' })
    expect(code).toBe(130)
    expect(took).toBeLessThan(1000)
    expect(screen).toMatch(
      /^(\^C)?ocilink: interrupted; \d+ of \d+ items, .* MiB were done; run the /,
    )
    expect(screen).not.toContain('[#')
    expect(await place.has('again', 'v1')).toBe(false)
    expect((await onTerminal(args)).code).toBe(0)
    expect(await place.found('again')).toEqual([made])
  })
})

describe.each(places)('a question at $name', (kind) => {
  let place: Place
  beforeAll(async () => {
    place = await kind.open()
  })
  afterAll(() => place?.close())

  const typing = (keys: string) => ({ at: '[y/N]', keys })

  test('of detach: no and Ctrl-C leave all as it is, yes takes it away', async () => {
    await place.image('detach')
    const made = await place.attach('detach', SBOM, '{}')
    const args = ['detach', place.reference('detach'), made]
    const no = await onTerminal(args, typing('n\r'))
    expect(no.screen).toBe(`Take away ${SBOM}  ${made}  (oci-subject)? [y/N] n\n`)
    const stopped = await onTerminal(args, typing('\x03'))
    expect([no.code, stopped.code, await place.found('detach')]).toEqual([1, 130, [made]])
    expect(stopped.took).toBeLessThan(1000)
    const yes = await onTerminal(args, typing('y\r'))
    expect([yes.code, await place.found('detach')]).toEqual([0, []])
    expect(yes.screen).toContain(`\ndeleted ${made}\n`)
  })

  test('of remove: the same, after the plan was shown', async () => {
    const image = await place.image('remove')
    const made = await place.attach('remove', SBOM, '{}')
    const args = ['remove', place.reference('remove')]
    const no = await onTerminal(args, typing('\r'))
    expect(no.screen).toContain(`delete-manifest ${made}`)
    const stopped = await onTerminal(args, typing('\x03'))
    expect([no.code, stopped.code, await place.found('remove')]).toEqual([1, 130, [made]])
    const yes = await onTerminal(args, typing('yes\r'))
    expect([yes.code, await place.has('remove', image), await place.has('remove', made)]).toEqual([
      0,
      false,
      false,
    ])
  })

  test('of prune: the same', async () => {
    const image = await place.image('prune')
    const made = await place.prunable('prune')
    await place.remove('prune', image)
    const args = ['prune', place.reference('prune')]
    const no = await onTerminal(args, typing('no\r'))
    const stopped = await onTerminal(args, typing('\x03'))
    expect([no.code, stopped.code, await place.has('prune', made)]).toEqual([1, 130, true])
    const yes = await onTerminal(args, typing('y\r'))
    expect([yes.code, await place.has('prune', made)]).toEqual([0, false])
  })
})
