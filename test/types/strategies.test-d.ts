// Strategies are made by factories, each with its own options, and know the manifest that they write.
import {
  type Artifact,
  type ArtifactManifest,
  attach,
  type Descriptor,
  type ImageManifest,
  type Manifest,
  type NodeManifest,
  type Repository,
  referrers,
  type Strategy,
  type Via,
} from 'ocilink'
import * as strategies from 'ocilink/strategies'
import {
  artifactManifest,
  auto,
  buildkit,
  cosignTags,
  digestTags,
  indexAnnotations,
  nodeManifest,
  ociSubject,
  referenceField,
} from 'ocilink/strategies'
import { test } from 'vitest'

declare const app: Repository
declare const artifact: Artifact
declare const subject: Descriptor

test('every export is a factory of a strategy', () => {
  for (const factory of Object.values(strategies)) {
    const strategy: Strategy = factory()
    void strategy
  }
})

test('a strategy takes the options of its factory', () => {
  artifactManifest({ mediaType: 'application/vnd.oci.artifact.manifest.v1+json' })
  // @ts-expect-error a type that no artifact manifest has
  artifactManifest({ mediaType: 'application/vnd.oci.image.manifest.v1+json' })
  // @ts-expect-error it takes none
  auto({ strategies: [] })
  // @ts-expect-error the index is named by a tag or a digest
  buildkit({ index: 1 })
  cosignTags({ suffix: 'att' })
  // @ts-expect-error
  cosignTags({ suffx: 'att' })
  // @ts-expect-error not the text of a number
  digestTags({ inline: '1024' })
  // @ts-expect-error a list
  digestTags({ subjects: 'sha256:00' })
  // @ts-expect-error
  indexAnnotations({ tag: 'v1' })
  // @ts-expect-error text, or a function that makes it
  nodeManifest({ description: 1 })
  // @ts-expect-error it takes none
  ociSubject({ settle: 0 })
  // @ts-expect-error it takes none
  referenceField({})
})

test('what is chosen is a strategy, not its factory or its name', () => {
  referrers(app, 'v1', { strategy: ociSubject() })
  // @ts-expect-error a factory
  referrers(app, 'v1', { strategy: ociSubject })
  // @ts-expect-error a name
  referrers(app, 'v1', { strategy: 'oci-subject' })
  // @ts-expect-error a factory among strategies
  attach(app, 'v1', { artifactType: 'a/b' }, { strategy: digestTags })
})

test('a strategy knows the manifest that it writes', () => {
  const image: ImageManifest | Promise<ImageManifest> = ociSubject().describe(subject, artifact)
  const other: ArtifactManifest | Promise<ArtifactManifest> = artifactManifest().describe(
    subject,
    artifact,
  )
  const node: NodeManifest | Promise<NodeManifest> = nodeManifest().describe(subject, artifact)
  // @ts-expect-error OCI 1.1 writes image manifests
  const wrong: NodeManifest | Promise<NodeManifest> = ociSubject().describe(subject, artifact)
  const any: Strategy<Manifest> = nodeManifest()
  void [image, other, node, wrong, any]
})

test('who keeps a link is one of three, and a field of its own', () => {
  const via: Via = { strategy: 'mine', source: 'anywhere', kept: 'tag' }
  // @ts-expect-error no guessing
  const silent: Via = { strategy: 'mine', source: 'anywhere' }
  // @ts-expect-error nobody else keeps links
  const wrong: Via = { strategy: 'mine', source: 'anywhere', kept: 'index' }
  void [via, silent, wrong]
})

test('a strategy of one’s own has every verb', () => {
  const { withdraw, ...rest } = ociSubject()
  // @ts-expect-error one that cannot undo what it did
  const strategy: Strategy = rest
  void [withdraw, strategy]
})
