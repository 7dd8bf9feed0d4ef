// Images with a thousand referrers, and with somewhat more than the page looks behind.
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { attach, repository } from '../../src/index.ts'
import { type RunningServer, serve } from '../../src/node/index.ts'
import { pushImage } from '../_image.ts'

/** A registry that has them at `team/many:v1` and `team/some:v1`; there one of 101 is signed. */
export async function serveMany(): Promise<RunningServer> {
  const registry = embeddedRegistry({ profile: 'zot' })
  const attachTo = async (name: string, count: number) => {
    const repo = repository(`registry.test/${name}`, { fetch: registry.fetch })
    const image = await pushImage(repo)
    for (let n = 0; n < count; n++) {
      const one = { artifactType: 'text/plain', annotations: { n: `${n}` } }
      const made = await attach(repo, image, one)
      if (n === 100)
        await attach(repo, made, { artifactType: 'application/vnd.cncf.notary.signature' })
    }
  }
  await attachTo('team/many', 1000)
  await attachTo('team/some', 101)
  return serve(registry)
}
