// The embedded registry lets timers have their turn: its answers wait for nothing else, as long as a call has requests.
import { expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { artifacts, hasReferrer, referrers, repository, tags } from '../../src/index.ts'
import { all, pushImage } from '../_image.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const IMAGE = 'application/vnd.oci.image.manifest.v1+json'

/** A registry whose lists do not end, behind the embedded one. */
async function endless() {
  const { fetch } = embeddedRegistry()
  const subject = await pushImage(repository('r.test/app', { fetch }))
  let page = 0
  const app = repository('r.test/app', {
    async fetch(request) {
      const answer = await fetch(request)
      const { pathname } = new URL(request.url)
      const isTags = pathname.endsWith('/tags/list')
      if (!isTags && !pathname.includes('/referrers/')) return answer
      const digest = `sha256:${(++page).toString(16).padStart(64, '0')}`
      const entry = { mediaType: IMAGE, digest, size: 1, artifactType: 'a/b' }
      const body = isTags
        ? { name: 'app', tags: [`t${`${page}`.padStart(9, '0')}`] }
        : { schemaVersion: 2, mediaType: INDEX, manifests: [entry] }
      const link = `<${pathname}?page=${page}>; rel="next"`
      return Response.json(body, { headers: { 'content-type': INDEX, link } })
    },
  })
  return { app, subject }
}

type Set = Awaited<ReturnType<typeof endless>>
const calls: Record<string, (set: Set, signal: AbortSignal) => Promise<unknown>> = {
  referrers: ({ app, subject }, signal) => all(referrers(app, subject, { signal })),
  hasReferrer: ({ app, subject }, signal) =>
    hasReferrer(app, subject, { artifactType: 'x/y', signal }),
  artifacts: ({ app, subject }, signal) => all(artifacts(app, subject, { signal })),
  tags: ({ app }, signal) => all(tags(app, { signal })),
}

test.each(Object.entries(calls))(
  '%s() is ended by a signal that a timer aborts',
  async (_, call) => {
    const set = await endless()
    // Long before the thousandth page, at which lists end.
    const ended = call(set, AbortSignal.timeout(5))
    await expect(ended).rejects.toMatchObject({ name: 'TimeoutError' })
  },
)
