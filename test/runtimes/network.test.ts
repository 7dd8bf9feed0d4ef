// The recipes of docs/runtimes.md for proxies and for an own CA, with a proxy and a CA.
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { wantedRuntimes } from './lib/all.ts'
import { type Served, serveImage } from './lib/image.ts'
import { startProxy, startTls } from './lib/network.ts'
import type { Program } from './lib/runtime.ts'
import { sectionOf } from './lib/runtimes-page.ts'

const { user } = inject('runtimes')

let served: Served
let tls: Awaited<ReturnType<typeof startTls>>
let proxy: Awaited<ReturnType<typeof startProxy>>

beforeAll(async () => {
  served = await serveImage()
  tls = await startTls(served.host)
  proxy = await startProxy()
})

afterAll(async () => {
  proxy.close()
  await tls.close()
  await served.close()
})

/** Lists what is attached, or prints the code of the error. */
const program = (host: string, env: Readonly<Record<string, string>>): Program => ({
  files: {
    'main.ts': `import { locate, referrers } from 'ocilink'
      const { repo, subject } = locate('${host}/team/app:v1', { plainHttp: ${host === served.host}, retries: 0 })
      try {
        for await (const { digest } of referrers(repo, subject)) console.log(digest)
      } catch (error) {
        console.log(error.code)
      }`,
  },
  env,
})

/** What the page says in a row of a recipe: the settings of a runtime, with ours in place of its examples. */
function settings(heading: string, row: RegExp): Record<string, string> {
  const line = sectionOf(heading)
    .split('\n')
    .find((one) => row.test(one))
  const pairs = line?.matchAll(/\b([A-Z_]+)=([^\s`]+)/g) ?? []
  const ours = (value: string) =>
    value.replace('http://proxy.example.com:3128', proxy.url).replace('ca.pem', tls.ca)
  return Object.fromEntries(Array.from(pairs, ([, name, value]) => [name!, ours(value!)]))
}

const programs = wantedRuntimes.filter(({ id }) => /^(node\d+|deno|bun)$/.test(id))

describe.each(programs)('$name', (runtime) => {
  const kind = runtime.name.split(' ')[0]!
  const ca = () => settings('An own CA', new RegExp(`^\\| [^|]*${kind}`))
  const proxied = () => settings('A proxy', new RegExp(`^\\| [^|]*${kind}`))

  test('takes an unknown CA for no answer, never for "none"', async () => {
    expect(await runtime.runProgram(user, program(tls.host, {}))).toBe('CONNECTION\n')
  })

  test('trusts an own CA', async () => {
    expect(Object.keys(ca())).toHaveLength(1)
    expect(await runtime.runProgram(user, program(tls.host, ca()))).toBe(`${served.sbom}\n`)
  })

  test('goes through a proxy to a registry with TLS', async () => {
    proxy.used.length = 0
    expect(proxied()).toMatchObject({ HTTPS_PROXY: proxy.url })
    const output = await runtime.runProgram(user, program(tls.host, { ...ca(), ...proxied() }))
    expect(output).toBe(`${served.sbom}\n`)
    expect(new Set(proxy.used)).toEqual(new Set([`CONNECT ${tls.host}`]))
  })

  test('goes through a proxy to a registry without', async () => {
    proxy.used.length = 0
    const env = { ...proxied(), HTTP_PROXY: proxy.url }
    expect(await runtime.runProgram(user, program(served.host, env))).toBe(`${served.sbom}\n`)
    expect(proxy.used.length).toBeGreaterThan(0)
  })
})
