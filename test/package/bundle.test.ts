// A page that links and lists in one way does not load the others.
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import * as strategies from '../../src/strategies/index.ts'

// By its path: it has no types.
const { bundlePage } = await import(join(import.meta.dirname, '../../tools/lib/bundle.js'))

const dist = join(inject('user'), 'node_modules/ocilink/dist')
const all = Object.values(strategies).map((factory) => factory().name)

interface Chunk {
  readonly code: string
}

/** The code that a page loads at first which uses these strategies beside the default one. */
async function firstLoad(...names: readonly string[]): Promise<string> {
  const { first } = await bundlePage(dist, {
    'index.js': ['attach', 'referrers', 'repository'],
    'strategies/index.js': names,
  })
  return first.map(({ code }: Chunk) => code).join('\n')
}

/** The strategies whose name is in the code as a whole text. */
const namedIn = (code: string) => all.filter((name) => new RegExp(`["'\`]${name}["'\`]`).test(code))

test('attach and referrers bring OCI 1.1 and no other strategy', async () => {
  expect(namedIn(await firstLoad())).toEqual(['oci-subject'])
})

// Who chooses among others brings these. By what is specified where, since errors name alternatives.
const ways = Object.entries(strategies).filter(([, factory]) => !factory().choices)
const specs = ways.map(([, factory]) => factory().spec)

test.each(ways)('%s brings itself and no sibling', async (name, factory) => {
  expect(new Set(specs).size).toBe(specs.length)
  const code = await firstLoad(name)
  const brought = new Set([strategies.ociSubject().spec, factory().spec])
  expect(new Set(specs.filter((spec) => code.includes(spec)))).toEqual(brought)
})
