// Commands that attach, copy, convert and delete, at a registry without the referrers API.
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { attach } from '../../src/index.ts'
import { layout as openLayout, saveArchive } from '../../src/node/index.ts'
import { run } from './_here.ts'
import { IN_TOTO, type Place, SBOM, sbom, startPlace } from './_images.ts'
import type { Ended } from './_program.ts'

let place: Place
beforeAll(async () => {
  place = await startPlace()
})
afterAll(() => place?.close())

const json = ({ stdout }: Ended) => JSON.parse(stdout)

test('a file is attached by two ways at once, with annotations', async () => {
  const { reference } = await place.image('team/attach')
  const given = [`${place.file('sbom.json')}:application/json`, '-t', SBOM, '-a', 'team=a=b']
  const attached = await run('attach', reference, ...given, '--also', 'digest', '--json')
  expect(attached).toMatchObject({ code: 0, stderr: '' })
  expect(json(attached).attached).toMatchObject([
    { via: ['oci-subject'], artifactType: SBOM, annotations: { team: 'a=b' } },
    { via: ['digest-tags'], artifactType: SBOM },
  ])
  const text = await run('attach', reference, '-t', 'text/plain', '-a', 'n=1')
  expect(text.stdout).toMatch(/^text\/plain {2}sha256:[0-9a-f]{64} {2}\(oci-subject\)\n$/)
})

test('of several files that were attached each is read by its number', async () => {
  const { reference } = await place.image('team/several-files')
  const type = ['--type', 'application/x-several']
  const files = [place.file('sbom.json'), `${place.file('sbom.json')}:application/json`]
  expect((await run('attach', reference, ...type, ...files)).code).toBe(0)
  const { code, stdout, stderr } = await run('read', reference, ...type)
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
  expect(stderr).toContain('pass --file with a number: 1 (application/octet-stream, ')
  for (const number of ['1', '2']) {
    const one = await run('read', reference, ...type, '--file', number)
    expect(one).toEqual({ code: 0, stdout: sbom, stderr: '' })
  }
  expect((await run('read', reference, ...type, '--file', '3')).code).toBe(3)
  expect((await run('read', reference, ...type, '--file', '0')).code).toBe(3)
})

test('an image is copied into a layout with what is attached, compared, and found there', async () => {
  const { digest, reference } = await place.linked('team/copy')
  const layout = `oci-layout:${place.file('backup')}:v1`
  const dry = await run('copy', reference, layout, '--dry-run')
  expect(dry).toMatchObject({ code: 0, stderr: '' })
  expect(dry.stdout).toMatch(new RegExp(`^${digest}\n.* would be at oci-layout:`))
  const copied = await run('copy', reference, layout)
  expect(copied).toMatchObject({ code: 0, stderr: '' })
  expect(await run('diff', reference, layout)).toMatchObject({ code: 0, stdout: '' })
  expect((await run('has', layout, '-t', SBOM)).code).toBe(0)
  expect((await run('has', `oci-layout:${place.file('backup')}@${digest}`)).code).toBe(0)
  const more = await run('attach', layout, '-t', 'text/plain', '-a', 'n=1')
  expect(more).toMatchObject({ code: 0, stderr: '' })
  const differs = await run('diff', reference, layout)
  expect(differs).toMatchObject({ code: 1, stderr: '' })
  expect(differs.stdout).toMatch(/^\+ text\/plain {2}sha256:[0-9a-f]{64} {2}\(oci-subject\)\n$/)
})

test('an image is copied into an archive, which is written whole or not at all', async () => {
  const { digest, reference } = await place.linked('team/packed')
  const file = place.file('packed.tar')
  const archive = `oci-archive:${file}:v1`
  expect((await run('copy', reference, archive, '--dry-run')).code).toBe(0)
  expect(existsSync(file)).toBe(false)
  expect(await run('copy', reference, archive)).toMatchObject({ code: 0, stderr: '' })
  expect(await run('diff', reference, archive)).toMatchObject({ code: 0, stdout: '' })
  expect((await run('has', `oci-archive:${file}@${digest}`, '-t', SBOM)).code).toBe(0)
  const before = await readFile(file)
  expect((await run('copy', reference.replace('v1', 'none'), archive)).code).toBe(1)
  expect((await readFile(file)).equals(before)).toBe(true)
  const attached = await run('attach', archive, '-t', 'text/plain', '-a', 'a=b')
  expect(attached.code).toBe(3)
  expect(attached.stderr).toContain('copy it to an oci-layout:')
  const none = await run('tree', `oci-archive:${file}:none`)
  expect(none.code).toBe(1)
  expect(none.stderr).not.toContain('box.invalid')
  const left = await readdir(dirname(file))
  expect(left.filter((name) => name.startsWith('.ocilink'))).toEqual([])
})

