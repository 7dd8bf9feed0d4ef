// Every command of the program against real registries and a layout: what oras and regctl have made it finds, and what it
// does they see.
import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProgram } from '../../src/cli/program.ts'
import { run as runProgram } from '../cli/_program.ts'
import { type Place, type PlaceKind, places, SBOM } from './_program-places.ts'

const IN_TOTO = 'application/vnd.in-toto+json'
const PROVENANCE = 'https://slsa.dev/provenance/v1'
const sbom = '{"spdxVersion":"SPDX-2.3"}'

/** What a command says with `--json`; it has to end with 0. */
async function answer(...args: string[]): Promise<ReturnType<typeof JSON.parse>> {
  const { code, stdout, stderr } = await runProgram(...args, '--json')
  expect({ code, stderr }, stderr).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout)
}

const digestsOf = (referrers: readonly { readonly digest: string }[]) =>
  referrers.map(({ digest }) => digest).toSorted()

/** What each command does, in a repository of its own. */
const jobs: Record<string, (at: Place, kind: PlaceKind) => Promise<void>> = {
  async tree(at) {
    await at.image('tree')
    const first = await at.attach('tree', SBOM, sbom)
    const second = await at.attach('tree', 'text/plain', 'about the SBOM', first)
    const { referrers, complete } = await answer('tree', at.reference('tree'), '--depth', '2')
    expect(complete).toBe(true)
    expect(referrers).toMatchObject([{ digest: first, referrers: [{ digest: second }] }])
    const drawn = await runProgram('tree', at.reference('tree'), '--depth', '2')
    expect(drawn.stdout).toContain(
      `\n└─ ${SBOM}  ${first}  (oci-subject)\n   └─ text/plain  ${second}`,
    )
    expect(await at.found('tree')).toEqual([first, second].sort())
  },

  async list(at) {
    await at.image('list')
    await at.attach('list', SBOM, sbom)
    const plain = await at.attach('list', 'text/plain', 'a')
    const { referrers } = await answer('list', at.reference('list'))
    expect(digestsOf(referrers)).toEqual(await at.found('list'))
    const filtered = await answer('list', at.reference('list'), '--type', 'text/plain')
    expect(digestsOf(filtered.referrers)).toEqual([plain])
  },

  async has(at) {
    await at.image('has')
    const reference = at.reference('has')
    expect(await runProgram('has', reference)).toEqual({ code: 1, stdout: 'no\n', stderr: '' })
    await at.attach('has', SBOM, sbom)
    expect(await runProgram('has', reference)).toEqual({ code: 0, stdout: 'yes\n', stderr: '' })
    expect((await runProgram('has', reference, '-t', 'text/plain')).code).toBe(1)
    expect((await runProgram('has', at.reference('has', 'v9'))).code).toBe(1)
  },

  async attach(at, { name }) {
    const subject = await at.image('attach')
    await writeFile(at.file('attached.json'), sbom)
    const files = [`${at.file('attached.json')}:application/json`, '-t', SBOM, '-a', 'team=a']
    const { attached } = await answer('attach', at.reference('attach'), ...files)
    const [made] = digestsOf(attached)
    expect(await at.found('attach')).toEqual([made])
    if (name !== 'a layout') expect(await at.listed('attach')).toEqual([made])
    // By another way too; the image is as it was.
    const also = await answer('attach', at.reference('attach'), ...files, '--as', 'digest-tags')
    const tag = (await at.tags('attach')).find((one) => one.endsWith('.sbom'))!
    expect(await at.digest('attach', tag)).toBe(also.attached[0].digest)
    expect(await at.digest('attach', 'v1')).toBe(subject)
  },

  async read(at) {
    await at.image('read')
    await at.attach('read', SBOM, sbom)
    const { stdout } = await runProgram('read', at.reference('read'), '-t', SBOM)
    expect(stdout).toBe(sbom)
    await answer('read', at.reference('read'), '-t', SBOM, '-o', at.file('read.json'))
    expect(await readFile(at.file('read.json'), 'utf8')).toBe(sbom)
    expect((await runProgram('read', at.reference('read'), '-t', 'text/plain')).code).toBe(1)
  },

  async statements(at) {
    const subject = await at.image('statements')
    const statement = {
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'app', digest: { sha256: subject.slice('sha256:'.length) } }],
      predicateType: PROVENANCE,
      predicate: { by: 'oras' },
    }
    await at.attach('statements', IN_TOTO, JSON.stringify(statement))
    const { statements } = await answer('statements', at.reference('statements'))
    expect(statements).toMatchObject([{ statement, subjectMatches: true }])
    const { stdout } = await runProgram('statements', at.reference('statements'))
    expect(stdout).toBe(`${PROVENANCE}\n`)
  },

  async detach(at) {
    const subject = await at.image('detach')
    const [one, other] = [
      await at.attach('detach', SBOM, sbom),
      await at.attach('detach', SBOM, '{}'),
    ]
    const planned = await answer('detach', at.reference('detach'), one, '--dry-run')
    expect(planned).toMatchObject({ dryRun: true, referrer: { digest: one } })
    expect(await at.found('detach')).toEqual([one, other].sort())
    const done = await answer('detach', at.reference('detach'), one, '--yes')
    expect(done).toMatchObject({ deleted: true, confirmed: true })
    expect(await at.found('detach')).toEqual([other])
    expect([await at.has('detach', one), await at.has('detach', subject)]).toEqual([false, true])
  },

  async copy(at) {
    const subject = await at.image('copy')
    const made = await at.attach('copy', SBOM, sbom)
    const target = at.reference('copied', 'v2')
    const planned = await answer('copy', at.reference('copy'), target, '--dry-run')
    expect(planned.dryRun).toBe(true)
    expect(await at.has('copied', 'v2')).toBe(false)
    expect(await answer('copy', at.reference('copy'), target)).toMatchObject({ complete: true })
    expect(await at.digest('copied', 'v2')).toBe(subject)
    expect(await at.found('copied', 'v2')).toEqual([made])
    expect(await at.pulled('copied', made)).toBe(sbom)
  },

  async convert(at) {
    const subject = await at.image('convert')
    const made = await at.attach('convert', SBOM, sbom)
    const args = [at.reference('convert'), '--from', 'oci-subject', '--as', 'digest-tags']
    const { converted, complete } = await answer('convert', ...args)
    expect([converted[0].to[0].status, complete]).toEqual(['written', true])
    const tags = await at.tags('convert')
    const tag = tags.find((one) => one.startsWith(`${subject.replace(':', '-')}.`))!
    expect(await at.digest('convert', tag)).toBe(converted[0].to[0].digest)
    expect(await at.found('convert')).toEqual([made])
  },

  async diff(at) {
    await at.image('diff')
    await at.attach('diff', SBOM, sbom)
    await at.copy('diff', 'other')
    const [here, there] = [at.reference('diff'), at.reference('other')]
    expect(await answer('diff', here, there)).toMatchObject({ complete: true, onlyHere: [] })
    const more = await at.attach('other', 'text/plain', 'more')
    const { code, stdout } = await runProgram('diff', here, there)
    expect({ code, stdout }).toEqual({ code: 1, stdout: `+ text/plain  ${more}  (oci-subject)\n` })
  },

  async remove(at) {
    const subject = await at.image('remove')
    const made = await at.attach('remove', SBOM, sbom)
    await answer('remove', at.reference('remove'), '--dry-run')
    expect(await at.found('remove')).toEqual([made])
    expect(await answer('remove', at.reference('remove'), '--yes')).toMatchObject({
      complete: true,
    })
    expect([await at.has('remove', subject), await at.has('remove', made)]).toEqual([false, false])
    expect((await runProgram('has', at.reference('remove'))).code).toBe(1)
  },

  async prune(at) {
    const subject = await at.image('prune')
    const kept = await at.image('prune', 'v2')
    const made = await at.prunable('prune')
    const stays = await at.attach('prune', SBOM, sbom, 'v2')
    await at.remove('prune', subject)
    const planned = await answer('prune', at.reference('prune'), '--dry-run')
    expect(digestsOf(planned.items)).toContain(made)
    expect(await at.has('prune', made)).toBe(true)
    expect(await answer('prune', at.reference('prune'), '--yes')).toMatchObject({ complete: true })
    expect(await at.has('prune', made)).toBe(false)
    expect([await at.has('prune', kept), await at.found('prune', 'v2')]).toEqual([true, [stays]])
  },

  async save(at) {
    const subject = await at.image('save')
    const made = await at.attach('save', SBOM, sbom)
    const tar = at.file('saved.tar')
    expect((await answer('save', at.reference('save'), tar)).descriptor.digest).toBe(subject)
    expect(await at.inArchive(tar, 'v1')).toEqual([made])
  },

  async load(at) {
    const subject = await at.image('load')
    const made = await at.attach('load', SBOM, sbom)
    const tar = at.file('loaded.tar')
    await answer('save', at.reference('load'), tar)
    const { descriptor } = await answer('load', tar, at.reference('loaded', 'v3'))
    expect([descriptor.digest, await at.digest('loaded', 'v3')]).toEqual([subject, subject])
    expect(await at.found('loaded', 'v3')).toEqual([made])
    expect(await at.pulled('loaded', made)).toBe(sbom)
  },

  async tags(at, { lists }) {
    await at.image('tags')
    await at.image('tags', 'v2')
    await at.attach('tags', SBOM, sbom)
    expect((await runProgram('tags', at.reference('tags'))).stdout).toBe('v1\nv2\n')
    const links = (await answer('tags', at.reference('tags'), '--links')).tags
    expect(links).toMatchObject(lists ? [] : [{ links: { spelling: 'referrers-tag' } }])
  },

  async detect(at, { lists }) {
    await at.image('detect')
    const { capabilities, strategies } = await answer('detect', at.reference('detect'))
    expect(capabilities.referrersApi).toBe(lists ? 'supported' : 'unsupported')
    const own = strategies.find((one: { strategy: string }) => one.strategy === 'oci-subject')
    expect(own).toMatchObject({ read: 'supported' })
  },

  async discover(at) {
    const subject = await at.image('discover')
    const first = await at.attach('discover', SBOM, sbom)
    await at.attach('discover', 'text/plain', 'about the SBOM', first)
    const { referrers } = await answer('discover', at.reference('discover'), '--depth', '2')
    expect(digestsOf(referrers)).toEqual(await at.found('discover'))
    expect(referrers.map((one: { subject: string }) => one.subject)).toEqual([subject, first])
  },

  async graph(at) {
    const subject = await at.image('graph')
    const made = await at.attach('graph', SBOM, sbom)
    const { manifests, tags, edges } = await answer('graph', at.reference('graph'))
    expect(digestsOf(manifests)).toEqual(expect.arrayContaining([subject, made]))
    expect(edges).toContainEqual({ from: made, to: subject, role: 'subject' })
    expect(tags).toContainEqual({ tag: 'v1', kind: 'named', digest: subject })
    const { stdout } = await runProgram('graph', at.reference('graph'))
    expect(stdout).toMatch(new RegExp(`^${subject} +there +image +v1$`, 'm'))
  },
}

/** Without a place; and logins, which have tests of their own. */
const elsewhere = [
  'version',
  'login',
  'logout',
  'completion',
  'complete',
  'serve',
  'gateway',
  'explore',
  'sweep',
]

test('every command that asks or changes something is tried', () => {
  const names = makeProgram().commands.map((command) => command.name())
  expect(Object.keys(jobs).sort()).toEqual(names.filter((one) => !elsewhere.includes(one)).sort())
})

describe.each(places)('at $name', (kind) => {
  let place: Place
  beforeAll(async () => {
    place = await kind.open()
  })
  afterAll(() => place?.close())

  test.each(Object.keys(jobs))('%s', (name) => jobs[name]!(place, kind))
})
