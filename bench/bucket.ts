// Requests a second that 1, 2 and 3 processes of `ocilink serve --s3` answer on one store: the Versity gateway, or
// SeaweedFS. All of them, the store and who asks share the processors of this machine, so more processes are faster
// only as long as those are not all busy: the last column says how many were.
//
// npm run bench:bucket [-- versitygw | seaweedfs]
import { availableParallelism, cpus } from 'node:os'
import { descriptor, digestOf, IMAGE, image, pushBlob } from '../test/embedded/_registry.ts'
import { type ServingProcess, startProcess } from '../test/stores/_processes.ts'
import { type RunningStore, startStore } from '../test/stores/_stores.ts'

const connections = 16
const seconds = 5
const [name = 'versitygw'] = process.argv.slice(2)

const subject = descriptor(image(), IMAGE)
const layer = 'x'.repeat(4096)

/** One request of a kind, the n-th, to one of the processes. */
type Ask = (process: ServingProcess, n: number) => Promise<Response>

const put = ({ send }: ServingProcess, body: string) =>
  send('PUT', `/v2/app/manifests/${digestOf(body)}`, { body, headers: { 'Content-Type': IMAGE } })

const kinds: Readonly<Record<string, Ask>> = {
  'push a blob of 4 KiB': ({ send }, n) => {
    const body = `${n} ${layer}`
    return send('POST', `/v2/app/blobs/uploads/?digest=${digestOf(body)}`, { body })
  },
  attach: (process, n) => put(process, image({ subject, annotations: { n: `${n}` } })),
  'pull a manifest by its tag': ({ send }) => send('GET', '/v2/app/manifests/v1'),
  'pull a blob of 4 KiB': ({ send }) => send('GET', `/v2/app/blobs/${digestOf(layer)}`),
  'list 100 referrers': ({ send }) => send('GET', `/v2/listed/referrers/${subject.digest}`),
}

/** Asks over all connections for some seconds; gives the requests a second, and the processors that were busy. */
async function measure(processes: readonly ServingProcess[], ask: Ask) {
  const before = busy()
  const begin = performance.now()
  const until = begin + seconds * 1000
  let count = 0
  const lanes = Array.from({ length: connections }, async () => {
    while (performance.now() < until) {
      count += 1
      const answer = await ask(processes[count % processes.length]!, next())
      await answer.arrayBuffer()
      if (!answer.ok) throw new Error(`the registry answered ${answer.status}`)
    }
  })
  await Promise.all(lanes)
  const took = performance.now() - begin
  return { rate: (count * 1000) / took, processors: (busy() - before) / took }
}

let asked = 0
const next = () => {
  asked += 1
  return asked
}

/** Milliseconds that all processors have worked. */
function busy(): number {
  return cpus().reduce(
    (sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq,
    0,
  )
}

async function fill({ send }: ServingProcess): Promise<void> {
  for (const repository of ['app', 'listed']) await pushBlob(send, repository, '{}')
  await pushBlob(send, 'app', layer)
  const headers = { 'Content-Type': IMAGE }
  await send('PUT', '/v2/app/manifests/v1', { body: image(), headers })
  for (let n = 0; n < 100; n += 1) {
    const body = image({ subject, annotations: { n: `${n}` } })
    await send('PUT', `/v2/listed/manifests/${digestOf(body)}`, { body, headers })
  }
}

async function column(store: RunningStore, count: number) {
  const options = store.options()
  const processes = await Promise.all(Array.from({ length: count }, () => startProcess(options)))
  try {
    await fill(processes[0]!)
    const cells: string[] = []
    for (const ask of Object.values(kinds)) {
      const { rate, processors } = await measure(processes, ask)
      cells.push(`${Math.round(rate)} (${processors.toFixed(1)})`)
    }
    return cells
  } finally {
    await Promise.all(processes.map((one) => one.kill()))
  }
}

const store = await startStore(name)
try {
  const columns: string[][] = []
  for (const count of [1, 2, 3]) columns.push(await column(store, count))
  console.log(
    `Requests a second on ${name}, by ${connections} connections (processors that were busy).`,
  )
  console.log(
    `The store, the processes and who asks share ${availableParallelism()} processors and one disk; the processes share the bucket alone.\n`,
  )
  console.log('| request | 1 process | 2 processes | 3 processes |')
  console.log('|---|---:|---:|---:|')
  for (const [row, kind] of Object.keys(kinds).entries()) {
    console.log(`| ${[kind, ...columns.map((cells) => cells[row])].join(' | ')} |`)
  }
} finally {
  await store.stop()
}