test('a destination has the tag that it names, and the digest of the image, or it is none', async () => {
  const { digest, reference, byList } = await place.linked('team/named')
  const own = (name: string) => `${place.host}/team/named-${name}`
  for (const [source, target] of [
    [reference, own('tagged')],
    [reference.replace(':v1', `@${digest}`), own('pinned')],
    [reference, `oci-layout:${place.file('named')}`],
  ] as const) {
    const to = `${target}:v2@${digest}`
    expect(await run('copy', source, to)).toMatchObject({ code: 0, stderr: '' })
    expect(await run('tags', target)).toMatchObject({ code: 0, stdout: 'v2\n' })
    expect((await run('has', to)).code).toBe(0)
    expect((await run('copy', source, `${target}-none@${digest}`)).code).toBe(0)
  }
  expect(existsSync(`${place.file('named')}:v2`)).toBe(false)
  const tar = place.file('named.tar')
  expect((await run('save', reference, tar)).code).toBe(0)
  expect((await run('load', tar, `${own('loaded')}:v2@${digest}`)).code).toBe(0)
  expect((await run('tags', own('loaded'))).stdout).toBe('v2\n')
  for (const args of [
    ['copy', reference, `${own('other')}:v2@${byList}`],
    ['load', tar, `${own('other')}:v2@${byList}`],
  ]) {
    const { code, stderr } = await run(...args)
    expect(code).toBe(3)
    expect(stderr).toContain(`must have the digest of the image, ${digest}`)
  }
  expect((await run('tags', own('other'))).code).toBe(1)
})

test('links are converted to another way', async () => {
  const { reference } = await place.linked('team/convert')
  const { code, stdout } = await run('convert', reference, '--from', 'oci', '--as', 'digest-tags')
  expect(code).toBe(0)
  expect(stdout).toContain(`written  ${IN_TOTO}  digest-tags  sha256:`)
  expect(stdout).toContain(`present  ${SBOM}  digest-tags  sha256:`)
})

test('an archive takes all of it along', async () => {
  const { digest, reference } = await place.linked('team/saved')
  const saved = await run('save', reference, place.file('app.tar'))
  expect(saved).toMatchObject({ code: 0, stdout: `${digest}\n`, stderr: '' })
  const archive = `oci-archive:${place.file('app.tar')}:v1`
  expect((await run('has', archive, '-t', IN_TOTO)).code).toBe(0)
  expect((await run('attach', archive, '-t', 'a/b', '-a', 'n=1')).code).toBe(3)
  const loaded = `${place.host}/team/loaded:v2`
  const { code, stdout } = await run('load', place.file('app.tar'), loaded)
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${digest}\n` })
  expect(await run('diff', reference, loaded)).toMatchObject({ code: 0, stdout: '' })
})

test('what is attached to an SBOM comes along, and is deleted with the image', async () => {
  const { repo, reference } = await place.image('team/deep')
  const one = { artifactType: SBOM, annotations: { n: '1' } }
  const attached = (await attach(repo, 'v1', one, { settle: 0 })).digest
  const other = { ...one, artifactType: 'text/plain' }
  const signature = (await attach(repo, attached, other, { settle: 0 })).digest
  const own = `${place.host}/team/deep`
  expect((await run('copy', reference, `oci-layout:${place.file('deep')}:v1`)).code).toBe(0)
  expect((await run('save', reference, place.file('deep.tar'))).code).toBe(0)
  expect((await run('load', place.file('deep.tar'), `${own}-loaded:v1`)).code).toBe(0)
  for (const copied of [`oci-layout:${place.file('deep')}`, `${own}-loaded`]) {
    const listed = json(await run('list', `${copied}@${attached}`, '--json')).referrers
    expect(listed, copied).toMatchObject([{ digest: signature }])
  }
  expect((await run('copy', reference, `${own}-one:v1`, '--depth', '1')).code).toBe(0)
  expect((await run('has', `${own}-one@${attached}`)).code).toBe(1)
  expect((await run('copy', reference, `${own}-none:v1`, '--no-referrers')).code).toBe(0)
  expect((await run('has', `${own}-none:v1`)).code).toBe(1)
  expect((await run('remove', reference, '--yes')).stdout).toContain(signature)
  for (const gone of [attached, signature]) {
    expect((await fetch(`http://${own.replace('/', '/v2/')}/manifests/${gone}`)).status).toBe(404)
  }
})

