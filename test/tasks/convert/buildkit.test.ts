// The attestations of an index that BuildKit has written, as referrers of OCI 1.1: the image stays what it is.
import { expect, test } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import { convert, discover, repository, statements, verifyConversion } from '../../../src/index.ts'
import { getManifest } from '../../../src/registry/index.ts'
import { buildkit, digestTags, ociSubject } from '../../../src/strategies/index.ts'
import { all } from '../../_image.ts'
import { pushLayout } from '../../_layout.ts'

const layout = new URL('../../vectors/recorded/buildkit0-layout/', import.meta.url)
const index = 'sha256:82893c6fbe7022873da65a60e7ff857e05035ec63d26be730e80c990684c2fde'

test.each([
  ['oci-subject', true, ociSubject()],
  ['oci-subject', false, ociSubject()],
  ['digest-tags', false, digestTags()],
] as const)(
  'become referrers by %s (API: %j), and the index is byte for byte the same',
  async (name, referrersApi, to) => {
    const { fetch } = embeddedRegistry({ referrersApi })
    const app = repository('registry.test/team/app', { fetch })
    await pushLayout(app, layout, 'latest')
    const before = await getManifest(app, 'latest')
    const predicates = (await all(statements(app, 'latest'))).map((one) => one.predicateType).sort()
    expect(predicates.length).toBeGreaterThan(0)

    const certificate = await convert(app, 'latest', { from: buildkit(), to, settle: 0 })
    expect(certificate).toMatchObject({
      image: { digest: index },
      tag: 'latest',
      imageUnchanged: true,
      complete: true,
    })
    expect(certificate.converted).toHaveLength(2)
    for (const { to: links } of certificate.converted) {
      expect(links).toMatchObject([{ strategy: name, payloadsEqual: true }])
    }
    expect(await verifyConversion(app, certificate)).toEqual({ valid: true, problems: [] })
    const after = await getManifest(app, 'latest')
    expect(after.bytes).toEqual(before.bytes)
    const found = await discover(app, 'latest', { scope: 'platform', strategies: [to] })
    expect(found.flat).toHaveLength(2)
    const ofEach = ['linux/amd64', 'linux/arm64'].map((platform) =>
      all(statements(app, 'latest', { platform, strategies: [to] })),
    )
    const read = (await Promise.all(ofEach)).flat()
    expect(read.map((one) => one.predicateType).sort()).toEqual(predicates)
  },
)
