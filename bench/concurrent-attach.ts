// How many links are left when 8 processes attach 8 artifacts each, one after the other, to one image on a
// registry without the referrers API, where all of them rewrite one tag: with ocilink, oras and regctl.
// Every artifact is attached by a process of its own, so that no client can merge what it writes.
//
// npm run bench:concurrent [-- rounds [client ...]]
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { referrers, repository } from '../src/index.ts'
import { dockerRegistry } from '../test/live/_registries.ts'
import {
  buildTools,
  type Clients,
  clientsFor,
  requireDockerRegistry,
  run,
} from '../test/live/_tools.ts'
import { artifactType, mediaType, reportText } from './_artifact.ts'

const writers = 8
const attaches = 8
const [rounds = '3', ...chosen] = process.argv.slice(2)

interface Target {
  /** `host/name` */
  readonly repository: string
  readonly subject: string
}

/** Attaches a file of the clients' directory; rejects where the program fails. */
type Attach = (clients: Clients, target: Target, file: string) => Promise<unknown>

const client = fileURLToPath(new URL('./_client.ts', import.meta.url))

const contestants: Record<string, Attach> = {
  ocilink: ({ directory }, { repository, subject }, file) =>
    run(process.execPath, [client, 'attach', repository, subject, join(directory, file)]),
  oras: (clients, { repository, subject }, file) =>
    clients.oras(
      'attach',
      '--artifact-type',
      artifactType,
      `${repository}@${subject}`,
      `${file}:${mediaType}`,
    ),
  regctl: (clients, { repository, subject }, file) =>
    clients.regctl(
      ['artifact', 'put', '--artifact-type', artifactType, '--file-media-type', mediaType].concat([
        '--subject',
        `${repository}@${subject}`,
      ]),
      reportText(file),
    ),
}

requireDockerRegistry()
await buildTools()
const running = await dockerRegistry.start()
const clients = await clientsFor(running)
const files = Array.from({ length: writers * attaches }, (_, i) => `report-${i}.txt`)
await Promise.all(files.map((file) => writeFile(join(clients.directory, file), reportText(file))))
try {
  for (const [contestant, attach] of Object.entries(contestants)) {
    if (chosen.length > 0 && !chosen.includes(contestant)) continue
    for (let round = 1; round <= Number(rounds); round++) {
      const name = `bench/${contestant}-${round}`
      const subject = await clients.pushImage(name, 'v1')
      const target = { repository: `${running.host}/${name}`, subject }
      const done = await attachTogether((file) => attach(clients, target, file))
      let listed = 0
      for await (const _ of referrers(repository(target.repository), subject)) listed += 1
      console.log(
        `${contestant.padEnd(8)} ${listed} of ${files.length} listed, ${done} reported as done`,
      )
    }
  }
} finally {
  await clients.close()
  await running.stop()
}

/** Attaches all files, each writer its own one after the other; gives how many went well. */
async function attachTogether(attach: (file: string) => Promise<unknown>): Promise<number> {
  const lanes = Array.from({ length: writers }, (_, lane) =>
    files.filter((_, i) => i % writers === lane),
  )
  const counts = await Promise.all(
    lanes.map(async (lane) => {
      let done = 0
      for (const file of lane) {
        await attach(file).then(
          () => {
            done += 1
          },
          () => {},
        )
      }
      return done
    }),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}
