// The program as it is shipped: what its start costs beside a bare Node, and what it takes beside regctl on registries
// that answer 50 ms later. Each round starts every command once, in turn, so that a busy machine hits all alike.
//
// npm run bench:program [-- rounds]
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { dockerRegistry, type LiveRegistry, olareg } from '../test/live/_registries.ts'
import { buildTools, clientsFor, requireDockerRegistry, run } from '../test/live/_tools.ts'
import { artifactType, mediaType, reportText } from './_artifact.ts'

const rounds = Number(process.argv[2] ?? 15)
const delay = 50
const program = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

type Command = () => Promise<unknown>

/** Milliseconds of each command: the medians of all rounds but the first, which fills the system's caches. */
async function medians<Name extends string>(
  commands: Readonly<Record<Name, Command>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(commands) as Name[]
  const times = names.map(() => [] as number[])
  for (let round = 0; round <= rounds; round++) {
    for (const [at, name] of names.entries()) {
      const start = performance.now()
      await commands[name]()
      if (round > 0) times[at]!.push(performance.now() - start)
    }
  }
  const middle = times.map((all) => all.sort((a, b) => a - b)[Math.floor(rounds / 2)]!)
  return Object.fromEntries(names.map((name, at) => [name, middle[at]!])) as Record<Name, number>
}

const node = (...args: string[]) => run(process.execPath, args)
const ocilink = (...args: string[]) => node(program, ...args)

async function start(registry: LiveRegistry): Promise<void> {
  const running = await registry.start()
  const clients = await clientsFor(running)
  const image = `${running.host}/bench/start:v1`
  await clients.pushImage('bench/start', 'v1')
  await ocilink('attach', image, '-t', artifactType)
  const took = await medians({
    bare: () => node('-e', '0'),
    version: () => ocilink('version'),
    has: () => ocilink('has', image, '-t', artifactType),
  })
  const over = (name: 'version' | 'has') => `${name} +${(took[name] - took.bare).toFixed(0)} ms`
  console.log(
    `${registry.name}: node -e 0 ${took.bare.toFixed(0)} ms, ${over('version')}, ${over('has')}`,
  )
  await clients.close()
  await running.stop()
}

async function besideRegctl(registry: LiveRegistry): Promise<void> {
  const running = await registry.start()
  const direct = await clientsFor(running)
  const [ip = '', port = ''] = running.host.split(':')
  const proxy = fork(new URL('./_proxy.ts', import.meta.url), [ip, port, `${delay}`])
  const [host] = await once(proxy, 'message')
  const clients = await clientsFor({ host })
  const images = { ocilink: `${host}/bench/ocilink:v1`, regctl: `${host}/bench/regctl:v1` }
  for (const name of Object.keys(images)) await direct.pushImage(`bench/${name}`, 'v1')
  let label = 0
  const file = join(clients.directory, 'report.txt')
  const typed = ['--artifact-type', artifactType, '--file-media-type', mediaType]
  const contests: Record<string, { ocilink: Command; regctl: Command }> = {
    attach: {
      async ocilink() {
        await writeFile(file, reportText(`${label++}`))
        await ocilink('attach', images.ocilink, `${file}:${mediaType}`, '-t', artifactType)
      },
      regctl: () =>
        clients.regctl(
          ['artifact', 'put', ...typed, '--subject', images.regctl],
          reportText(`${label++}`),
        ),
    },
    list: {
      ocilink: () => ocilink('list', images.ocilink),
      regctl: () => clients.regctl(['artifact', 'list', images.regctl]),
    },
    has: {
      ocilink: () => ocilink('has', images.ocilink, '-t', artifactType),
      regctl: () =>
        clients.regctl([
          ...['artifact', 'list', '--filter-artifact-type', artifactType],
          images.regctl,
        ]),
    },
  }
  for (const [name, contest] of Object.entries(contests)) {
    const took = await medians(contest)
    const [ours, theirs] = [took.ocilink, took.regctl]
    console.log(
      `${registry.name}, ${delay} ms away: ${name} ocilink ${ours.toFixed(0)} ms, regctl ${theirs.toFixed(0)} ms, ratio ${(ours / theirs).toFixed(2)}`,
    )
  }
  proxy.disconnect()
  await clients.close()
  await direct.close()
  await running.stop()
}

requireDockerRegistry()
await buildTools()
for (const registry of [olareg, dockerRegistry]) {
  await start(registry)
  await besideRegctl(registry)
}
