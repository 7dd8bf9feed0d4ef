// Stories B.2, B.4, B.6, B.7 and C.4: to other repositories, registries and directories.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { attach, type CopyReport, copy, isOcilinkError, type Repository } from '../../src/index.ts'
import { layout } from '../../src/node/index.ts'
import { headManifest, listTags } from '../../src/registry/index.ts'
import { all } from '../_image.ts'
import { contentsOf, countOf, holdsExactly, type Item, items, linkAll, list } from './_links.ts'
import { messageOf, no, type Scenario, unless, type Verdict, yes } from './scenario.ts'
import type { World } from './world.ts'

/** How many of some items are not linked in a repository, and why where a copy says so. */
async function lost(
  world: World,
  repo: Repository,
  stored: readonly Item[],
  report?: CopyReport,
): Promise<string | undefined> {
  let contents: readonly string[] = []
  let reason = report?.losses[0]?.reason
  try {
    contents = await contentsOf(repo, await list(repo, 'v1', world.strategy))
  } catch (error) {
    reason ??= messageOf(error)
  }
  const missing = stored.filter(({ content }) => !contents.includes(content)).length
  if (missing === 0) return undefined
  return `${missing} of ${stored.length} links are lost${reason ? `: ${reason}` : ''}`
}

/** B.2: move images to and from registries that know nothing of references. */
async function moveToPlain(world: World): Promise<Verdict> {
  const stored = await items(world, 2)
  const { digest } = await linkAll(world, world.helper(), stored)
  const [plain, there] = [world.place.plain(), world.place.other()]
  const options = { referrers: true, settle: 1 }
  const out = await copy(world.client(), 'v1', world.client(plain), options)
  const away = await lost(world, world.helper(plain), stored, out)
  const back = await copy(world.client(plain), 'v1', world.client(there), options)
  const [image, missing] = [
    await headManifest(world.helper(there), 'v1'),
    await lost(world, world.helper(there), stored, back),
  ]
  if (image?.digest !== digest) return no('the image is another one')
  const lacking: string[] = []
  if (away) lacking.push(`the image moves; there ${away}`)
  if (missing) lacking.push(`back again ${missing}`)
  return unless(lacking)
}

/** B.4: pushing to one repository changes nothing for a copy in another repository of the same registry. */
async function leaveCopiesAlone(world: World): Promise<Verdict> {
  const { strategy } = world
  const [first, second] = await items(world, 2)
  const [app, other] = [world.helper(), world.helper(undefined, 'copy')]
  await linkAll(world, app, [first!])
  await copy(app, 'v1', other, { referrers: true, settle: 1 })
  const look = async () => ({
    image: (await headManifest(other, 'v1'))?.digest,
    tags: await all(listTags(other)),
    found: (await list(other, 'v1', strategy)).map(({ digest }) => digest).sort(),
  })
  const before = await look()
  await linkAll(world, app, [first!, second!], { by: world.client() })
  const after = await look()
  if (before.found.length === 0) return no('the copy has lost what was linked')
  const changed = (['image', 'tags', 'found'] as const).filter(
    (what) => JSON.stringify(before[what]) !== JSON.stringify(after[what]),
  )
  return changed.length > 0 ? no(`the copy has other ${changed.join(' and ')}`) : yes
}

/** B.6: mount a large blob server-side when copying between repositories. */
async function mountBlobs(world: World): Promise<Verdict> {
  const size = 1 << 18
  const [large] = await items(world, 1, { size })
  await linkAll(world, world.helper(), [large!])
  const [from, to] = [world.client(), world.client(undefined, 'copy')]
  const report = await copy(from, 'v1', to, { referrers: true, settle: 1 })
  const blob = report.blobs.find(({ digest }) => digest === large!.content)
  if (!blob) return no(report.losses[0]?.reason ?? 'the blob is not copied')
  if (blob.status === 'mounted') return yes
  return no(`the blob is ${blob.status}: its ${size} bytes go through the client`)
}

/** B.7: keep references in an OCI image layout directory. */
async function keepInLayout(world: World): Promise<Verdict> {
  const directory = await mkdtemp(join(tmpdir(), 'ocilink-rubric-'))
  try {
    const stored = await items(world, 2, { types: 2 })
    const written = await layout(directory)
    try {
      const repo = written.repository('team/app', world.counted)
      await linkAll(world, written.repository('team/app'), stored, { by: repo })
    } finally {
      await written.close()
    }
    const box = await layout(directory, { readOnly: true })
    try {
      const found = await list(box.repository('team/app', world.counted), 'v1', world.strategy)
      if (await holdsExactly(box.repository('team/app'), found, stored)) return yes
      return no(`lists ${found.length} of ${stored.length} after the directory was opened again`)
    } finally {
      await box.close()
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** C.4: move an artifact with what refers to it to another registry. */
async function moveWithReferrers(world: World): Promise<Verdict> {
  const { strategy, write } = world
  const helper = world.helper()
  const [one, two, three] = await items(world, 3, { types: 2 })
  const image = await linkAll(world, helper, [one!, two!])
  const [first] = await list(helper, image, strategy)
  if (!first) return no('what was linked is not listed')
  // A signature of an SBOM, where something can be linked to what is linked.
  const nested = await attach(helper, first.digest, three!.input, write).catch((error) => {
    if (!isOcilinkError(error, 'UNSUPPORTED')) throw error
  })
  const registry = world.place.other()
  const report = await copy(world.client(), 'v1', world.client(registry), {
    referrers: true,
    depth: Number.POSITIVE_INFINITY,
    settle: 1,
  })
  const there = world.helper(registry)
  const missing = await lost(world, there, [one!, two!], report)
  if (missing) return no(missing)
  const lacking: string[] = []
  if (nested && !(await holdsExactly(there, await list(there, first.digest, strategy), [three!])))
    lacking.push('what refers to an artifact stays behind')
  if (!report.complete) lacking.push(`${countOf(report.losses.length, 'loss')}`)
  return unless(lacking)
}

export const move: readonly Scenario[] = [
  {
    id: 'B.2',
    as: 'user',
    story: 'move images to and from registries that know nothing of references',
    how: 'An image with two links is copied to such a registry, and from there to a new one of the first kind. Partial where links are lost.',
    run: moveToPlain,
  },
  {
    id: 'B.4',
    as: 'producer',
    story:
      'pushing to one repository changes nothing for a copy in another repository of the same registry',
    how: 'An image with a link is copied to another repository; another link is made to the first. The copy’s image, tags and links are as before.',
    run: leaveCopiesAlone,
  },
  {
    id: 'B.6',
    as: 'tool writer',
    story: 'mount a large blob server-side when copying between repositories',
    how: 'An image with an artifact of 256 KiB is copied; yes where that blob is mounted.',
    run: mountBlobs,
  },
  {
    id: 'B.7',
    as: 'tool writer',
    story: 'keep references in an OCI image layout directory',
    how: 'Two artifacts are linked in a directory on disk, which is closed, opened again, and listed.',
    anywhere: true,
    run: keepInLayout,
  },
  {
    id: 'C.4',
    as: 'user',
    story: 'move an artifact with what refers to it to another registry',
    how: 'An image with two artifacts, one of which something is linked to in turn, is copied to another registry of this kind.',
    run: moveWithReferrers,
  },
]
