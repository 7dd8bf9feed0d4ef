// Stories C.2, C.5, C.12 and C.13: the life of artifacts, and its end.
import { type Descriptor, discover, type Referrer, type Repository, tags } from '../../src/index.ts'
import { findManifest, headManifest } from '../../src/registry/index.ts'
import { createdOf } from '../../src/tasks/lib/created.ts'
import { all } from '../_image.ts'
import {
  contentsOf,
  countOf,
  holdsExactly,
  type Item,
  items,
  linkAll,
  list,
  readsOf,
} from './_links.ts'
import { cleanUp, removeAll, removeImage } from './_take-away.ts'
import { no, partial, refusal, type Scenario, unless, type Verdict } from './scenario.ts'
import type { World } from './world.ts'

/** What is left of an image and what was linked to it. */
async function leftOf(
  repo: Repository,
  image: Descriptor,
  referrers: readonly Referrer[],
): Promise<readonly string[]> {
  const manifests = await Promise.all(
    [...referrers, image].map(({ digest }) => findManifest(repo, digest)),
  )
  const stored = manifests.filter(Boolean).length
  const hex = image.digest.split(':')[1]!
  const left = (await all(tags(repo))).filter(({ tag }) => tag.includes(hex)).length
  return [
    ...(stored > 0 ? [`leaves ${countOf(stored, 'manifest')}`] : []),
    ...(left > 0 ? [`leaves ${countOf(left, 'link tag')}`] : []),
  ]
}

/** C.2: when deleting an artifact, choose to delete what refers to it. */
async function chooseWhatGoes(world: World): Promise<Verdict> {
  const { strategy } = world
  const helper = world.helper()
  const stored = await items(world, 4)
  const [going, staying] = [stored.slice(0, 2), stored.slice(2)]
  const gone = await linkAll(world, helper, going, { tag: 'v1', seed: 'one' })
  const kept = await linkAll(world, helper, staying, { tag: 'v2', seed: 'two' })
  const [goes, stays] = [await list(helper, gone, strategy), await list(helper, kept, strategy)]
  const app = world.client()
  const lacking = await removeImage(world, app, 'v1', { referrers: true })
  lacking.push(...(await removeImage(world, app, 'v2', { referrers: false })))
  lacking.push(...(await leftOf(helper, gone, goes)))
  const others = await Promise.all(stays.map(({ digest }) => findManifest(helper, digest)))
  if (!others.every(Boolean)) lacking.push('what was to stay is gone')
  else if (!(await holdsExactly(helper, await list(helper, kept.digest, strategy), staying)))
    lacking.push('what was to stay is no longer listed')
  return unless(lacking)
}

/** C.5: help users see and manage the life of their artifacts. */
async function seeAndManage(world: World): Promise<Verdict> {
  const { strategy } = world
  const helper = world.helper()
  const stored = await items(world, 2)
  const image = await linkAll(world, helper, stored)
  const app = world.client()
  const { referrers, complete } = await discover(app, 'v1', { strategies: [strategy] })
  if (!complete || !(await holdsExactly(helper, referrers, stored))) return no('not all is seen')
  const named = await all(tags(app, { kind: 'named' }))
  if (named.length !== 1) return no(`takes ${named.length - 1} link tags for tags of people`)
  const [first, second] = stored
  const lacking: string[] = []
  const one = referrers.slice(0, 1)
  const refused = await refusal(() => removeAll(world, app, image, one))
  if (refused) return partial(`all is seen, nothing can be taken away: ${refused}`)
  const rest = await contentsOf(helper, await list(helper, image, strategy))
  if (rest.length !== 1) lacking.push(`${2 - rest.length} of 2 artifacts are taken away, not one`)
  else if (![first!.content, second!.content].includes(rest[0]!))
    lacking.push('another one is left')
  // Whose image is gone already.
  lacking.push(...(await removeImage(world, app, 'v1', { referrers: false })))
  const orphans = await list(app, image.digest, strategy)
  if (orphans.length < Math.min(rest.length, 1)) lacking.push('what has lost its image is not seen')
  const cleaned = await cleanUp(world, app)
  lacking.push(...cleaned.lacking)
  const left = await leftOf(helper, image, referrers)
  return unless(left.length > 0 ? [...lacking, ...left, ...cleaned.notes] : lacking)
}

/** What a rule of retention has to be: which to keep, and which to take away. */
interface Sorted {
  readonly wanted: readonly Item[]
  readonly unwanted: readonly Referrer[]
}

