// Starts real registries that send pages ordinary CORS headers, and fills them from Node: a page sees no address of an
// upload there. Runs once, before the browser starts.
import type { TestProject } from 'vitest/node'
import { gateway } from '../../src/gateway/index.ts'
import { attach, type Digest, repository } from '../../src/index.ts'
import { serve } from '../../src/node/index.ts'
import { pushImage } from '../_image.ts'
import {
  distributionForPages,
  dockerRegistry,
  dockerRegistryForPages,
} from '../live/_registries.ts'
import { buildTools, requireDockerRegistry } from '../live/_tools.ts'

/** One of them, with an image at the tag `v1` of `team/app`. */
export interface LivePage {
  readonly host: string
  readonly image: Digest
  /** Eight of the image, and one signature of each of the first three. */
  readonly referrers: readonly Digest[]
  /** Another image, at `bare`, to which nothing is attached. */
  readonly bare: Digest
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** A gateway for all pages before a docker-registry that sends none of these headers; with an image at `v1`. */
    gateway: { readonly host: string; readonly image: Digest }
    live: Readonly<Record<'dockerRegistry' | 'distribution', LivePage>>
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  requireDockerRegistry()
  await buildTools()
  const running = await Promise.all([dockerRegistryForPages.start(), distributionForPages.start()])
  const hidden = await dockerRegistry.start()
  const server = await serve(gateway({ upstream: hidden.host, cors: '*' }))
  const { digest } = await pushImage(repository(`${hidden.host}/team/app`), 'v1')
  project.provide('gateway', { host: server.host, image: digest })
  const [first, second] = await Promise.all(running.map(({ host }) => fill(host)))
  project.provide('live', { dockerRegistry: first!, distribution: second! })
  return async () => {
    await server.close()
    await Promise.all([hidden, ...running].map((registry) => registry.stop()))
  }
}

async function fill(host: string): Promise<LivePage> {
  const app = repository(`${host}/team/app`)
  const image = await pushImage(app, 'v1')
  const bare = await pushImage(app, 'bare', 'bare')
  const referrers: Digest[] = []
  for (let i = 0; i < 8; i++) {
    const artifact = { artifactType: 'application/spdx+json', annotations: { number: `${i}` } }
    const made = await attach(app, image, artifact, { settle: 0 })
    referrers.push(made.digest)
    if (i >= 3) continue
    const signature = { artifactType: 'application/vnd.example.signature' }
    referrers.push((await attach(app, made, signature, { settle: 0 })).digest)
  }
  return { host, image: image.digest, referrers, bare: bare.digest }
}
