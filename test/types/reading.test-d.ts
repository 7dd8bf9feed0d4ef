// What reading and attaching to several give back.
import {
  type AttachOutcome,
  artifacts,
  attach,
  type Descriptor,
  type FoundStatement,
  type Listing,
  platforms,
  type ReadArtifact,
  type Referrer,
  type Repository,
  readArtifact,
  statements,
} from 'ocilink'
import { digestTags, ociSubject } from 'ocilink/strategies'
import { test } from 'vitest'

declare const app: Repository
declare const unset: string | undefined
const artifact = { artifactType: 'application/spdx+json' }

test('one subject in one way gives a referrer, several give outcomes', async () => {
  const one: Referrer = await attach(app, 'v1', artifact)
  const chosen: Referrer = await attach(app, 'v1', artifact, { strategy: ociSubject() })
  const listed: Referrer = await attach(app, 'v1', artifact, { waitUntilListed: 1000 })
  const several: readonly AttachOutcome[] = await attach(app, ['v1', 'v2'], artifact)
  const strategies = [ociSubject(), digestTags()]
  const ways: readonly AttachOutcome[] = await attach(app, 'v1', artifact, { strategies })
  // @ts-expect-error several are no referrer
  const wrong: Referrer = await attach(app, ['v1'], artifact)
  // @ts-expect-error a tag is of one referrer
  attach(app, ['v1', 'v2'], artifact, { tags: ['sbom'] })
  // @ts-expect-error no such option
  attach(app, 'v1', artifact, { wait: true })
  return [one, chosen, listed, several, ways, wrong]
})

test('an outcome is a referrer or an error', async () => {
  const [outcome] = await attach(app, ['v1'], artifact)
  if (outcome?.error) {
    const none: undefined = outcome.referrer
    return none
  }
  const referrer: Referrer | undefined = outcome?.referrer
  // @ts-expect-error it may be an error
  const sure: Referrer = (await attach(app, ['v1'], artifact))[0]?.referrer
  return [referrer, sure]
})

test('what is read is a referrer with content', async () => {
  const found: ReadArtifact = await readArtifact(app, 'v1', { platform: 'linux/arm64' })
  const referrer: Referrer = found
  const typed: { a: 1 } = await found.json<{ a: 1 }>()
  const blob: Descriptor | undefined = found.blobs[0]
  const all: Listing<ReadArtifact> = artifacts(app, found)
  const stated: Listing<FoundStatement> = statements(app, 'v1')
  const images: readonly Descriptor[] = await platforms(app, 'v1')
  // @ts-expect-error a variable that may not be set would ask for anything
  readArtifact(app, 'v1', { artifactType: unset })
  // @ts-expect-error likewise
  statements(app, 'v1', { predicateType: unset })
  // @ts-expect-error likewise
  artifacts(app, 'v1', { platform: unset })
  return [referrer, typed, blob, all, stated, images]
})

test('no statement is verified here', async () => {
  for await (const { verified } of statements(app, 'v1')) {
    const never: false = verified
    // @ts-expect-error it is never true
    const always: true = verified
    return [never, always]
  }
  return []
})
