// What each command says with --json, as it was read: run() compares it with docs/schemas too.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProgram } from '../../src/cli/program.ts'
import { run } from './_here.ts'
import { type LinkedImage, type Place, SBOM, startPlace } from './_images.ts'
import { schemas } from './_schemas.ts'

let place: Place
beforeAll(async () => {
  place = await startPlace()
})
afterAll(() => place?.close())

/** How each command is called; the image is in a repository of the command's own. */
const calls: Record<string, (image: LinkedImage) => readonly string[]> = {
  tree: ({ reference }) => [reference],
  list: ({ reference }) => [reference],
  has: ({ reference }) => [reference],
  attach: ({ reference }) => [reference, '-t', 'text/plain', '--also', 'digest', '-a', 'a=b'],
  read: ({ reference }) => [reference, '-t', SBOM],
  statements: ({ reference }) => [reference],
  detach: ({ reference, byList }) => [reference, byList, '--yes'],
  copy: ({ reference }) => [reference, `oci-layout:${place.file('copied')}:v2`],
  convert: ({ reference }) => [reference, '--from', 'oci', '--as', 'digest-tags'],
  diff: ({ reference }) => [reference, `oci-layout:${place.file('copied')}:v2`],
  remove: ({ reference }) => [reference, '--yes'],
  prune: ({ reference }) => [reference, '--yes'],
  save: ({ reference }) => [reference, place.file('saved.tar')],
  load: ({ reference }) => [place.file('saved.tar'), reference.replace(/:v1$/, '/loaded:v3')],
  tags: ({ reference }) => [reference, '--links'],
  detect: ({ reference }) => [reference],
  discover: ({ reference }) => [reference],
  graph: ({ reference }) => [reference],
  version: () => [],
}

const commands = makeProgram().commands
const answering = commands.filter((one) => one.options.some(({ long }) => long === '--json'))

/** An answer without what is another each time, and short things on one line. */
function steady(text: string): string {
  return lines(JSON.parse(text))
    .replaceAll(place.host, 'registry.example')
    .replaceAll(place.file(''), '/dir/')
    .replace(/([0-9a-f]{7})[0-9a-f]{57}/g, '$1…')
    .replace(/("(created|version)": )"[^"]*"/g, '$1"…"')
    .replace(/"requests": \d+/g, '"requests": …')
}

function lines(value: unknown, indent = ''): string {
  const short = JSON.stringify(value, undefined, 1).replace(/\n */g, ' ')
  if (typeof value !== 'object' || value === null || short.length < 90) return short
  const deeper = `${indent}  `
  if (!Array.isArray(value)) {
    const fields = Object.entries(value).map(
      ([key, one]) => `${JSON.stringify(key)}: ${lines(one, deeper)}`,
    )
    return `{\n${deeper}${fields.join(`,\n${deeper}`)}\n${indent}}`
  }
  // Requests that are sent at the same time are answered in any order.
  const items = value.map((one) => lines(one, deeper)).sort()
  return `[\n${deeper}${items.join(`,\n${deeper}`)}\n${indent}]`
}

test('every command that answers has a call here and a schema, and no schema is for nothing', () => {
  const names = answering.map((command) => command.name()).sort()
  expect(Object.keys(calls).sort()).toEqual(names)
  expect([...schemas.keys()].sort()).toEqual([...names, 'common', 'error'].sort())
})

describe('the answer of', () => {
  for (const [name, argsOf] of Object.entries(calls)) {
    test(`${name} is as it was read`, async () => {
      const image = await place.linked(`team/${name}`)
      const { code, stdout, stderr } = await run(name, ...argsOf(image), '--json')
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(steady(stdout)).toMatchSnapshot()
    })
  }
})
