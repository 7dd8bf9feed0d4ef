// Story C.8: many writers at once, from several machines.
import { attach } from '../../src/index.ts'
import { pushImage } from '../_image.ts'
import { contentsOf, type Item, items, linkAll, list } from './_links.ts'
import { no, type Scenario, unless, type Verdict } from './scenario.ts'
import { makeWorld, type Registry, type World } from './world.ts'

/**
 * C.8: push many at once, from several machines, with no race.
 *
 * One writer does all of its work before each request of another one: before the first, before the second, and so on.
 */
async function writeTogether(world: World): Promise<Verdict> {
  const pair = await items(world, 2)
  // On a busy machine a writer reads again, and has more of them.
  const most = 3 + (await momentsAlone(world, pair))
  const moments = await Promise.all(
    Array.from({ length: most }, (_, moment) => meetAt(world, moment, pair)),
  )
  const losing = new Set(
    moments.filter(({ kept }) => kept < pair.length).map(({ line = '' }) => line),
  )
  const reason = `a link is lost before ${[...losing].join(', ')}`
  if ([...losing].some((line) => !line.startsWith('PUT'))) return no(reason)
  const lacking = losing.size > 0 ? [`${reason} of the other, while that is on its way`] : []
  if ((await overwrite(world, pair)) < pair.length)
    lacking.push(
      'a client that writes what it has read before, and does not look again, takes a link away',
    )
  return unless(lacking)
}

/**
 * Where nobody can be in the way: blobs have the name of their content.
 */
const isSafe = (path: string) => path.includes('/blobs/')

/** Two writers that do not meet: their requests count. How many moments the first one had. */
async function momentsAlone(world: World, [first, second]: readonly Item[]): Promise<number> {
  const { digest } = await linkAll(world, world.helper(), [])
  await attach(world.client(), digest, first!.input, world.write)
  const moments = world.sent.filter(({ path }) => !isSafe(path)).length
  await attach(world.client(), digest, second!.input, world.write)
  return moments
}

/** How many of two links are there after one was made before a request of the other; there may be no such request. */
async function meetAt(
  { place, strategy }: World,
  moment: number,
  [first, second]: readonly Item[],
): Promise<{ readonly line: string | undefined; readonly kept: number }> {
  const world = makeWorld(place, strategy)
  const { digest } = await pushImage(world.helper(), 'v1')
  let sent = 0
  let line: string | undefined
  const { prefix, fetch } = world.here
  const interrupted: Registry = {
    prefix,
    async fetch(request) {
      const path = new URL(request.url).pathname
      if (!isSafe(path) && sent++ === moment) {
        line = `${request.method} ${path.replace(/^.*?\/app\//, '')}`
        // With the waits that everybody has: shorter ones are for who is alone.
        await attach(world.helper(), digest, first!.input, { strategy })
      }
      return fetch(request)
    },
  }
  await attach(world.helper(interrupted), digest, second!.input, { strategy })
  // It had fewer requests.
  if (line === undefined) return { line, kept: 2 }
  return { line, kept: await keptOf(world, digest, [first!, second!]) }
}

/** How many of two links are there after the writes of one, as it would make them alone, follow the other. */
async function overwrite(
  { place, strategy }: World,
  [first, second]: readonly Item[],
): Promise<number> {
  const alone = makeWorld(place, strategy)
  const writes: Request[] = []
  const { prefix, fetch } = alone.here
  const { digest } = await pushImage(alone.helper(), 'v1')
  const recording: Registry = {
    prefix,
    fetch(request) {
      if (request.method === 'PUT' && request.url.includes('/manifests/'))
        writes.push(request.clone())
      return fetch(request)
    },
  }
  const write = { strategy, settle: 0 }
  await attach(alone.helper(recording), digest, second!.input, write)

  const world = makeWorld(place, strategy)
  await pushImage(world.helper(), 'v1')
  // What the second one has pushed is there, and its link too; the first one's comes after.
  await attach(world.helper(), digest, second!.input, write)
  await attach(world.helper(), digest, first!.input, write)
  for (const { method, url, headers, body } of writes) {
    const { protocol, pathname } = new URL(url)
    const [host, name] = world.here.prefix.split('/')
    const again = `${protocol}//${host}/v2/${name}/app/${pathname.split('/app/')[1]}`
    const bytes = await new Response(body).arrayBuffer()
    await world.here.fetch(new Request(again, { method, headers, body: bytes }))
  }
  return keptOf(world, digest, [first!, second!])
}

async function keptOf(world: World, digest: string, pair: readonly Item[]): Promise<number> {
  const helper = world.helper()
  const contents = await contentsOf(helper, await list(helper, digest, world.strategy))
  return pair.filter(({ content }) => contents.includes(content)).length
}

export const together: readonly Scenario[] = [
  {
    id: 'C.8',
    as: 'producer',
    story: 'push many at once, from several machines, with no race',
    how: 'One writer does all of its work before each request of another, at every moment there is. Partial where a client that writes without looking again, as most do, takes a link away. The requests are those of two writers that do not meet.',
    waits: true,
    run: writeTogether,
  },
]
