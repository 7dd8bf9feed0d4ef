// Takes an image with everything that is attached to it on a stick, to where no network is.
//
//   node examples/air-gap.ts save registry.example.com/team/app:v1 /media/stick/app.tar
//   node examples/air-gap.ts load /media/stick/app.tar mirror.example.com/team/app:v1
import { mkdtemp, rm } from 'node:fs/promises'
import { copy, diff, locate } from 'ocilink'
import { archive, dockerCredentials, layout, saveArchive } from 'ocilink/node'

const [verb, from = '', to = ''] = process.argv.slice(2)
const credentials = dockerCredentials()
// Signatures of SBOMs too, and what is attached to those.
const everything = { referrers: true, depth: Infinity }

if (verb === 'save') await save(from, to)
else await load(from, to)

async function save(reference: string, file: string): Promise<void> {
  const { repo, subject } = locate(reference, { credentials })
  // Beside the archive, where there is room: a layout that all is copied to first.
  const directory = await mkdtemp(`${file}.`)
  try {
    const box = await layout(directory)
    const report = await copy(repo, subject, box.repository(repo.name), everything)
    if (!report.complete) throw new Error('something stayed behind', { cause: report })
    const size = await saveArchive(box, file)
    console.log(`Saved ${report.referrers.length} referrers, ${size} bytes`)
    await box.close()
  } finally {
    await rm(directory, { recursive: true })
  }
}

async function load(file: string, reference: string): Promise<void> {
  const { repo, subject } = locate(reference, { credentials })
  const box = await archive(file)
  const source = box.repository(repo.name)
  const { complete, referrers } = await copy(source, subject, repo, everything)
  const left = await diff(source, subject, repo, subject, { depth: Infinity })
  const isAll = complete && left.complete && left.onlyHere.length === 0
  console.log(
    `Loaded ${referrers.length} referrers, ${isAll ? 'and nothing stayed behind' : 'NOT all'}`,
  )
  await box.close()
}
