// What stands in the place of cdxgen's module, where cdxgen's programs do not come.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { attachBomNative, getBomWithOras } from '../../examples/drop-in/cdxgen/oci.ts'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { attach, type Descriptor, type Repository, repository } from '../../src/index.ts'
import { type RunningServer, serve } from '../../src/node/index.ts'
import { cosignTags } from '../../src/strategies/index.ts'
import { pushImage } from '../_image.ts'
import { bundleOf, envelopeOf, pushMulti, statementOf } from '../tasks/read/_attached.ts'

const CYCLONEDX = 'https://cyclonedx.org/bom'
const bom = (name: string) => ({ bomFormat: 'CycloneDX', specVersion: '1.6', metadata: { name } })

let server: RunningServer
let app: Repository
let image: string
let printed: string[]
beforeEach(async () => {
  server = await serve(embeddedRegistry())
  image = `${server.host}/team/app:v1`
  app = repository(`${server.host}/team/app`)
  printed = []
  vi.spyOn(console, 'log').mockImplementation((line) => printed.push(line))
})
afterEach(async () => {
  vi.restoreAllMocks()
  await server.close()
})

test('of several SBOMs it gives the newest', async () => {
  await pushImage(app)
  const digests = []
  for (const name of ['first', 'second']) digests.push(await attachBomNative(image, bom(name)))
  expect(await getBomWithOras(image)).toEqual(bom('second'))
  expect(printed).toEqual(
    digests.map((digest) => `Attached SBOM natively to ${image} via ${digest}`),
  )
})

test('of an index it gives the SBOM of a platform', async () => {
  await pushMulti(app)
  await attachBomNative(`${server.host}/team/app:multi`, bom('both'))
  await attachBomNative(`${server.host}/team/app:arm64`, bom('arm64'))
  expect(await getBomWithOras(`${server.host}/team/app:multi`)).toEqual(bom('both'))
  expect(await getBomWithOras(`${server.host}/team/app:multi`, 'linux/arm64')).toEqual(bom('arm64'))
})

test('where none is attached as such, it gives one that is stated about the image', async () => {
  const subject = await pushImage(app)
  const other = await pushImage(app, 'other', 'other')
  const stated = (about: Descriptor, name: string) => statementOf(about, CYCLONEDX, bom(name))
  await attach(app, subject, bundleOf(stated(other, 'of another image'), CYCLONEDX))
  expect(await getBomWithOras(image)).toBeUndefined()

  // As cosign 2 attaches an attestation.
  const mediaType = 'application/vnd.dsse.envelope.v1+json'
  const data = JSON.stringify(envelopeOf(stated(subject, 'stated')))
  const attestation = { artifactType: mediaType, blobs: [{ data, mediaType }] }
  await attach(app, subject, attestation, { strategy: cosignTags({ suffix: 'att' }) })
  expect(await getBomWithOras(image)).toEqual(bom('stated'))

  await attachBomNative(image, bom('attached'))
  expect(await getBomWithOras(image)).toEqual(bom('attached'))
})

test('it prints why it could not find out, and nothing where there is none', async () => {
  await pushImage(app)
  expect(await getBomWithOras(image)).toBeUndefined()
  expect(printed).toEqual([])
  await server.close()
  expect(await getBomWithOras(image)).toBeUndefined()
  expect(printed).toEqual([
    expect.stringMatching(`^Unable to pull the SBOM attachment for ${image}`),
  ])
})
