// Builds the repositories of _graphs.ts, and looks at what is there.
import { embeddedRegistry } from '../../src/embedded/index.ts'
import {
  attach,
  type Descriptor,
  type Digest,
  digestTag,
  isOcilinkError,
  type Manifest,
  parseAnyManifest,
  type Repository,
  referrersTag,
  repository,
  type Strategy,
  successors,
  suffixTag,
} from '../../src/index.ts'
import { findManifest, pushBlob, putManifest } from '../../src/registry/index.ts'
import {
  cosignTags,
  digestTags,
  indexAnnotations,
  ociSubject,
  referenceField,
} from '../../src/strategies/index.ts'
import { type Graph, registries, type Step, ways } from './_graphs.ts'

const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
const INDEX = 'application/vnd.oci.image.index.v1+json'

/** A link that may be there. */
export interface Link {
  readonly subject: Digest
  readonly digest: Digest
  readonly strategy: Strategy
}

/** A repository, and what was put into it. */
export class World {
  readonly app: Repository
  readonly nodes: Descriptor[] = []
  /** Tags that a person set, with what each leads to. */
  readonly tags: Map<string, Digest> = new Map()
  readonly links: Link[] = []

  constructor(registry: number) {
    const { fetch } = embeddedRegistry(registries[registry])
    this.app = repository('registry.test/team/app', { fetch, retries: 0 })
  }

  /** Small numbers mean the latest. */
  at(number: number): Descriptor {
    const { length } = this.nodes
    const i = number < 60 ? length - 1 - (number % Math.min(4, length)) : number % length
    return this.nodes[i]!
  }

  add({ mediaType, digest, size }: Descriptor): Descriptor {
    const known = this.nodes.find((node) => node.digest === digest)
    if (!known) this.nodes.push({ mediaType, digest, size })
    return known ?? this.nodes.at(-1)!
  }

  async put(manifest: object): Promise<Descriptor> {
    return this.add((await putManifest(this.app, undefined, manifest as Manifest)).descriptor)
  }

  /** Tags what is there already. */
  async copyTo(name: string, { digest, mediaType }: Descriptor): Promise<void> {
    const stored = await findManifest(this.app, digest, { accept: [mediaType] })
    if (stored) await putManifest(this.app, name, stored.bytes, { mediaType })
  }

  /** What a person tags. */
  async setTag(name: string, to: Descriptor): Promise<void> {
    await this.copyTo(name, to)
    this.tags.set(name, to.digest)
  }

  link(subject: Descriptor, { digest }: Descriptor, ...strategies: readonly Strategy[]): void {
    for (const strategy of strategies) {
      this.links.push({ subject: subject.digest, digest, strategy })
    }
  }
}

/** Builds a graph; steps that the registry refuses are left out. */
export async function build({ registry, steps }: Graph): Promise<World> {
  const world = new World(registry)
  const config = await pushBlob(world.app, '{}', {
    mediaType: 'application/vnd.oci.image.config.v1+json',
  })
  for (const seed of ['one', 'two']) await world.put(imageOf(config, seed))
  for (const [i, step] of steps.entries()) {
    try {
      await run(world, step, `${i}`, config)
    } catch (error) {
      if (!isOcilinkError(error)) throw error
    }
  }
  return world
}

async function run(world: World, step: Step, seed: string, config: Descriptor): Promise<void> {
  switch (step.kind) {
    case 'manifest':
      return putArtifact(world, step, imageOf(config, seed))
    case 'index':
      return putIndex(world, step, seed)
    case 'release':
      return release(world, step, seed)
    case 'tag':
      return world.setTag(step.tag, world.at(step.of))
    case 'foreign':
      return linkByTag(world, step)
    case 'attach':
      return attachOne(world, step)
    default:
      step satisfies never
  }
}

type Of<Kind extends Step['kind']> = Extract<Step, { readonly kind: Kind }>

async function putArtifact(world: World, step: Of<'manifest'>, image: object): Promise<void> {
  const { subject, reference, refers } = step
  const fields = Object.entries({ subject, reference, refers }).flatMap(([field, number]) =>
    number === undefined ? [] : [[field, world.at(number)] as const],
  )
  const manifest = { ...image, artifactType: step.type, ...Object.fromEntries(fields) }
  const artifact = await world.put(manifest)
  for (const [field, to] of fields) {
    world.link(to, artifact, field === 'reference' ? referenceField() : ociSubject())
  }
}

async function putIndex(world: World, step: Of<'index'>, seed: string): Promise<void> {
  const entries = step.entries.map(({ of, mark, about }) => ({
    of: world.at(of),
    mark,
    about: world.at(about),
  }))
  const manifests = entries.map(({ of, mark, about }) => marked(of, mark, about))
  const subject = step.subject === undefined ? {} : { subject: world.at(step.subject) }
  const index = await world.put({ ...indexOf(manifests, seed), ...subject })
  for (const { of, about } of entries) world.link(about, of, digestTags(), indexAnnotations())
  if (subject.subject) world.link(subject.subject, index, ociSubject())
}

