// What each command says with --json, as it was read: run() compares it with docs/schemas too.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { makeProgram } from '../../src/cli/program.ts'
import { deleteManifest } from '../../src/registry/index.ts'
import { run } from './_here.ts'
import { type LinkedImage, type Place, SBOM, startPlace } from './_images.ts'
import { parseAnswer, schemas } from './_schemas.ts'

let place: Place
beforeAll(async () => {
  place = await startPlace()
})
afterAll(() => place?.close())

/** How each command is called; the image is in a repository of the command's own. */
const calls: Record<
  string,
  (image: LinkedImage) => readonly string[] | Promise<readonly string[]>
> = {
  tree: ({ reference }) => [reference],
  list: ({ reference }) => [reference],
  has: ({ reference }) => [reference],
  attach: ({ reference }) => [reference, '-t', 'text/plain', '--also', 'digest', '-a', 'a=b'],
  read: ({ reference }) => [reference, '-t', SBOM],
  statements: ({ reference }) => [reference],
  detach: ({ reference, byList }) => [reference, byList, '--yes'],
  copy: ({ reference }) => [reference, `oci-layout:${place.file('copied')}:v2`, '--depth', '1'],
  convert: ({ reference }) => [reference, '--from', 'oci', '--as', 'digest-tags'],
  diff: ({ reference }) => [reference, `oci-layout:${place.file('copied')}:v2`],
  remove: ({ reference }) => [reference, '--yes'],
  async prune({ repo, digest, reference }) {
    await deleteManifest(repo, digest)
    return [reference, '--yes']
  },
  save: ({ reference }) => [reference, place.file('saved.tar'), '--depth', '1'],
  load: ({ reference }) => [place.file('saved.tar'), reference.replace(/:v1$/, '/loaded:v3')],
  tags: ({ reference }) => [reference, '--links'],
  detect: ({ reference }) => [reference],
  discover: ({ reference }) => [reference],
  graph: ({ reference }) => [reference],
  logout: () => ['registry.example', '--config', place.file('docker')],
  version: () => [],
}

/** It reads standard input: test/cli/login.test.ts; it wants a bucket: test/cli/sweep.test.ts; they do not end: test/cli/serve.test.ts and test/package/explorer.test.ts. */
const elsewhere = ['login', 'sweep', 'serve', 'gateway', 'explore']

const commands = makeProgram().commands
const answering = commands.filter((one) => one.options.some(({ long }) => long === '--json'))

/** An answer without what is another each time, and short things on one line. */
function steady(text: string): string {
  return lines(JSON.parse(text))
    .replaceAll(place.host, 'registry.example')
    .replace(/127\.0\.0\.1:\d+/g, 'other.example')
    .replaceAll(place.file(''), '/dir/')
    .replace(/([0-9a-f]{7})[0-9a-f]{57}/g, '$1…')
    .replace(/("(created|version)": )"[^"]*"/g, '$1"…"')
    .replace(/"requests": \d+/g, '"requests": …')
}

function lines(value: unknown, indent = ''): string {
  const short = JSON.stringify(value, undefined, 1).replace(/\n */g, ' ')
  if (typeof value !== 'object' || value === null || short.length < 150) return short
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
  expect([...Object.keys(calls), ...elsewhere].sort()).toEqual(names)
  expect([...schemas.keys()].sort()).toEqual([...names, 'common', 'error'].sort())
})

test('the docs link each schema, and have each code of errors', () => {
  const page = readFileSync(new URL('../../docs/program.md', import.meta.url), 'utf8')
  const links = Array.from(page.matchAll(/\(schemas\/(\w+)\.json\)/g), ([, name]) => name!)
  expect([...new Set(links)].sort()).toEqual([...schemas.keys()].sort())
  const source = readFileSync(new URL('../../src/errors.ts', import.meta.url), 'utf8')
  const codes = Array.from(source.matchAll(/'([A-Z]+(?:_[A-Z]+)*)'/g), ([, code]) => code!)
  const own = ['USAGE', 'INTERRUPTED', 'UNEXPECTED']
  const [listed] = schemas.get('common')!.$defs.error.properties.code.anyOf
  expect(listed.enum.toSorted()).toEqual([...new Set([...codes, ...own])].sort())
})

