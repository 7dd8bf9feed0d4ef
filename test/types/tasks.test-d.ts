// What the calls take, and what they give back.
import {
  attach,
  type Descriptor,
  type Digest,
  detach,
  detect,
  discover,
  type FoundReferrer,
  hasReferrer,
  newest,
  type Referrer,
  type Repository,
  referrers,
} from 'ocilink'
import { digestTags, ociSubject } from 'ocilink/strategies'
import { test } from 'vitest'

declare const app: Repository
declare const descriptor: Descriptor
declare const referrer: Referrer
declare const unset: string | undefined
const artifactType = 'application/spdx+json'

test('an artifact has a type, and blobs have data or are descriptors', () => {
  attach(app, 'v1', { artifactType })
  attach(app, 'v1', { artifactType, blobs: [descriptor, { data: 'x', mediaType: artifactType }] })
  // @ts-expect-error no type
  attach(app, 'v1', { blobs: [] })
  // @ts-expect-error neither data nor a descriptor
  attach(app, 'v1', { artifactType, blobs: [{ mediaType: artifactType }] })
  // @ts-expect-error data is no number
  attach(app, 'v1', { artifactType, blobs: [{ data: 1, mediaType: artifactType }] })
  // @ts-expect-error annotations are text
  attach(app, 'v1', { artifactType, annotations: { count: 1 } })
  // @ts-expect-error a date, not its text
  attach(app, 'v1', { artifactType, created: '2026-11-26' })
})

test('a subject or referrer is text, a descriptor or a referrer', () => {
  detach(app, 'v1', 'sha256:00')
  detach(app, descriptor, referrer)
  // @ts-expect-error an object without size and type
  detach(app, 'v1', { digest: 'sha256:00' })
  // @ts-expect-error what to detach is missing
  detach(app, 'v1')
})

test('a filter that is given says something', () => {
  hasReferrer(app, 'v1', { artifactType: [artifactType, 'application/vnd.cyclonedx+json'] })
  // @ts-expect-error a variable that may not be set would ask for anything
  hasReferrer(app, 'v1', { artifactType: unset })
  // @ts-expect-error no such option
  hasReferrer(app, 'v1', { type: artifactType })
  // @ts-expect-error no such scope
  discover(app, 'v1', { scope: 'image' })
})

test('links are read through one strategy or several, not both', () => {
  const both = { strategy: ociSubject(), strategies: [digestTags()] }
  referrers(app, 'v1', { strategies: [ociSubject(), digestTags()] })
  // @ts-expect-error
  referrers(app, 'v1', both)
  // @ts-expect-error
  hasReferrer(app, 'v1', both)
  // @ts-expect-error
  discover(app, 'v1', both)
  // @ts-expect-error
  detect(app, both)
})

test('an answer is a promise, and a list is lazy', async () => {
  const has: boolean = await hasReferrer(app, 'v1')
  const list = referrers(app, 'v1')
  // @ts-expect-error a list is iterated, not awaited
  list.then
  // @ts-expect-error it has no length before it was read
  list.length
  for await (const found of list) {
    const digest: Digest = found.digest
    void digest
  }
  for await (const page of list.pages()) {
    const found: readonly Referrer[] = page
    void found
  }
  const latest: Referrer | undefined = await newest(list)
  const { referrers: all, complete }: { referrers: readonly FoundReferrer[]; complete: boolean } =
    await discover(app, 'v1')
  const first: FoundReferrer | undefined = newest(all)
  void [has, latest, complete, first]
})
