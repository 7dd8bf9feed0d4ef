// What cosign signed, attested and attached, in both of its formats, verifies at the destination of a copy.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { copy, diff, repository } from '../../src/index.ts'
import { distribution, dockerRegistry, olareg, type RunningRegistry } from '../live/_registries.ts'
import { type Clients, clientsFor } from '../live/_tools.ts'
import { type Cosign, startCosign } from './_cosign.ts'

const kinds = [dockerRegistry, olareg, distribution]
let running: readonly RunningRegistry[]
let clients: readonly Clients[]
let cosign: Cosign

beforeAll(async () => {
  running = await Promise.all(kinds.map((kind) => kind.start()))
  clients = await Promise.all(running.map((one) => clientsFor(one)))
  cosign = await startCosign()
  await writeFile(join(cosign.directory, 'sbom.json'), '{"spdxVersion":"SPDX-2.3"}')
})
afterAll(async () => {
  await cosign?.close()
  await Promise.all((clients ?? []).map((one) => one.close()))
  await Promise.all((running ?? []).map((one) => one.stop()))
})

test.each(
  kinds.flatMap((from, i) =>
    kinds.flatMap((to, j) => (i === j ? [] : [[from.name, to.name, i, j] as const])),
  ),
)(
  'from %s to %s',
  async (_, __, i, j) => {
    const name = `team/app-${i}-${j}`
    const digest = await clients[i]!.pushImage(name, 'v1')
    const source = `${running[i]!.host}/${name}@${digest}`
    for (const format of ['tags', 'default'] as const) {
      await cosign.sign(source, format)
      await cosign.attest(source, format, `{"format":"${format}"}`)
    }
    const sbom = ['--sbom', 'sbom.json', '--type', 'spdx', '--allow-http-registry']
    await cosign.run('attach', 'sbom', ...sbom, source)

    const here = repository(`${running[i]!.host}/${name}`)
    const there = repository(`${running[j]!.host}/${name}`)
    const report = await copy(here, 'v1', there, { referrers: true, depth: Infinity })
    expect(report.losses).toEqual([])
    expect(report.complete).toBe(true)
    const { onlyHere, complete } = await diff(here, 'v1', there, 'v1', { depth: Infinity })
    expect({ onlyHere, complete }).toEqual({ onlyHere: [], complete: true })

    const target = `${running[j]!.host}/${name}@${digest}`
    expect(await cosign.verify(target, 'cosign.pub')).not.toEqual([])
    expect(await cosign.verifyAttestation(target, 'cosign.pub', 'spdxjson')).toContain('payload')
    const old = ['--new-bundle-format=false', '--insecure-ignore-tlog', '--allow-http-registry']
    const byTags = await cosign.run('verify', '--key', 'cosign.pub', ...old, target)
    expect(byTags).toContain(digest)
    const download = ['download', 'sbom', '--allow-http-registry', target]
    expect(await cosign.run(...(download as [string]))).toContain('SPDX-2.3')
  },
  120_000,
)
