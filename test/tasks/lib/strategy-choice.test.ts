// Strategies that somebody made by hand: what a call uses of them is there, or the call names it before any request.
import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import {
  artifacts,
  attach,
  convert,
  copy,
  detach,
  detect,
  discover,
  hasReferrer,
  link,
  type Repository,
  readArtifact,
  referrers,
  repository,
  statements,
  verifyConversion,
} from '../../../src/index.ts'
import { ociSubject } from '../../../src/strategies/index.ts'
import type { Strategy } from '../../../src/strategies/strategy.ts'
import { all, pushImage } from '../../_image.ts'
import { recorded } from '../../_wire.ts'

const note = { artifactType: 'application/vnd.example.note', blobs: [] }
const digest = `sha256:${'0'.repeat(64)}`
const linking = ['check', 'blobs', 'describe', 'publish'] as const
const reading = ['discover', 'read'] as const

type Call = (app: Repository, strategy: Strategy) => Promise<unknown>

const calls: Record<string, [Call, readonly (keyof Strategy)[]]> = {
  attach: [(app, strategy) => attach(app, 'v1', note, { strategy }), linking],
  'attach to several': [(app, strategy) => attach(app, ['v1'], note, { strategy }), linking],
  'attach in several ways': [
    (app, one) => attach(app, 'v1', note, { strategies: [ociSubject(), one] }),
    linking,
  ],
  link: [(app, strategy) => link(app, 'v1', [note], { strategy }), linking],
  copy: [
    (app, strategy) => copy(app, 'v1', app, { referrers: true, strategy }),
    [...linking, 'discover'],
  ],
  'convert to': [(app, to) => convert(app, 'v1', { to }), [...linking, 'discover', 'read']],
  'convert to several': [
    (app, one) => convert(app, 'v1', { to: [ociSubject(), one] }),
    [...linking, 'discover', 'read'],
  ],
  'convert from': [(app, from) => convert(app, 'v1', { from, to: ociSubject() }), reading],
  'convert from, and take away': [
    (app, from) => convert(app, 'v1', { from, to: ociSubject(), keep: false }),
    [...reading, 'withdraw'],
  ],
  detach: [(app, strategy) => detach(app, 'v1', digest, { strategy }), ['withdraw']],
  referrers: [async (app, strategy) => all(referrers(app, 'v1', { strategy })), ['discover']],
  hasReferrer: [(app, strategy) => hasReferrer(app, 'v1', { strategy }), ['discover']],
  discover: [(app, one) => discover(app, 'v1', { strategies: [one] }), ['discover']],
  detect: [(app, one) => detect(app, { strategies: [one] }), ['discover']],
  readArtifact: [(app, strategy) => readArtifact(app, 'v1', { strategy }), reading],
  artifacts: [async (app, strategy) => all(artifacts(app, 'v1', { strategy })), reading],
  statements: [async (app, strategy) => all(statements(app, 'v1', { strategy })), reading],
}

async function setUp() {
  const wire = recorded(embeddedRegistry().fetch)
  const app = repository('registry.test/team/app', { fetch: wire.fetch })
  await pushImage(app)
  wire.reset()
  return { app, wire }
}

describe.each(Object.entries(calls))('%s', (_, [call, verbs]) => {
  test.each(verbs)('names a %s that a strategy lacks, before any request', async (verb) => {
    const { app, wire } = await setUp()
    for (const value of [undefined, null, 'text']) {
      const lacking = { ...ociSubject(), [verb]: value } as unknown as Strategy
      await expect(call(app, lacking)).rejects.toMatchObject({
        name: 'InvalidInputError',
        code: 'INVALID_INPUT',
        message: expect.stringContaining(verb),
      })
    }
    expect(wire.lines()).toEqual([])
  })

  test('takes a strategy that has no more than it uses', async () => {
    const { app } = await setUp()
    const { name, spec, needs, linkFields, discover, ...rest } = ociSubject()
    const used = Object.fromEntries(
      Object.entries(rest).filter(([key]) => (verbs as readonly string[]).includes(key)),
    )
    const least = { name, spec, needs, linkFields, discover, ...used } as Strategy
    const outcome = await call(app, least).catch((error: unknown) => error)
    expect(outcome).not.toBeInstanceOf(TypeError)
  })
})

test('verifyConversion names what a known strategy lacks, before any request', async () => {
  const { app, wire } = await setUp()
  const certificate = await convert(app, 'v1', { to: ociSubject() })
  wire.reset()
  for (const verb of reading) {
    const known = [{ ...ociSubject(), [verb]: undefined } as unknown as Strategy]
    await expect(verifyConversion(app, certificate, { known })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(verb),
    })
  }
  expect(wire.lines()).toEqual([])
})

test('a factory in place of what it makes is named without its code', async () => {
  const app = repository('registry.test/team/app', { fetch: embeddedRegistry().fetch })
  const strategy = ociSubject as unknown as Strategy
  await expect(attach(app, digest, note, { strategy })).rejects.toThrow(/got a function$/)
})