describe('the answer of', () => {
  for (const [name, argsOf] of Object.entries(calls)) {
    test(`${name} is as it was read`, async () => {
      const image = await place.linked(`team/${name}`)
      const { code, stdout, stderr } = await run(name, ...(await argsOf(image)), '--json')
      expect({ code, stderr }).toEqual({ code: name === 'logout' ? 1 : 0, stderr: '' })
      expect(steady(stdout)).toMatchSnapshot()
    })
  }
})

/** Is not sent again, as 500 is. */
const trouble = { answer: { status: 505 } }

describe('an answer has its shape also where', () => {
  test.each<[string, object, ...string[]]>([
    ['list', { referrers: [] }],
    ['has', { has: false }],
    ['tree', { complete: true, referrers: [] }],
    ['discover', { complete: true, referrers: [] }],
    ['statements', { statements: [] }],
    ['graph', { complete: true, edges: [] }],
    ['prune', { dryRun: true, items: [] }, '--dry-run'],
  ])('there is nothing for %s', async (name, expected, ...rest) => {
    const { reference } = await place.image('team/empty')
    expect(JSON.parse((await run(name, reference, ...rest, '--json')).stdout)).toMatchObject(
      expected,
    )
  })

  test('a repository is not there to be looked at by detect', async () => {
    const { code, stdout } = await run('detect', `${place.host}/team/none`, '--json')
    expect([code, JSON.parse(stdout).subject]).toEqual([0, `sha256:${'0'.repeat(64)}`])
  })

  test.each([
    ['tree', 2],
    ['discover', 2],
    ['copy', 5],
    ['remove', 2],
    ['diff', 2],
  ] as const)('a registry does not list its tags to %s', async (name, expected) => {
    const faults = [{ path: /tags\/list/, ...trouble }]
    const odd = await startPlace({ profile: 'distribution2', faults })
    onTestFinished(() => odd.close())
    const { reference } = await odd.image('team/app')
    const more = {
      copy: [`oci-layout:${odd.file('copy')}`],
      diff: [reference],
      remove: ['--dry-run'],
    }
    const rest = name in more ? more[name as keyof typeof more] : []
    const { code, stdout, stderr } = await run(name, reference, ...rest, '--json')
    expect(code, stderr).toBe(expected)
    expect(JSON.parse(stdout).complete).toBe(false)
  })

  test('a manifest cannot be read by graph and prune', async () => {
    let broken = false
    const faults = ({ path }: { readonly path: string }) =>
      broken && /manifests\/sha256:/.test(path) ? trouble : undefined
    const odd = await startPlace({ profile: 'distribution2', faults })
    onTestFinished(() => odd.close())
    const { reference } = await odd.linked('team/app')
    broken = true
    for (const args of [
      ['graph', reference],
      ['prune', reference, '--dry-run'],
    ]) {
      const { code, stdout } = await run(...args, '--json')
      expect([args[0], code]).toEqual([args[0], 2])
      expect(JSON.parse(stdout).problems[0]).toMatchObject({ kind: 'unread' })
    }
  })

  test('a copy loses something', async () => {
    const faults = [{ path: /blobs\/sha256:d4f2696/, method: 'GET', answer: { status: 404 } }]
    const odd = await startPlace({ faults })
    onTestFinished(() => odd.close())
    const { reference } = await odd.linked('team/app')
    const { code, stdout } = await run('copy', reference, `oci-layout:${odd.file('to')}`, '--json')
    expect(code).toBe(5)
    const { losses } = JSON.parse(stdout)
    expect(losses[0].error).toMatchObject({ code: expect.any(String) })
    expect(steady(JSON.stringify(losses))).toMatchSnapshot()
  })

  test('something is attached by some ways of linking only', async () => {
    const { reference } = await place.image('team/partly')
    const args = ['attach', reference, '-t', 'text/plain', '-a', 'a=b', '--also', 'node']
    const { code, stdout } = await run(...args, '--json')
    expect(code).toBe(5)
    const { attached, failed } = JSON.parse(stdout)
    expect(attached).toHaveLength(1)
    expect(failed).toMatchObject([{ strategy: 'node-manifest', error: { code: 'UNSUPPORTED' } }])
    const text = await run(...args)
    expect(text.stderr).toMatch(/^ocilink: node-manifest: .* has no node manifests/)
  })
})

