// An image with a thousand referrers.
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { attach, repository } from '../../src/index.ts'
import { type RunningServer, serve } from '../../src/node/index.ts'
import { pushImage } from '../_image.ts'

/** A registry that has it at `team/many:v1`. */
export async function serveMany(): Promise<RunningServer> {
  const registry = embeddedRegistry({ profile: 'zot' })
  const repo = repository('registry.test/team/many', { fetch: registry.fetch })
  const image = await pushImage(repo)
  for (let n = 0; n < 1000; n++)
    await attach(repo, image, { artifactType: 'text/plain', annotations: { n: `${n}` } })
  return serve(registry)
}