/** Takes away what a rule says, and looks at what is left. */
async function retain(
  world: World,
  repo: Repository,
  image: Descriptor,
  { wanted, unwanted }: Sorted,
): Promise<readonly string[]> {
  const helper = world.helper()
  await removeAll(world, repo, image, unwanted)
  if ((await headManifest(helper, 'v1'))?.digest !== image.digest) return ['the image is gone']
  const left = await list(helper, image, world.strategy)
  const contents = await contentsOf(helper, left)
  const lacking: string[] = []
  const lost = wanted.filter(({ content }) => !contents.includes(content)).length
  if (lost > 0) lacking.push(`${lost} of ${wanted.length} to be kept are gone`)
  if (contents.length > wanted.length - lost)
    lacking.push(`${contents.length - wanted.length + lost} to be taken away stay`)
  const stored = await Promise.all(unwanted.map(({ digest }) => findManifest(helper, digest)))
  const manifests = stored.filter(Boolean).length
  if (manifests > 0) lacking.push(`leaves ${countOf(manifests, 'manifest')}`)
  return lacking
}

/** Which referrers hold nothing that is to be kept; the others hold nothing else, or the rule cannot be followed. */
async function sortOut(
  world: World,
  found: readonly Referrer[],
  wanted: readonly Item[],
): Promise<Sorted | string> {
  const keep = wanted.map(({ content }) => content)
  const contents = await Promise.all(found.map((one) => contentsOf(world.helper(), [one])))
  const mixed = contents.find(
    (each) => each.some((one) => keep.includes(one)) && !each.every((one) => keep.includes(one)),
  )
  if (mixed) return `one referrer holds ${mixed.length} artifacts, which stay or go together`
  return {
    wanted,
    unwanted: found.filter((_, i) => !contents[i]!.some((one) => keep.includes(one))),
  }
}

const dates = ['03', '01', '04', '02'].map((day) => `2024-01-${day}T00:00:00Z`)

/** C.12: retention policies. */
async function keepNewest(world: World): Promise<Verdict> {
  const helper = world.helper()
  const stored = await items(world, dates.length, { created: dates })
  const image = await linkAll(world, helper, stored)
  const app = world.client()
  const found = await list(app, image, world.strategy, { annotations: {} })
  if (found.some((one) => createdOf(one) === undefined)) return no('what is listed has no dates')
  const sorted = await sortOut(world, found, [stored[0]!, stored[2]!])
  if (typeof sorted === 'string') return no(sorted)
  const byDate = found.toSorted((a, b) => createdOf(b)! - createdOf(a)!)
  return unless(await retain(world, app, image, { ...sorted, unwanted: byDate.slice(2) }))
}

/** C.13: put dates or number ranges on artifacts and apply retention by them. */
async function keepByRange(world: World): Promise<Verdict> {
  const { strategy } = world
  const helper = world.helper()
  const annotations = [9, 3, 7, 1].map((score) => ({ 'com.example.score': `${score}` }))
  const stored = await items(world, dates.length, { created: dates, annotations })
  const image = await linkAll(world, helper, stored)
  const app = world.client()
  const found = await list(app, image, strategy, { annotations: {} })
  const reads = readsOf(world, found)
  const scores = found.map((one) => Number(one.annotations?.['com.example.score']))
  if (scores.some(Number.isNaN)) return no('what is listed has no such annotations')
  const sorted = await sortOut(world, found, [stored[0]!, stored[2]!])
  if (typeof sorted === 'string') return no(sorted)
  const since = new Date('2024-01-03T00:00:00Z')
  const recent = await discover(app, 'v1', { strategies: [strategy], since })
  const lacking: string[] = []
  if (!(await holdsExactly(helper, recent.referrers, sorted.wanted)))
    lacking.push(`a range of dates finds ${recent.referrers.length} of ${sorted.wanted.length}`)
  const unwanted = found.filter((_, i) => scores[i]! < 5)
  lacking.push(...(await retain(world, app, image, { ...sorted, unwanted })))
  if (reads > 0) lacking.push(`reads ${countOf(reads, 'manifest')} for their annotations`)
  return unless(lacking)
}

export const keep: readonly Scenario[] = [
  {
    id: 'C.2',
    as: 'user',
    story: 'when deleting an artifact, choose to delete what refers to it',
    how: 'Of two images with two artifacts each one is deleted with them and one without, by `remove()`. Partial where something is left of the first, or taken from the second.',
    run: chooseWhatGoes,
  },
  {
    id: 'C.5',
    as: 'operator',
    story: 'help users see and manage the life of their artifacts',
    how: 'All that is linked is listed, and tags of people kept apart from link tags; one artifact is taken away by `detach()`; the other, whose image is gone, by `prune()`. Partial where something is left.',
    run: seeAndManage,
  },
  {
    id: 'C.12',
    as: 'operator',
    story: 'retention policies',
    how: 'Of four artifacts with dates the two newest stay, the others are detached.',
    run: keepNewest,
  },
  {
    id: 'C.13',
    as: 'user',
    story: 'put dates or number ranges on artifacts and apply retention by them',
    how: 'Of four artifacts with dates and scores those below a score go; a range of dates is listed too. Partial where manifests are read for it.',
    run: keepByRange,
  },
]
