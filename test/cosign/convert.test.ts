// What cosign signed, attested and attached at its tags, turned into referrers of OCI 1.1 and back: cosign accepts it
// before and after, and the image is as it was.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Certificate,
  convert,
  discover,
  referrers,
  repository,
  tags,
  verifyConversion,
} from '../../src/index.ts'
import { cosignTags, ociSubject } from '../../src/strategies/index.ts'
import { all } from '../_image.ts'
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

const old = ['--new-bundle-format=false', '--insecure-ignore-tlog', '--allow-http-registry']

test.each(kinds.map((kind, i) => [kind.name, i] as const))(
  'on %s',
  async (_, i) => {
    const name = 'team/app'
    const digest = await clients[i]!.pushImage(name, 'v1')
    const image = `${running[i]!.host}/${name}@${digest}`
    const accepts = async () => {
      expect(await cosign.run('verify', '--key', 'cosign.pub', ...old, image)).toContain(digest)
      const type = ['--type', 'spdxjson']
      const attested = [
        'verify-attestation',
        '--key',
        'cosign.pub',
        ...type,
        ...old,
        image,
      ] as const
      expect(await cosign.run(...attested)).toContain('payload')
      expect(await cosign.run('download', 'sbom', '--allow-http-registry', image)).toContain('SPDX')
    }
    await cosign.sign(image, 'tags')
    await cosign.attest(image, 'tags', '{"format":"tags"}')
    const sbom = ['--sbom', 'sbom.json', '--type', 'spdx', '--allow-http-registry']
    await cosign.run('attach', 'sbom', ...sbom, image)
    await accepts()

    const app = repository(`${running[i]!.host}/${name}`)
    const turned = await convert(app, 'v1', { from: cosignTags(), to: ociSubject() })
    expect(turned).toMatchObject({ complete: true, imageUnchanged: true, image: { digest } })
    const isEqual = ({ payloadsEqual }: { readonly payloadsEqual: boolean }) => payloadsEqual
    expect(turned.converted.flatMap(({ to }) => to).every(isEqual)).toBe(true)
    expect(turned.converted).toHaveLength(3)
    const written: Certificate = JSON.parse(JSON.stringify(turned))
    expect(await verifyConversion(app, written)).toEqual({ valid: true, problems: [] })
    await accepts()

    // Without the tags only the referrers hold it; from them cosign gets it back.
    const moved = await convert(app, 'v1', { from: cosignTags(), to: ociSubject(), keep: false })
    expect(moved.complete).toBe(true)
    const left = (await all(tags(app))).filter(({ tag }) => /\.(sig|att|sbom)$/.test(tag))
    expect(left).toEqual([])
    await expect(accepts()).rejects.toThrow()
    expect(await all(referrers(app, 'v1'))).toHaveLength(3)

    const back = await convert(app, 'v1', { from: ociSubject(), to: cosignTags() })
    expect(back).toMatchObject({ complete: true, imageUnchanged: true })
    await accepts()
    expect((await discover(app, 'v1')).complete).toBe(true)
  },
  180_000,
)
