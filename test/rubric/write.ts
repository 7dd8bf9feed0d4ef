// Stories C.1, C.3, C.6, C.7 and C.9: storing artifacts with a reference, and changing them.
import { attach, detach } from '../../src/index.ts'
import { findManifest } from '../../src/registry/index.ts'
import { pushImage } from '../_image.ts'
import { contentsOf, countOf, holdsExactly, items, linkAll, list, types } from './_links.ts'
import { no, partial, refusal, type Scenario, unless, type Verdict, yes } from './scenario.ts'
import type { World } from './world.ts'

/** C.1: store one or more artifacts with a reference to another. */
async function store(world: World): Promise<Verdict> {
  const { write } = world
  const helper = world.helper()
  const image = await linkAll(world, helper, [])
  const app = world.client()
  const blob = (data: string) => ({ data, mediaType: 'text/plain' })
  const config = { data: '{"a":1}', mediaType: 'application/vnd.example.config+json' }
  const shapes = {
    'of any type': { artifactType: types[2], blobs: [blob('one')] },
    'that is annotations only': { artifactType: types[0], annotations: { text: 'hello' } },
    'of several blobs': { artifactType: types[0], blobs: [blob('two'), blob('three')] },
    'with a config of its own': { artifactType: types[0], blobs: [blob('four')], config },
  }
  const refused: string[] = []
  for (const [shape, artifact] of Object.entries(shapes)) {
    const reason = await refusal(() => attach(app, image.digest, artifact, write))
    if (reason) refused.push(`none ${shape}: ${reason}`)
  }
  if (refused.length === Object.keys(shapes).length) return no(refused[0]!.replace(/^.*?: /, ''))
  const expected = Object.keys(shapes).length - refused.length
  const found = await list(app, image, world.strategy)
  const layered = found.reduce((sum, { layers }) => sum + (layers?.length ?? 1), 0)
  if (found.length < expected && layered < expected)
    return no(`lists ${found.length} of ${expected}`)
  return unless(refused)
}

/** C.3: push an artifact whose subject is not there yet. */
async function storeFirst(world: World): Promise<Verdict> {
  const { strategy, write } = world
  const helper = world.helper()
  const image = await pushImage(world.helper(world.place.other()), 'v1')
  const stored = await items(world, 1)
  const app = world.client()
  await attach(app, image, stored[0]!.input, write)
  const before = await holdsExactly(helper, await list(app, image.digest, strategy), stored)
  await pushImage(helper, 'v1')
  const after = await holdsExactly(helper, await list(world.client(), 'v1', strategy), stored)
  if (!after) return no('it is not listed when its subject is there')
  return unless(before ? [] : ['it is listed only when its subject is there'])
}

/** C.6: let users lock their tags, and references still work. */
async function lockTags(world: World): Promise<Verdict | undefined> {
  const registry = world.place.locked?.()
  if (!registry) return undefined
  const { strategy } = world
  const stored = await items(world, 2)
  const helper = world.helper(registry)
  await linkAll(world, helper, stored.slice(0, 1), { by: world.client(registry) })
  const reason = await refusal(() => linkAll(world, helper, stored, { by: world.client(registry) }))
  const contents = await contentsOf(helper, await list(helper, 'v1', strategy))
  const linked = stored.filter(({ content }) => contents.includes(content)).length
  if (linked === stored.length && !reason) return yes
  const text = `${linked} of ${countOf(stored.length, 'link')}${reason ? `: ${reason}` : ''}`
  return linked > 0 ? partial(text) : no(text)
}

/** C.7: replace an artifact by a newer one. */
async function replace(world: World): Promise<Verdict> {
  const { strategy, write } = world
  const helper = world.helper()
  const [older, newer] = await items(world, 2)
  const image = await linkAll(world, helper, [])
  const app = world.client()
  const old = await attach(app, image.digest, older!.input, write)
  await attach(app, image.digest, newer!.input, write)
  const { deleted, reason, action } = await detach(app, image.digest, old, write)
  const contents = await contentsOf(helper, await list(helper, image, strategy))
  if (!contents.includes(newer!.content)) return no('the newer one is gone too')
  const lacking: string[] = []
  if (contents.includes(older!.content)) lacking.push('the older one is still listed')
  if (!deleted || (await findManifest(helper, old.digest)))
    lacking.push(`the older one’s manifest stays (${reason ?? action ?? 'no reason given'})`)
  return unless(lacking)
}

/** C.9: record what my artifact needs from, or gives to, others in this or other registries. */
async function referToSeveral(world: World): Promise<Verdict> {
  const { strategy, write } = world
  const helper = world.helper()
  const here = await linkAll(world, helper, [])
  const elsewhere = await pushImage(world.helper(world.place.other()), 'v1', 'library')
  const stored = await items(world, 1)
  const app = world.client()
  const { settle } = write
  const outcomes = await attach(app, [here.digest, elsewhere], stored[0]!.input, {
    strategy,
    settle,
  })
  const failures = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome.error] : []))
  const reasons: string[] = []
  for (const failure of failures) reasons.push((await refusal(() => Promise.reject(failure)))!)
  if (failures.length === outcomes.length) return no(reasons[0]!)
  if (failures.length > 0) return partial(`${failures.length} of 2 is refused: ${reasons[0]}`)
  const found = await Promise.all(
    [here, elsewhere].map(({ digest }) => list(helper, digest, strategy)),
  )
  const complete = await Promise.all(found.map((each) => holdsExactly(helper, each, stored)))
  if (!complete.every(Boolean)) return no('not both list it')
  const manifests = new Set(found.flat().map(({ digest }) => digest)).size
  return unless(manifests > 1 ? [`${manifests} manifests, one for each reference`] : [])
}

export const write: readonly Scenario[] = [
  {
    id: 'C.1',
    as: 'user',
    story: 'store one or more artifacts with a reference to another',
    how: 'Artifacts are linked: of a type nobody knows, of annotations only, of several blobs, with a config of its own. Partial where some are refused.',
    run: store,
  },
  {
    id: 'C.3',
    as: 'user',
    story: 'push an artifact whose subject is not there yet',
    how: 'An artifact is linked to the descriptor of an image that is pushed after it; both moments are listed.',
    run: storeFirst,
  },
  {
    id: 'C.6',
    as: 'operator',
    story: 'let users lock their tags, and references still work',
    how: 'Two artifacts are linked one after the other on a registry whose tags cannot be moved.',
    run: lockTags,
  },
  {
    id: 'C.7',
    as: 'producer',
    story: 'replace an artifact by a newer one',
    how: 'An artifact is linked, then a newer one, then the first is detached. Partial where something of it stays.',
    run: replace,
  },
  {
    id: 'C.9',
    as: 'author',
    story: 'record what my artifact needs from, or gives to, others in this or other registries',
    how: 'One artifact is linked to an image of this repository and to one that another registry has. Yes where one manifest refers to both.',
    run: referToSeveral,
  },
]
