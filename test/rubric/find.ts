// Stories F.1 to F.6: finding what is stored, and what refers to it.
import { attach, newest, type Referrer } from '../../src/index.ts'
import { getManifest, listTags } from '../../src/registry/index.ts'
import { createdOf } from '../../src/tasks/lib/created.ts'
import { all } from '../_image.ts'
import {
  contentOf,
  contentsOf,
  countOf,
  holdsExactly,
  type Item,
  items,
  linkAll,
  list,
  readsOf,
} from './_links.ts'
import { no, partial, refusal, type Scenario, unless, type Verdict, yes } from './scenario.ts'
import type { World } from './world.ts'

/** F.1: find a stored artifact by digest or by tag. */
async function findByDigestOrTag(world: World): Promise<Verdict> {
  const { strategy, write } = world
  const helper = world.helper()
  const [first, second] = await items(world, 2)
  const image = await linkAll(world, helper, [first!])
  const [found] = await list(helper, image, strategy)
  if (!found) return no('what was linked is not listed')
  const app = world.client()
  await getManifest(app, found.digest)
  if (!(await holdsExactly(helper, [found], [first!]))) return no('another artifact is found')
  const tags = ['report-1']
  const refused = await refusal(() => attach(helper, image, second!.input, { ...write, tags }))
  if (refused) return partial(`by digest, and no tag can be given to it: ${refused}`)
  await getManifest(app, 'report-1')
  const tagged = await contentOf(helper, 'report-1')
  const others = tagged.filter((digest) => digest !== second!.content).length
  if (others === tagged.length) return partial('by digest; another artifact is at the tag')
  return unless(
    others > 0 ? [`what is at the tag holds ${countOf(others, 'other artifact')} too`] : [],
  )
}

/** F.2: find everything that refers to a given artifact, named by digest or tag. */
async function findAll(world: World): Promise<Verdict> {
  const helper = world.helper()
  const wanted = await items(world, 3, { types: 2 })
  const { digest } = await linkAll(world, helper, wanted)
  const app = world.client()
  const found = await Promise.all([digest, 'v1'].map((name) => list(app, name, world.strategy)))
  const complete = await Promise.all(found.map((each) => holdsExactly(helper, each, wanted)))
  if (complete.every(Boolean)) return yes
  const counts = found.map((each) => each.length).join(' and ')
  return complete.some(Boolean) ? partial(`lists ${counts} of 3`) : no(`lists ${counts} of 3`)
}

/** F.3: the same, of one type only. */
async function findByType(world: World): Promise<Verdict> {
  const { strategy } = world
  const helper = world.helper()
  const stored = await items(world, 6, { types: 2 })
  const image = await linkAll(world, helper, stored)
  const every = await list(helper, image, strategy)
  const artifactType = (
    await Promise.all(
      every.map(async (one) => {
        const contents = await contentOf(helper, one.digest)
        return contents.includes(stored[0]!.content) ? one.artifactType : undefined
      }),
    )
  ).find(Boolean)
  if (!artifactType) return no('what is listed has no type')
  const found = await list(world.client(), image, strategy, { artifactType })
  return judgeFilter(world, found, every, alternate(stored), 'types')
}

/** F.4: the same, filtered by annotations. */
async function findByAnnotation(world: World): Promise<Verdict> {
  const { strategy } = world
  const helper = world.helper()
  const stored = await items(world, 6)
  const image = await linkAll(world, helper, stored)
  const every = await list(helper, image, strategy)
  const annotations = stored[0]!.label
  const found = await list(world.client(), image, strategy, { annotations })
  return judgeFilter(world, found, every, alternate(stored), 'annotations')
}

/** Every second one: those of one type, and those of one label. */
const alternate = (stored: readonly Item[]) => stored.filter((_, i) => i % 2 === 0)