test('an archive of one image needs no tag, one of several does', async () => {
  const { digest, reference } = await place.linked('team/untagged')
  const tar = place.file('untagged.tar')
  const byDigest = reference.replace(':v1', `@${digest}`)
  expect((await run('save', byDigest, tar)).code).toBe(0)
  const loaded = `${place.host}/team/untagged-loaded:v2`
  expect(await run('load', tar, loaded)).toMatchObject({ code: 0, stdout: `${digest}\n` })
  const layout = `oci-layout:${place.file('several')}`
  for (const tag of ['a', 'b']) await run('copy', reference, `${layout}:${tag}`)
  const several = { code: 3, stderr: expect.stringContaining('holds a, b: pass --tag') }
  await saveArchive(await openLayout(place.file('several')), tar)
  expect(await run('load', tar, loaded)).toMatchObject(several)
  expect((await run('load', tar, loaded, '--tag', 'b')).code).toBe(0)
})

test('a layout that is not there is made by a copy alone', async () => {
  const none = place.file('none')
  const layout = `oci-layout:${none}:v1`
  for (const args of [
    ['attach', layout, '-t', 'text/plain', '-a', 'n=1'],
    ['convert', layout, '--as', 'digest-tags'],
    ['detach', layout, `sha256:${'0'.repeat(64)}`, '--yes'],
    ['remove', layout, '--yes'],
    ['prune', layout, '--yes'],
  ]) {
    const { code, stderr } = await run(...args)
    expect([args[0], code]).toEqual([args[0], 3])
    expect(stderr).toContain('must be the directory of an OCI layout')
    expect(existsSync(none)).toBe(false)
  }
})

test('a copy of what is not there, or of what nobody may read, is not "partly done"', async () => {
  const { reference } = await place.image('team/source')
  const users = [{ name: 'a', password: 'b' }]
  const locked = await startPlace({ auth: { scheme: 'basic', users } })
  onTestFinished(() => locked.close())
  const elsewhere = `${locked.host}/team/app:v1`
  for (const [code, from, to] of [
    [1, `${place.host}/team/source:v9`, `${place.host}/team/target:v1`],
    [2, '127.0.0.1:1/team/app:v1', `${place.host}/team/target:v1`],
    [4, elsewhere, `${place.host}/team/target:v1`],
    [4, reference, elsewhere],
  ] as const) {
    expect(await run('copy', from, to)).toMatchObject({ code, stdout: '' })
  }
})

describe('what is deleted', () => {
  test('needs --yes where nobody can be asked, before anything is looked at', async () => {
    const none = '127.0.0.1:1/team/app:v1'
    for (const args of [
      ['detach', none, `sha256:${'0'.repeat(64)}`],
      ['remove', none],
      ['prune', none],
    ]) {
      const { code, stderr } = await run(...args)
      expect(code).toBe(3)
      expect(stderr).toContain('pass --yes, or --dry-run')
    }
  })

  test('is what detach was told, and with --dry-run nothing', async () => {
    const { reference, byList } = await place.linked('team/detach')
    const planned = await run('detach', reference, byList, '--dry-run')
    const line = `${SBOM}  ${byList}  (oci-subject)`
    expect(planned).toMatchObject({ code: 0, stdout: `would take away: ${line}\n` })
    expect((await run('list', reference)).stdout).toContain(line)
    const done = await run('detach', reference, byList, '--yes')
    expect(done).toMatchObject({ code: 0, stdout: `deleted ${byList}\n` })
    expect((await run('list', reference)).stdout).not.toContain(line)
    expect(await run('detach', reference, byList, '--yes')).toMatchObject({ code: 1, stdout: '' })
  })

  test('is said to be still there where the registry refuses', async () => {
    const faults = [{ method: 'DELETE', answer: { status: 405 } }]
    const strict = await startPlace({ faults })
    onTestFinished(() => strict.close())
    const { reference, byList } = await strict.linked('team/app')
    const { code, stdout } = await run('remove', reference, '--yes')
    expect(code).toBe(5)
    expect(stdout).toMatch(new RegExp(`^delete-manifest ${byList} \\(.*\\): refused: .*405`, 'm'))
  })

  test('is what the plan says: an image with its artifacts, and then nothing is left to prune', async () => {
    const { reference, byList } = await place.linked('team/remove')
    const plan = await run('remove', reference, '--dry-run')
    expect(plan.code).toBe(0)
    expect(plan.stdout).toContain(`delete-manifest ${byList}`)
    const done = await run('remove', reference, '--yes')
    expect(done).toMatchObject({ code: 0, stdout: plan.stdout, stderr: '' })
    expect((await run('has', reference)).code).toBe(1)
    const pruned = await run('prune', reference, '--yes')
    expect(pruned).toMatchObject({ code: 0, stdout: 'nothing to delete\n' })
  })
})
