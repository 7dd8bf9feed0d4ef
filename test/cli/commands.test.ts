// Each command against a registry without the referrers API, and against a layout.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { repository } from '../../src/index.ts'
import { type RunningServer, serve } from '../../src/node/index.ts'
import { pushImage } from '../_image.ts'
import { run } from './_here.ts'
import { type Ended, start } from './_program.ts'

const TYPE = 'application/spdx+json'
let server: RunningServer
let directory: string
let image: string
let digest: string

beforeAll(async () => {
  server = await serve(embeddedRegistry({ profile: 'distribution2' }))
  directory = await mkdtemp(join(tmpdir(), 'ocilink-cli-'))
  image = `${server.host}/team/app:v1`
  digest = (await pushImage(repository(`${server.host}/team/app`))).digest
  await writeFile(join(directory, 'sbom.json'), '{"spdxVersion":"SPDX-2.3"}')
})
afterAll(async () => {
  await server?.close()
  await rm(directory, { recursive: true, force: true })
})

const file = (name: string) => join(directory, name)
const json = ({ stdout }: Ended) => JSON.parse(stdout)

describe('an image in a registry', () => {
  test('has nothing attached: no, and nothing on standard output but that', async () => {
    expect(await run('has', image)).toEqual({ code: 1, stdout: 'no\n', stderr: '' })
    expect(await run('list', image)).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(json(await run('has', image, '--json'))).toEqual({ has: false })
  })

  test('is attached to, by two ways at once; then it is found, read, listed and drawn', async () => {
    const given = [`${file('sbom.json')}:application/json`, '-t', TYPE, '-a', 'team=a=b']
    const attached = await run('attach', image, ...given, '--also', 'digest', '--json')
    expect(attached).toMatchObject({ code: 0, stderr: '' })
    const made = json(attached).attached
    expect(made.map(({ via }: { via: string[] }) => via)).toEqual([
      ['oci-subject'],
      ['digest-tags'],
    ])
    expect(made[0]).toMatchObject({ artifactType: TYPE, annotations: { team: 'a=b' } })

    expect(await run('has', image, '--type', TYPE)).toMatchObject({ code: 0, stdout: 'yes\n' })
    expect((await run('has', image, '--type', 'text/plain')).code).toBe(1)
    const listed = await run('list', image)
    expect(listed.stdout).toBe(`${TYPE}  ${made[0].digest}  (oci-subject)\n`)
    expect(json(await run('list', image, '--as', 'digest-tags', '--json')).referrers).toHaveLength(
      1,
    )

    expect((await run('read', image, '-t', TYPE)).stdout).toBe('{"spdxVersion":"SPDX-2.3"}')
    const out = file('out.json')
    const quiet = await run('read', image, '-t', TYPE, '-o', out)
    expect(quiet).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(await readFile(out, 'utf8')).toBe('{"spdxVersion":"SPDX-2.3"}')
    expect(await run('read', image, '-t', 'a/b')).toMatchObject({ code: 1, stdout: '' })
  })

  test.each(['tree', 'json', 'table', 'mermaid', 'dot'])('is drawn as %s', async (format) => {
    const { code, stdout, stderr } = await run('tree', image, '--format', format)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const steady = stdout
      .replaceAll(server.host, '<host>')
      .replace(/sha256:[0-9a-f]+/g, 'sha256:<hex>')
    expect(steady).toMatchSnapshot()
  })

  test('is discovered in one list, with what each way of linking was answered', async () => {
    const { code, stdout, stderr } = await run('discover', image)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout.match(/^application\/spdx\+json {2}sha256:/gm)).toHaveLength(2)
    expect(stdout).toMatch(/^WAY OF LINKING +ANSWER +FOUND +REASON$/m)
    expect(stdout).toMatch(/^digest-tags +answered +1$/m)
    const { referrers, complete } = json(await run('discover', image, '--json'))
    expect([referrers[0].subject, complete]).toEqual([digest, true])
  })

  test.each(['table', 'mermaid', 'dot', 'json'])(
    'is in a repository that is read as a whole: %s',
    async (format) => {
      const { code, stdout, stderr } = await run('graph', image, '--format', format)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      if (format === 'json') expect(JSON.parse(stdout)).toMatchObject({ complete: true })
      else expect(stdout.replace(/sha256[:-][0-9a-f.]+/g, '<digest>')).toMatchSnapshot()
    },
  )

  test('has tags that people chose, and those that link', async () => {
    expect((await run('tags', image)).stdout).toBe('v1\n')
    const links = json(await run('tags', image, '--links', '--json')).tags
    expect(links.map(({ links }: { links: { spelling: string } }) => links.spelling)).toEqual(
      expect.arrayContaining(['referrers-tag', 'digest-tag']),
    )
  })

  test('is copied into a layout with what is attached, compared, and found there', async () => {
    const layout = `oci-layout:${file('backup')}:v1`
    const dry = await run('copy', image, layout, '--dry-run')
    expect(dry).toMatchObject({ code: 0, stderr: '' })
    expect(dry.stdout).toMatch(new RegExp(`^${digest}\n.* would be at oci-layout:`))
    const copied = await run('copy', image, layout)
    expect(copied).toMatchObject({ code: 0, stderr: '' })
    expect(await run('diff', image, layout)).toMatchObject({ code: 0, stdout: '' })
    expect((await run('has', layout, '-t', TYPE)).code).toBe(0)
    expect((await run('has', `oci-layout:${file('backup')}@${digest}`)).code).toBe(0)
    const more = await run('attach', layout, '-t', 'text/plain', '-a', 'n=1')
    expect(more).toMatchObject({ code: 0, stderr: '' })
    const differs = await run('diff', image, layout)
    expect(differs).toMatchObject({ code: 1, stderr: '' })
    expect(differs.stdout).toMatch(/^\+ text\/plain {2}sha256:[0-9a-f]{64} {2}\(oci-subject\)\n$/)
  })

  test('is in a registry of which is said what it supports', async () => {
    const { code, stdout } = await run('detect', image)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^WAY OF LINKING +READ +WRITE +BECAUSE\n/)
    expect(stdout).toMatch(/^oci-subject +supported +/m)
  })
})