/** What a filter let through, and what had to be read for it. */
async function judgeFilter(
  world: World,
  found: readonly Referrer[],
  every: readonly Referrer[],
  wanted: readonly Item[],
  what: string,
): Promise<Verdict> {
  const contents = await contentsOf(world.helper(), found)
  const missing = wanted.filter(({ content }) => !contents.includes(content)).length
  if (missing > 0) return no(`${missing} of ${wanted.length} are not found`)
  const lacking: string[] = []
  const others = contents.length - wanted.length
  if (others > 0) lacking.push(`what is found holds ${countOf(others, 'other artifact')} too`)
  const digests = found.map(({ digest }) => digest)
  const rest = every.filter(({ digest }) => !digests.includes(digest))
  const reads = readsOf(world, rest)
  // One that is read to see whether a list says the truth is not what tells them apart.
  if (reads > 0 && reads === rest.length)
    lacking.push(`reads each manifest that is not wanted (${reads}) for their ${what}`)
  return unless(lacking)
}

/** F.5: get the newest artifact. */
async function findNewest(world: World): Promise<Verdict> {
  const { strategy } = world
  const helper = world.helper()
  const created = ['03', '07', '05', '01', '06', '02', '04'].map(
    (day) => `2024-01-${day}T00:00:00Z`,
  )
  const stored = await items(world, created.length, { created })
  const image = await linkAll(world, helper, stored)
  const found = await list(world.client(), image, strategy, { annotations: {} })
  const dates = found.map(createdOf)
  const undated = dates.filter((date) => date === undefined).length
  if (undated > 0) return no(`${undated} of ${found.length} that are listed have no date`)
  const latest = await contentsOf(helper, [newest(found)!])
  if (!latest.includes(stored[1]!.content)) return no('another one is found')
  const lacking: string[] = []
  if (latest.length > 1)
    lacking.push(`what is found holds ${countOf(latest.length - 1, 'older artifact')} too`)
  if (dates.some((date, i) => i > 0 && date! > dates[i - 1]!))
    lacking.push(`all ${found.length} are listed to know it: the list is not sorted by date`)
  const reads = readsOf(world, found)
  if (reads > 0) lacking.push(`reads ${countOf(reads, 'manifest')} for their dates`)
  return unless(lacking)
}

/** F.6: fewer tags spent on references. */
async function spendFewTags(world: World): Promise<Verdict> {
  const helper = world.helper()
  const stored = await items(world, 3)
  await linkAll(world, helper, stored, { by: world.client() })
  const spent = (await all(listTags(helper))).filter((tag) => tag !== 'v1').length
  if (spent === 0) return yes
  const reason = `spends ${countOf(spent, 'tag')} for ${stored.length} artifacts`
  return spent < stored.length ? partial(reason) : no(reason)
}

export const find: readonly Scenario[] = [
  {
    id: 'F.1',
    as: 'user',
    story: 'find a stored artifact by digest or by tag',
    how: 'An artifact is linked, another is linked with a tag of its own; each is read by its name.',
    run: findByDigestOrTag,
  },
  {
    id: 'F.2',
    as: 'user',
    story: 'find everything that refers to a given artifact, named by digest or tag',
    how: 'Three artifacts are linked; a client lists them by the image’s digest, another by its tag.',
    run: findAll,
  },
  {
    id: 'F.3',
    as: 'user',
    story: 'the same, of one type only',
    how: 'Of six artifacts of two types one type is listed. Partial where what is found holds others, or each manifest of another type is read to know that.',
    run: findByType,
  },
  {
    id: 'F.4',
    as: 'user',
    story: 'the same, filtered by annotations',
    how: 'Of six artifacts three have an annotation. Partial as above.',
    run: findByAnnotation,
  },
  {
    id: 'F.5',
    as: 'user',
    story: 'get the newest artifact, or newest collection',
    how: 'Of seven artifacts with dates the newest is wanted. Partial where the whole list, or manifests, are read for it.',
    run: findNewest,
  },
  {
    id: 'F.6',
    as: 'producer',
    story: 'fewer tags spent on references',
    how: 'Three artifacts are linked and new tags counted: yes is none, no is one for each.',
    run: spendFewTags,
  },
]