describe('an error is JSON on standard error,', () => {
  const nowhere = '127.0.0.1:1/team/app:v1'
  test.each<[string, number, string, string[]]>([
    ['of an unknown command', 3, 'USAGE', ['hsa']],
    ['of an unknown option', 3, 'USAGE', ['has', 'a/b', '--jsno']],
    ['of a missing argument', 3, 'USAGE', ['has']],
    ['of an option without its value', 3, 'USAGE', ['has', nowhere, '--timeout', 'x']],
    ['of a missing option', 3, 'USAGE', ['attach', nowhere]],
    ['of no command at all', 3, 'USAGE', []],
    ['of a wrong use that only the command sees', 3, 'USAGE', ['has', nowhere, '--user', 'a']],
    ['of a wrong reference', 3, 'INVALID_REFERENCE', ['has', 'UPPER/x']],
    ['of a wrong digest', 3, 'INVALID_DIGEST', ['detach', nowhere, 'sha256:0', '--yes']],
    [
      'of a file that is not there',
      3,
      'INVALID_INPUT',
      ['attach', nowhere, '/no/file', '-t', 'a/b'],
    ],
    ['of a registry that is not there', 2, 'CONNECTION', ['has', nowhere]],
    ['where nobody can be asked', 3, 'USAGE', ['prune', nowhere]],
  ])('%s', async (_, code, error, args) => {
    const ended = await run(...args, '--json')
    expect(ended).toMatchObject({ code, stdout: '' })
    expect(JSON.parse(ended.stderr)).toMatchObject({ error: { code: error } })
  })

  test('of what is not there, not attached, refused or not supported', async () => {
    const users = [{ name: 'a', password: 'b' }]
    const locked = await startPlace({ auth: { scheme: 'basic', users } })
    onTestFinished(() => locked.close())
    const odd = await startPlace({ faults: [trouble] })
    onTestFinished(() => odd.close())
    const { reference } = await place.image('team/errors')
    const none = `sha256:${'0'.repeat(64)}`
    for (const [args, code, error] of [
      [['tree', `${place.host}/team/errors:v9`], 1, 'NOT_FOUND'],
      [['tags', `${place.host}/team/none`], 1, 'NOT_FOUND'],
      [['tags', `${odd.host}/team/none`], 2, 'REGISTRY_RESPONSE'],
      [['read', reference, '-t', 'a/b'], 1, 'NO_MATCH'],
      [['detach', reference, none, '--yes'], 1, 'NO_MATCH'],
      [['has', `${locked.host}/team/app:v1`], 4, 'AUTH_REQUIRED'],
      [['attach', reference, '-t', 'a/b', '-a', 'a=b', '--as', 'node'], 4, 'UNSUPPORTED'],
      [['has', `oci-layout:${place.file('none')}`], 3, 'INVALID_INPUT'],
    ] as const) {
      const ended = await run(...args, '--json')
      expect(ended.stdout, ended.stderr).toBe('')
      expect([args, ended.code, parseAnswer('error', ended.stderr)]).toMatchObject([
        args,
        code,
        { error: { code: error } },
      ])
    }
  })
})