describe('what is deleted', () => {
  const own = () => `${server.host}/team/deleted:v1`
  const attachOne = async (n: number) => {
    const made = await run('attach', own(), '-t', 'text/plain', '-a', `n=${n}`, '--json')
    return json(made).attached[0].digest as string
  }
  beforeAll(async () => {
    await pushImage(repository(`${server.host}/team/deleted`))
  })

  test('needs --yes where nobody can be asked, and --dry-run deletes nothing', async () => {
    const made = await attachOne(1)
    const planned = await run('detach', own(), made, '--dry-run')
    expect(planned).toMatchObject({
      code: 0,
      stdout: `would take away: text/plain  ${made}  (oci-subject)\n`,
    })
    for (const args of [
      ['detach', own(), made],
      ['remove', own()],
    ]) {
      const refused = await run(...args)
      expect(refused.code).toBe(3)
      expect(refused.stderr).toContain('pass --yes, or --dry-run')
    }
    expect((await run('has', own())).code).toBe(0)
    expect(await run('detach', own(), made, '--yes')).toMatchObject({
      code: 0,
      stdout: `deleted ${made}\n`,
    })
    expect((await run('has', own())).code).toBe(1)
    expect(await run('detach', own(), made, '--yes')).toMatchObject({ code: 1, stdout: '' })
  })

  test('is what the plan says: an image with its artifacts, and then nothing is left to prune', async () => {
    const made = await attachOne(2)
    const plan = await run('remove', own(), '--dry-run')
    expect(plan.code).toBe(0)
    expect(plan.stdout).toContain(`delete-manifest ${made}`)
    const done = await run('remove', own(), '--yes')
    expect(done).toMatchObject({ code: 0, stdout: plan.stdout, stderr: '' })
    expect((await run('has', own())).code).toBe(1)
    expect(await run('prune', own(), '--yes')).toMatchObject({
      code: 0,
      stdout: 'nothing to delete\n',
    })
  })
})

test('links are converted, statements are read, and an archive takes all of it along', async () => {
  const own = `${server.host}/team/more:v1`
  await pushImage(repository(`${server.host}/team/more`))
  const subject = [{ name: 'app', digest: { sha256: digest.slice('sha256:'.length) } }]
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject,
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {},
  }
  await writeFile(file('statement.json'), JSON.stringify(statement))
  const type = 'application/vnd.in-toto+json'
  expect((await run('attach', own, `${file('statement.json')}:${type}`, '-t', type)).code).toBe(0)
  expect(await run('statements', own)).toMatchObject({
    code: 0,
    stdout: 'https://slsa.dev/provenance/v1\n',
  })
  expect(json(await run('statements', own, '--json')).statements[0]).toMatchObject({ statement })
  const converted = await run('convert', own, '--from', 'oci', '--as', 'digest-tags')
  expect(converted.code).toBe(0)
  expect(converted.stdout).toMatch(
    /^written {2}application\/vnd\.in-toto\+json {2}digest-tags {2}sha256:/,
  )
  const saved = await run('save', own, file('app.tar'))
  expect(saved).toMatchObject({ code: 0, stdout: `${digest}\n`, stderr: '' })
  expect((await run('has', `oci-archive:${file('app.tar')}:v1`, '-t', type)).code).toBe(0)
  const loaded = `${server.host}/team/loaded:v2`
  expect(await run('load', file('app.tar'), loaded)).toMatchObject({
    code: 0,
    stdout: `${digest}\n`,
  })
  expect(await run('diff', own, loaded)).toMatchObject({ code: 0, stdout: '' })
}, 120_000)