async function release(world: World, step: Of<'release'>, seed: string): Promise<void> {
  const [platform, artifact] = [world.at(step.platform), world.at(step.artifact)]
  const manifests = [marked(platform, 'platform', platform), marked(artifact, step.mark, platform)]
  let published = await world.put(indexOf(manifests, seed))
  world.link(platform, artifact, digestTags(), ociSubject())
  if (step.atDigestTag) {
    await world.copyTo(digestTag(platform.digest, artifact.digest, 'sbom'), published)
  }
  if (step.nested) published = await world.put(indexOf([published], seed))
  if (step.tag) await world.setTag(step.tag, published)
}

async function linkByTag(world: World, step: Of<'foreign'>): Promise<void> {
  const [subject, artifact] = [world.at(step.subject), world.at(step.artifact)]
  const to = step.to === undefined ? artifact : world.at(step.to)
  const { tag, strategies } = {
    D: { tag: digestTag(subject.digest, artifact.digest, 'sbom'), strategies: [digestTags()] },
    cosign: { tag: suffixTag(subject.digest, 'sbom'), strategies: [cosignTags()] },
    bare: {
      tag: referrersTag(subject.digest),
      strategies: [ociSubject(), indexAnnotations(), referenceField()],
    },
  }[step.spelling]
  await world.copyTo(tag, to)
  world.link(subject, step.spelling === 'cosign' ? to : artifact, ...strategies)
}

async function attachOne(world: World, step: Of<'attach'>): Promise<void> {
  const way = ways[step.way]!
  const { digest } = world.at(step.also ?? 0)
  const several = way.name === 'digest-tags' && step.also !== undefined
  const strategy = several ? digestTags({ subjects: [digest] }) : way
  const type = 'application/spdx+json'
  const artifact = { artifactType: type, blobs: [{ data: step.text, mediaType: type }] }
  // Cosign's manifest has tags of its own only.
  const tag = way.name === 'cosign-tags' ? undefined : step.tag
  const how = { strategy, settle: 0, ...(tag && { tags: [tag] }) }
  const subject = world.at(step.subject)
  try {
    const attached = world.add(await attach(world.app, subject, artifact, how))
    world.link(subject, attached, way)
    if (several) world.link(world.at(step.also!), attached, way)
  } finally {
    // It may be there although the link was refused after that.
    const stored = tag && (await findManifest(world.app, tag))
    if (stored) world.tags.set(tag, world.add(stored.descriptor).digest)
  }
}

function imageOf(config: Descriptor, seed: string): object {
  const layers = [{ ...config, mediaType: 'application/spdx+json' }]
  return { schemaVersion: 2, mediaType: IMAGE, config, layers, annotations: { seed } }
}

function indexOf(manifests: readonly Descriptor[], seed: string): object {
  return { schemaVersion: 2, mediaType: INDEX, manifests, annotations: { seed } }
}

function marked(of: Descriptor, mark: string, { digest }: Descriptor): Descriptor {
  switch (mark) {
    case 'platform':
      return { ...of, platform: { os: 'linux', architecture: 'amd64' } }
    case 'D':
      return { ...of, annotations: { 'org.opencontainers.reference': digest } }
    case 'F':
      return { ...of, annotations: { 'org.opencontainers.reference.digest': digest } }
    case 'buildkit': {
      const annotations = {
        'vnd.docker.reference.type': 'attestation-manifest',
        'vnd.docker.reference.digest': digest,
      }
      return { ...of, platform: { os: 'unknown', architecture: 'unknown' }, annotations }
    }
    default:
      return of
  }
}

/** What a tag leads to and all that this lists, as far as it is there. */
export async function closure(app: Repository, tag: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  const rest: { readonly name: string; readonly mediaType?: string }[] = [{ name: tag }]
  for (let next = rest.pop(); next; next = rest.pop()) {
    const { name, mediaType } = next
    const stored = await findManifest(app, name, mediaType ? { accept: [mediaType] } : {})
    if (!stored || found.has(stored.descriptor.digest)) continue
    found.add(stored.descriptor.digest)
    const manifest = parseAnyManifest(stored.bytes, stored.descriptor.mediaType)
    for (const { role, descriptor } of successors(manifest)) {
      const { digest, mediaType } = descriptor
      if (role === 'manifest' || role === 'object') rest.push({ name: digest, mediaType })
    }
  }
  return found
}

/** A link that is listed. */
export interface ListedLink {
  readonly subject: Digest
  readonly digest: Digest
  /** Name of the strategy. */
  readonly name: string
}

/** All ways, each by itself: discover() has one entry for what is linked to several subjects. */
export const eachWay: readonly Strategy[] = [
  ...ways.filter(({ choices }) => !choices),
  cosignTags(),
]

/** What is attached to what, by every way but entries of an index. */
export async function listLinks({ app, nodes }: World): Promise<readonly ListedLink[]> {
  const lists = nodes.flatMap(({ digest }) => eachWay.map((way) => listOne(app, digest, way)))
  return (await Promise.all(lists)).flat()
}

/** The same of one subject and way. */
export async function listOne(
  app: Repository,
  subject: Digest,
  strategy: Strategy,
): Promise<readonly ListedLink[]> {
  const found: ListedLink[] = []
  // What cannot be read is in no list.
  const options = { everywhere: true, onUnreadable: () => {} }
  try {
    for await (const { digest, via, ...one } of strategy.discover(app, subject, options)) {
      if (via.some(({ kept }) => kept === 'entry')) continue
      found.push({ subject: one.subject.digest, digest, name: strategy.name })
    }
  } catch (error) {
    if (!isOcilinkError(error)) throw error
  }
  return found
}
