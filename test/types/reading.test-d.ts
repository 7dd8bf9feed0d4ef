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
import { expectTypeOf, test } from 'vitest'

declare const app: Repository
declare const unset: string | undefined
const artifact = { artifactType: 'application/spdx+json' }

test('one subject in one way gives a referrer, several give outcomes', () => {
  expectTypeOf(attach(app, 'v1', artifact)).resolves.toEqualTypeOf<Referrer>()
  expectTypeOf(
    attach(app, 'v1', artifact, { strategy: ociSubject() }),
  ).resolves.toEqualTypeOf<Referrer>()
  expectTypeOf(
    attach(app, 'v1', artifact, { waitUntilListed: 1000 }),
  ).resolves.toEqualTypeOf<Referrer>()
  type Outcomes = readonly AttachOutcome[]
  expectTypeOf(attach(app, ['v1', 'v2'], artifact)).resolves.toEqualTypeOf<Outcomes>()
  const strategies = [ociSubject(), digestTags()]
  expectTypeOf(attach(app, 'v1', artifact, { strategies })).resolves.toEqualTypeOf<Outcomes>()
  // @ts-expect-error a tag is of one referrer
  attach(app, ['v1', 'v2'], artifact, { tags: ['sbom'] })
  // @ts-expect-error no such option
  attach(app, 'v1', artifact, { wait: true })
})

test('an outcome is a referrer or an error', async () => {
  const [outcome] = await attach(app, ['v1'], artifact)
  if (outcome?.error) expectTypeOf(outcome.referrer).toEqualTypeOf<undefined>()
  else if (outcome) expectTypeOf(outcome.referrer).toEqualTypeOf<Referrer>()
})

test('what is read is a referrer with content', async () => {
  const found = await readArtifact(app, 'v1', { platform: 'linux/arm64' })
  expectTypeOf(found).toEqualTypeOf<ReadArtifact>()
  expectTypeOf(found).toExtend<Referrer>()
  expectTypeOf(found.json()).resolves.toEqualTypeOf<unknown>()
  expectTypeOf(found.json<{ a: 1 }>()).resolves.toEqualTypeOf<{ a: 1 }>()
  expectTypeOf(found.blobs[0]!).toExtend<Descriptor>()
  expectTypeOf(artifacts(app, found)).toEqualTypeOf<Listing<ReadArtifact>>()
  expectTypeOf(statements(app, 'v1')).toEqualTypeOf<Listing<FoundStatement>>()
  expectTypeOf(platforms(app, 'v1')).resolves.toEqualTypeOf<readonly Descriptor[]>()
  // @ts-expect-error a variable that may not be set would ask for anything
  readArtifact(app, 'v1', { artifactType: unset })
  // @ts-expect-error likewise
  statements(app, 'v1', { predicateType: unset })
  // @ts-expect-error likewise
  artifacts(app, 'v1', { platform: unset })
})

test('no statement is verified here', async () => {
  for await (const { verified } of statements(app, 'v1')) {
    expectTypeOf(verified).toEqualTypeOf<false>()
  }
})