test('what is attached to an SBOM comes along, and is deleted with the image', async () => {
  const own = `${server.host}/team/deep`
  await pushImage(repository(own))
  const attach = async (to: string, type: string): Promise<string> =>
    json(await run('attach', to, '-t', type, '-a', 'n=1', '--json')).attached[0].digest
  const sbom = await attach(`${own}:v1`, TYPE)
  const signature = await attach(`${own}@${sbom}`, 'text/plain')
  expect((await run('copy', `${own}:v1`, `oci-layout:${file('deep')}:v1`)).code).toBe(0)
  expect((await run('save', `${own}:v1`, file('deep.tar'))).code).toBe(0)
  expect((await run('load', file('deep.tar'), `${own}-loaded:v1`)).code).toBe(0)
  for (const place of [`oci-layout:${file('deep')}`, `${own}-loaded`]) {
    const listed = json(await run('list', `${place}@${sbom}`, '--json')).referrers
    expect(listed, place).toMatchObject([{ digest: signature }])
  }
  expect((await run('copy', `${own}:v1`, `${own}-one:v1`, '--depth', '1')).code).toBe(0)
  expect((await run('has', `${own}-one@${sbom}`)).code).toBe(1)
  expect((await run('copy', `${own}:v1`, `${own}-none:v1`, '--no-referrers')).code).toBe(0)
  expect((await run('remove', `${own}:v1`, '--yes')).stdout).toContain(signature)
  for (const one of [sbom, signature]) {
    expect((await fetch(`http://${own.replace('/', '/v2/')}/manifests/${one}`)).status).toBe(404)
  }
}, 60_000)

describe('what could not be told', () => {
  test('is exit code 2, never "no", with the reason on standard error', async () => {
    const { code, stdout, stderr } = await run('has', '127.0.0.1:1/team/app:v1')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^ocilink: HEAD .* got no answer: .*ECONNREFUSED/)
  })

  test('is JSON on standard error with --json', async () => {
    const { code, stdout, stderr } = await run('has', '127.0.0.1:1/team/app:v1', '--json')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'CONNECTION' } })
  })

  test('of a source that failed is exit code 2 of tree, with what was found', async () => {
    const faults = [{ path: /tags\/list/, answer: { status: 500 } }]
    const odd = await serve(embeddedRegistry({ faults }))
    try {
      await pushImage(repository(`${odd.host}/team/app`))
      const { code, stdout, stderr } = await run(
        'tree',
        `${odd.host}/team/app:v1`,
        '--timeout',
        '5',
      )
      expect({ code, stdout }).toEqual({ code: 2, stdout: `${odd.host}/team/app:v1\n` })
      expect(stderr).toMatch(/^ocilink: digest-tags: /m)
    } finally {
      await odd.close()
    }
  })
})

test('a login is taken from --user and standard input, and no password is shown', async () => {
  const users = [{ name: 'a', password: 'SECRET' }]
  const locked = await serve(embeddedRegistry({ auth: { scheme: 'basic', users } }))
  try {
    const reference = `${locked.host}/team/app:v1`
    const refused = await run('has', reference)
    expect(refused.code).toBe(4)
    expect(refused.stderr).toContain(`run "ocilink login ${locked.host}"`)
    const ask = (...args: string[]) => {
      const running = start('has', reference, '--user', 'a', '--password-stdin', ...args)
      running.child.stdin!.end('SECRET\n')
      return running.ended
    }
    const { code, stderr } = await ask('--debug')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^HEAD http.* 404 \d+ ms$/m)
    expect(stderr).not.toContain('SECRET')
  } finally {
    await locked.close()
  }
})

test('Ctrl-C ends it within a second, with 130', async () => {
  const slow = await serve(embeddedRegistry({ faults: [{ delay: 60_000 }] }))
  try {
    const running = start('tree', `${slow.host}/team/app:v1`, '--debug')
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const began = performance.now()
    running.child.kill('SIGINT')
    expect((await running.ended).code).toBe(130)
    expect(performance.now() - began).toBeLessThan(1000)
  } finally {
    await slow.close()
  }
})
