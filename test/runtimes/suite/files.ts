// What `ocilink/node` adds, where there are files and ports. It is loaded when it is wanted: elsewhere it is not there.
import { attach, copy, discover, readArtifact } from 'ocilink'
import { embeddedRegistry } from 'ocilink/embedded'
import { equal } from './check.ts'
import { artifactOf, pushImage, sbom, spdx } from './content.ts'
import { type SuiteTest, test } from './test.ts'

/** Modules that only these tests need, so that a page can load the others. */
async function load() {
  const [node, fs, os, path] = await Promise.all([
    import('ocilink/node'),
    import('node:fs/promises'),
    import('node:os'),
    import('node:path'),
  ])
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), 'ocilink-files-'))
  const remove = () => fs.rm(directory, { recursive: true, force: true })
  return { ...node, ...fs, join: path.join, directory, remove }
}

/** The tests that need `ocilink/node`. */
export const files: readonly SuiteTest[] = [
  test('attaches a file', async ({ repo }) => {
    const { fileBlob, writeFile, join, directory, remove } = await load()
    const path = join(directory, 'sbom.json')
    await writeFile(path, '{"spdxVersion":"SPDX-2.3"}')
    const app = repo('withApi')
    await pushImage(app)
    await attach(app, 'v1', artifactOf(await fileBlob(path)))
    const read = await readArtifact(app, 'v1', { artifactType: 'application/vnd.example.data' })
    equal(await read.json(), { spdxVersion: 'SPDX-2.3' })
    await remove()
  }),

  test('copies into a directory and an archive file, and out again', async ({ repo }) => {
    const { layout, saveArchive, archive, join, directory, remove } = await load()
    const app = repo('withApi')
    await pushImage(app)
    await attach(app, 'v1', sbom)
    const box = await layout(join(directory, 'out'))
    await copy(app, 'v1', box.repository('app'), { referrers: true })
    await saveArchive(box, join(directory, 'out.tar'))
    await box.close()
    const file = await archive(join(directory, 'out.tar'))
    const to = repo('withoutApi', {}, 'loaded')
    equal((await copy(file.repository(), 'v1', to, { referrers: true })).complete, true)
    await file.close()
    await remove()
  }),

  test('serves a registry on a port', async () => {
    const { serve, remove } = await load()
    const { repository } = await import('ocilink')
    const server = await serve(embeddedRegistry())
    const app = repository(`${server.host}/app`)
    await pushImage(app)
    await attach(app, 'v1', sbom)
    equal((await discover(app, 'v1')).referrers.length, 1)
    await server.close()
    await remove()
  }),

  test('logs in with what docker has stored', async ({ hosts, repo }) => {
    const { dockerCredentials, writeFile, join, directory, remove } = await load()
    const bytes = new TextEncoder().encode('alice:wonder:länd')
    const auth = btoa(String.fromCharCode(...bytes))
    const path = join(directory, 'config.json')
    await writeFile(path, JSON.stringify({ auths: { [hosts.basic]: { auth } } }))
    const app = repo('basic', { credentials: dockerCredentials({ config: path }) })
    await pushImage(app)
    await attach(app, 'v1', sbom)
    equal((await discover(app, 'v1', { artifactType: spdx })).referrers.length, 1)
    await remove()
  }),
]
