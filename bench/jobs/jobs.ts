// The same twelve jobs with five tools, on two registries: the line of shell, requests, seconds, and whether it
// worked. Writes docs/tools.md.
//
// npm run bench:jobs [-- rounds [job ...]]: of some jobs only, by their numbers, nothing is written.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { cosignDirectory } from '../../test/cosign/_cosign.ts'
import { dockerRegistry, olareg } from '../../test/live/_registries.ts'
import {
  buildModule,
  buildTools,
  requireDockerRegistry,
  run,
  toolPath,
} from '../../test/live/_tools.ts'
import { type Job, type Tool, tools } from './_job.ts'
import { jobs } from './_jobs.ts'
import { type Measured, writePage } from './_page.ts'
import { wireOf } from './_wire.ts'
import { makeWorld, type World } from './_world.ts'

const [given = '3', ...numbers] = process.argv.slice(2)
const rounds = Number(given)
const chosen = jobs.filter((_, at) => numbers.length === 0 || numbers.includes(`${at + 1}`))

requireDockerRegistry()
await buildTools()
const cosignModule = fileURLToPath(new URL('../../test/cosign/', import.meta.url))
await buildModule(cosignModule, cosignDirectory, 'cosign (some minutes, and 2 GB of modules,')

const registries = [dockerRegistry, olareg]
const measured = new Map<string, Measured>()
const keyOf = (job: Job, tool: Tool, registry: string) => [job.title, tool, registry].join('\n')
for (const registry of registries) {
  const world = await makeWorld(registry)
  try {
    for (const job of chosen) {
      for (const [tool, all] of await runAll(world, job)) {
        const result = summed(all)
        measured.set(keyOf(job, tool, registry.name), result)
        const { requests, seconds, wrong } = result
        const end = wrong.length > 0 ? `no: ${wrong.join('; ')}` : `${seconds.toFixed(2)} s`
        console.log(`${registry.name}, ${job.title}: ${tool} ${requests} requests, ${end}`)
      }
    }
  } finally {
    await world.close()
  }
}
if (chosen.length === jobs.length) {
  const page = writePage({
    rounds,
    versions: await versions(),
    registries: registries.map(({ name }) => name),
    measured: (job, tool, registry) => measured.get(keyOf(job, tool, registry))!,
  })
  writeFileSync(new URL('../../docs/tools.md', import.meta.url), page)
}

interface Round {
  readonly requests: number
  readonly seconds: number
  readonly wrong: string | undefined
}

/** All rounds of a job with each tool that has a line for it: each in a repository of its own, the tools in turn. */
async function runAll(world: World, job: Job): Promise<ReadonlyMap<Tool, readonly Round[]>> {
  const able = tools.filter((tool) => typeof job.commands[tool] === 'string')
  const all = new Map<Tool, Round[]>(able.map((tool) => [tool, []]))
  for (let round = 1; round <= rounds; round++) {
    for (const tool of able) {
      const name = `job-${jobs.indexOf(job) + 1}/${tool}-${round}`
      all.get(tool)!.push(await runOnce(world, job, job.commands[tool] as string, name))
    }
  }
  return all
}

async function runOnce(world: World, job: Job, command: string, name: string): Promise<Round> {
  const prepared = await job.prepare(world, name)
  const repository = `${world.host}/${name}`
  const outcome = await world.shell(command, {
    REPO: repository,
    IMAGE: `${repository}:v1`,
    COPY: `${repository}-copy:v1`,
    BOX: `box-${name.replace('/', '-')}`,
  })
  const wire = wireOf(world.direct)
  const wrong = await job.check({ ...prepared, command, outcome, world, wire })
  return { requests: outcome.requests, seconds: outcome.seconds, wrong }
}

function summed(all: readonly Round[]): Measured {
  const wrong = all.flatMap(({ wrong }) => wrong ?? [])
  return {
    requests: median(all.map(({ requests }) => requests)),
    seconds: median(all.map(({ seconds }) => seconds)),
    wrong: [...new Set(wrong)].sort(),
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}

async function versions(): Promise<Record<string, string>> {
  const find = async (pattern: RegExp, program: string, ...args: string[]) =>
    pattern.exec(await run(program, args))?.[1] ?? 'of an unknown version'
  const tag = /VCSTag: +v(\S+)/
  return {
    'Node.js': process.versions.node,
    oras: await find(/Version: +(\S+)/, toolPath('oras'), 'version'),
    regctl: await find(tag, toolPath('regctl'), 'version'),
    cosign: await find(/GitVersion: +v(\S+)/, `${cosignDirectory}cosign`, 'version'),
    crane: await find(/v(\S+)/, toolPath('crane'), 'version'),
    'docker-registry': await find(/ (\d\S+)/, 'docker-registry', '--version'),
    olareg: await find(tag, toolPath('olareg'), 'version'),
  }
}
