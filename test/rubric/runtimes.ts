// Stories B.1, B.3 and B.5: what is there already goes on as it was, and can be told apart.
import {
  attach,
  detect,
  type ImageIndex,
  type ImageManifest,
  parseAnyManifest,
  type Repository,
} from '../../src/index.ts'
import { getBlobBytes, getManifest, listTags } from '../../src/registry/index.ts'
import { all } from '../_image.ts'
import { contentOf, countOf, holdsExactly, items, linkAll, list, pushIndex } from './_links.ts'
import { messageOf, no, partial, type Scenario, unless, type Verdict, yes } from './scenario.ts'
import type { Registry, World } from './world.ts'

/**
 * The config that a container runtime gets: of an index it takes the first entry that fits, as image-spec 1.1 says;
 * what is no image of layers it cannot run.
 */
async function pull(
  repo: Repository,
  reference: string,
  architecture: string,
): Promise<string | undefined> {
  const { bytes, descriptor } = await getManifest(repo, reference)
  const manifest = parseAnyManifest(bytes, descriptor.mediaType)
  if ('manifests' in manifest) {
    const entry = (manifest as ImageIndex).manifests.find(
      ({ platform }) =>
        !platform || (platform.os === 'linux' && platform.architecture === architecture),
    )
    return entry && pull(repo, entry.digest, architecture)
  }
  if (!('config' in manifest)) return undefined
  const { config, layers } = manifest as ImageManifest
  if (config.mediaType !== 'application/vnd.oci.image.config.v1+json') return undefined
  if (!layers.every(({ mediaType }) => /\.image\.(layer|rootfs)\./.test(mediaType)))
    return undefined
  await getBlobBytes(repo, config)
  return config.digest
}

/** B.1: container runtimes are not disturbed by the other artifacts. */
async function leaveRuntimesAlone(world: World): Promise<Verdict> {
  const helper = world.helper()
  const bare = world.helper(undefined, 'bare')
  await pushIndex(bare, 'v1')
  const platforms = ['amd64', 'arm64']
  const before = await Promise.all(platforms.map((platform) => pull(bare, 'v1', platform)))
  await linkAll(world, helper, await items(world, 3), { push: () => pushIndex(helper, 'v1') })
  const app = world.client()
  const after = await Promise.all(platforms.map((platform) => pull(app, 'v1', platform)))
  if (after.join() !== before.join()) return no('a runtime gets something else than the image')
  const tags = (await all(listTags(helper))).filter((tag) => tag !== 'v1')
  const pulled = await Promise.all(tags.map((tag) => pull(helper, tag, 'amd64')))
  const strange = pulled.filter((config) => config === undefined).length
  if (strange === 0) return yes
  return partial(
    `the image runs as before; who pulls all tags meets ${countOf(strange, 'tag')} that no runtime can run`,
  )
}

/** B.3: tag an artifact and pull it by that tag though it refers to something. */
async function pullByTag(world: World): Promise<Verdict> {
  const { strategy, write } = world
  const helper = world.helper()
  const stored = await items(world, 2)
  const image = await linkAll(world, helper, [])
  const app = world.client()
  const [first, second] = stored
  const attached = await attach(app, image.digest, first!.input, { ...write, tags: ['report-1'] })
  await attach(app, image.digest, second!.input, write)
  const { descriptor } = await getManifest(app, 'report-1')
  if (!(await contentOf(helper, 'report-1')).includes(first!.content))
    return no('something else is at the tag')
  const lacking: string[] = []
  if (descriptor.digest !== attached.digest) lacking.push('the tag has moved')
  const found = await list(helper, image, strategy)
  if (!(await holdsExactly(helper, found, stored))) lacking.push('it is no longer listed')
  if (!found.some(({ digest }) => digest === descriptor.digest))
    lacking.push('what is at the tag is not what is listed since another artifact was linked')
  return unless(lacking)
}

/** B.5: find out whether a registry supports references. */
async function detectSupport(world: World): Promise<Verdict> {
  const lacking = [
    await judgeDetection(world, world.here, 'this registry'),
    await judgeDetection(world, world.place.plain(), 'one that knows no references'),
  ].flat()
  const wrong = lacking.filter(({ wrong }) => wrong)
  if (wrong.length > 0) return no(wrong.map(({ text }) => text).join('; '))
  return unless(lacking.map(({ text }) => text))
}

/** Compares what is detected with what happens. */
async function judgeDetection(
  world: World,
  registry: Registry,
  name: string,
): Promise<readonly { readonly text: string; readonly wrong: boolean }[]> {
  const { strategy } = world
  const stored = await items(world, 1)
  await linkAll(world, world.helper(registry), [])
  const detection = await detect(world.client(registry), { strategies: [strategy] })
  const { read, write, because, error } = detection.strategies[0]!
  const helper = world.helper(registry)
  let works = false
  try {
    const image = await linkAll(world, helper, stored)
    works = await holdsExactly(helper, await list(helper, image, strategy), stored)
  } catch (failure) {
    messageOf(failure)
  }
  const readable = read === 'supported'
  if (works ? readable : [read, write].includes('unsupported')) return []
  const why = error?.message ?? (readable ? `of writing ${because}` : undefined)
  const text = `of ${name}, where linking ${works ? 'works' : 'fails'}, it says that reading is ${read}${why ? `: ${why}` : ''}`
  return [{ text, wrong: works ? read === 'unsupported' : write === 'supported' }]
}

export const runtimes: readonly Scenario[] = [
  {
    id: 'B.1',
    as: 'user',
    story: 'container runtimes are not disturbed by the other artifacts',
    how: 'Before and after three artifacts are linked to an index, a runtime pulls each platform. Partial where it could pull every tag before, and cannot now.',
    run: leaveRuntimesAlone,
  },
  {
    id: 'B.3',
    as: 'producer',
    story: 'tag an artifact and pull it by that tag though it refers to something',
    how: 'An artifact is linked with a tag of its own, and another one after it; the first is pulled by its tag and is still listed.',
    run: pullByTag,
  },
  {
    id: 'B.5',
    as: 'tool writer',
    story: 'find out whether a registry supports references',
    how: '`detect()` of this registry and of one that knows no references is compared with what happens when something is linked and listed. Partial where it could not tell.',
    run: detectSupport,
  },
]
