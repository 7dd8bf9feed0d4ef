// How the program ends where it could not tell, was refused, or was stopped.
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { embeddedRegistry, type Fault } from '../../src/embedded/index.ts'
import { attach, repository } from '../../src/index.ts'
import { serve } from '../../src/node/index.ts'
import { findManifest } from '../../src/registry/index.ts'
import { pushImage } from '../_image.ts'
import { run } from './_here.ts'
import { start } from './_program.ts'
import { parseAnswer } from './_schemas.ts'

describe('what could not be told', () => {
  test('is exit code 2, never "no", with the reason on standard error', async () => {
    const { code, stdout, stderr } = await run('has', '127.0.0.1:1/team/app:v1')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^ocilink: HEAD .* got no answer: .*ECONNREFUSED/)
  })

  test('of a source that failed is exit code 2 of tree, with what was found', async () => {
    const faults = [{ path: /tags\/list/, answer: { status: 505 } }]
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

test('Ctrl-C ends it within a second, with 130, and with --json as an error', async () => {
  const slow = await serve(embeddedRegistry({ faults: [{ delay: 60_000 }] }))
  onTestFinished(() => slow.close())
  const running = start('tree', `${slow.host}/team/app:v1`, '--json')
  await new Promise((resolve) => setTimeout(resolve, 1500))
  const began = performance.now()
  running.child.kill('SIGINT')
  const { code, stdout, stderr } = await running.ended
  expect(performance.now() - began).toBeLessThan(1000)
  expect({ code, stdout }).toEqual({ code: 130, stdout: '' })
  expect(parseAnswer('error', stderr)).toMatchObject({
    error: { code: 'INTERRUPTED', message: expect.stringMatching(/; nothing was changed/) },
  })
})

test('Ctrl-C in what deletes says how much is done, and the same call does the rest', async () => {
  const faults: Fault[] = []
  const slow = await serve(embeddedRegistry({ faults }))
  onTestFinished(() => slow.close())
  const repo = repository(`${slow.host}/team/app`)
  const { digest } = await pushImage(repo)
  const made: string[] = []
  for (const artifactType of ['a/1', 'a/2', 'a/3']) {
    made.push((await attach(repo, digest, { artifactType })).digest)
  }
  faults.push({ method: 'DELETE', path: new RegExp(made[2]!), delay: 60_000 })
  const args = ['remove', `${repo.registry}/${repo.name}:v1`, '--yes']
  const running = start(...args)
  await vi.waitUntil(async () => !(await findManifest(repo, made[0]!)), { timeout: 20_000 })
  await new Promise((resolve) => setTimeout(resolve, 500))
  running.child.kill('SIGINT')
  const { code, stderr } = await running.ended
  expect(code).toBe(130)
  expect(stderr).toMatch(
    /^ocilink: interrupted; 2 of \d items were done; run the same command again/,
  )
  expect(await findManifest(repo, digest)).toBeDefined()
  faults.length = 0
  expect((await run(...args)).code).toBe(0)
  expect(await findManifest(repo, digest)).toBeUndefined()
})
