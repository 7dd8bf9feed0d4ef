import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import { repository } from '../../../src/index.ts'
import { serve } from '../../../src/node/index.ts'
import { pushImage } from '../../_image.ts'
import { startProxy, startTls } from '../../runtimes/lib/network.ts'
import { run } from '../_here.ts'
import { startIn } from '../_program.ts'

/** A registry with an image; by TLS it is `localhost`. */
async function proxied() {
  const proxy = await startProxy()
  onTestFinished(() => proxy.close())
  const server = await serve(embeddedRegistry())
  onTestFinished(() => server.close())
  await pushImage(repository(`${server.host}/team/app`))
  const has = (env: NodeJS.ProcessEnv, ...args: string[]) =>
    startIn({ PATH: process.env.PATH, HOME: '/nowhere', ...env }, 'has', ...args).ended
  return { proxy, host: server.host, has }
}

test('a proxy is used that --proxy names, or the environment, but for this machine', async () => {
  const { proxy, host, has } = await proxied()
  const image = `${host}/team/app:v1`
  for (const env of [{}, { HTTP_PROXY: proxy.url }, { http_proxy: proxy.url }]) {
    expect(await has(env, image)).toMatchObject({ code: 1, stdout: 'no\n', stderr: '' })
  }
  expect(proxy.used).toEqual([])
  expect(await has({}, image, '--proxy', proxy.url)).toMatchObject({ code: 1, stderr: '' })
  expect(proxy.used.length).toBeGreaterThan(0)
  proxy.used.length = 0
  await has({ NO_PROXY: '127.0.0.1' }, image, '--proxy', proxy.url)
  expect(proxy.used).toEqual([])
  const elsewhere = ['registry.invalid/team/app:v1', '--plain-http']
  for (const env of [{ HTTP_PROXY: proxy.url }, { http_proxy: new URL(proxy.url).host }]) {
    expect(await has(env, ...elsewhere, '--timeout', '1')).toMatchObject({ code: 2, stdout: '' })
    expect(proxy.used[0]).toBe('HEAD http://registry.invalid/v2/team/app/manifests/v1')
    proxy.used.length = 0
  }
}, 60_000)

test('a registry of this machine is spoken to by TLS with --no-plain-http: by an own CA, or with any', async () => {
  const { proxy, host, has } = await proxied()
  const tls = await startTls(host)
  onTestFinished(() => tls.close())
  const given = [`${tls.host}/team/app:v1`, '--no-plain-http', '--proxy', proxy.url]
  const trusted = { code: 1, stdout: 'no\n', stderr: '' }
  expect(await has({}, ...given, '--ca', tls.ca)).toMatchObject(trusted)
  expect(await has({}, ...given, '--insecure')).toMatchObject(trusted)
  expect(new Set(proxy.used)).toEqual(new Set([`CONNECT ${tls.host}`]))
  const refused = await has({}, ...given)
  expect(refused).toMatchObject({ code: 2, stdout: '' })
  expect(refused.stderr).toMatch(/certificate/)
  expect(refused.stderr).toMatch(/--ca/)
}, 60_000)

test('a proxy that is none is wrong use, and its password is not shown', async () => {
  const { has } = await proxied()
  const wrong = 'socks5://user:secret@a:1'
  const given = await has({}, 'a.example/b', '--proxy', wrong)
  expect(given.code).toBe(3)
  expect(given.stderr).toMatch(/--proxy <address>/)
  const named = await has({ HTTPS_PROXY: wrong }, 'a.example/b')
  expect(named).toMatchObject({ code: 3, stdout: '' })
  expect(named.stderr).toMatch(/"HTTPS_PROXY" must be an http or https address of a proxy/)
  expect(named.stderr).not.toContain('secret')
})

test('a file with no certificate in it, or a broken one, is wrong use of --ca', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ocilink-ca-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const broken = '-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n'
  for (const text of ['', 'no PEM', broken]) {
    const file = join(directory, 'ca.pem')
    await writeFile(file, text)
    const { code, stderr } = await run('has', '127.0.0.1:1/team/app', '--ca', file)
    expect({ text, code, stderr }).toMatchObject({ text, code: 3 })
    expect(stderr).toContain(`--ca: ${file} holds no certificate`)
  }
})
