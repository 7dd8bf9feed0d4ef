import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { embeddedRegistry, profiles } from '../../src/embedded/index.ts'
import { serve } from '../../src/node/index.ts'
import { type Outcome, runSteps, steps } from './_profile-requests.ts'
import { craneRegistry, distribution, dockerRegistry, olareg } from './_registries.ts'
import { type Difference, differences } from './profile-differences.ts'

describe.each([
  { profile: 'distribution2', registry: dockerRegistry },
  { profile: 'distribution3', registry: distribution },
  { profile: 'olareg', registry: olareg },
  { profile: 'ggcr', registry: craneRegistry },
] as const)('the profile $profile', ({ profile, registry }) => {
  test(`answers ${steps.length} requests as ${registry.name} does, but for the listed differences`, async () => {
    const real = await registry.start()
    const imitation = await serve(embeddedRegistry({ profile }))
    try {
      const wanted = await runSteps(real.host)
      const got = await runSteps(imitation.host)
      const unordered = profiles[profile].settings.tags?.order === 'none'
      const known = differences.filter((difference) => difference.profile === profile)
      const seen = new Set<Difference>()
      const unexplained: string[] = []
      for (const { name } of steps) {
        for (const field of fieldsThatDiffer(wanted.get(name)!, got.get(name)!, unordered)) {
          const listed = known.filter((one) => explains(one, name, field))
          for (const one of listed) seen.add(one)
          if (listed.length === 0) unexplained.push(`${name}: ${field}`)
        }
      }
      expect(unexplained).toEqual([])
      // A difference that is gone must go from the list.
      expect(known.filter((one) => !seen.has(one)).map(({ step }) => String(step))).toEqual([])
    } finally {
      await imitation.close()
      await real.stop()
    }
  })
})

function explains({ step, field }: Difference, name: string, changed: string): boolean {
  const isStep = typeof step === 'string' ? step === name : step.test(name)
  return isStep && (field === 'all' || changed.startsWith(field))
}

/** `status: 404, not 200` and the like; where the status differs, the rest is bound to. */
function fieldsThatDiffer(wanted: Outcome, got: Outcome, unordered: boolean): string[] {
  const shown = (value: unknown) => JSON.stringify(value)?.slice(0, 200)
  if (wanted.status !== got.status) return [`status: ${got.status}, not ${wanted.status}`]
  const names = new Set([...Object.keys(wanted.headers), ...Object.keys(got.headers)])
  const fields = [...names].sort().flatMap((name) => {
    const [is, should] = [got.headers[name], wanted.headers[name]]
    return is === should ? [] : [`${name}: ${shown(is)}, not ${shown(should)}`]
  })
  const [is, should] = unordered ? [sorted(got.body), sorted(wanted.body)] : [got.body, wanted.body]
  if (isDeepStrictEqual(is, should)) return fields
  return [...fields, `body: ${shown(is)}, not ${shown(should)}`]
}

function sorted(body: unknown): unknown {
  const tags = (body as { tags?: string[] | null } | null)?.tags
  return Array.isArray(tags) ? { ...(body as object), tags: [...tags].sort() } : body
}
