// A stream of 1 GiB is pushed and pulled in constant memory: prints how far the resident memory of
// this process grows over what a small push and pull need, and exits 1 at 64 MiB or more.
import { setInterval } from 'node:timers'
import { repository } from '../src/index.ts'
import { getBlob, pushBlob } from '../src/registry/index.ts'
import { dockerRegistry, type LiveRegistry, olareg } from '../test/live/_registries.ts'
import { buildTools, requireDockerRegistry } from '../test/live/_tools.ts'

const MiB = 1024 * 1024
const warmUpSize = 64 * MiB
const size = 1024 * MiB
const limit = 64 * MiB
const mediaType = 'application/octet-stream'

/** Produces `total` bytes, chunk by chunk as they are asked for, no two chunks alike. */
function generated(total: number, seed: number): ReadableStream<Uint8Array> {
  let sent = 0
  return new ReadableStream({
    pull(controller) {
      const chunk = new Uint8Array(Math.min(64 * 1024, total - sent)).fill(seed)
      new DataView(chunk.buffer).setFloat64(0, sent)
      sent += chunk.byteLength
      controller.enqueue(chunk)
      if (sent === total) controller.close()
    },
  })
}

/** Resident memory at its highest while something runs. */
async function peak<T>(action: () => Promise<T>): Promise<{ value: T; rss: number; ms: number }> {
  let rss = process.memoryUsage.rss()
  const sample = () => {
    rss = Math.max(rss, process.memoryUsage.rss())
  }
  const timer = setInterval(sample, 20)
  const start = performance.now()
  try {
    const value = await action()
    sample()
    return { value, rss, ms: performance.now() - start }
  } finally {
    clearInterval(timer)
  }
}

async function measureOn(registry: LiveRegistry): Promise<boolean> {
  const running = await registry.start()
  try {
    const app = repository(`${running.host}/bench/memory`)
    const push = (total: number, seed: number) =>
      peak(() => pushBlob(app, generated(total, seed), { mediaType }))
    const pull = (blob: Awaited<ReturnType<typeof pushBlob>>) =>
      peak(async () => {
        let received = 0
        for await (const chunk of await getBlob(app, blob)) received += chunk.byteLength
        if (received !== blob.size) throw new Error(`Pulled ${received} of ${blob.size} bytes.`)
      })

    const small = await push(warmUpSize, 1)
    const baseline = Math.max(small.rss, (await pull(small.value)).rss)
    const pushed = await push(size, 2)
    if (pushed.value.size !== size) throw new Error(`Pushed ${pushed.value.size} bytes.`)
    const pulled = await pull(pushed.value)

    let fits = true
    for (const [verb, { rss, ms }] of Object.entries({ pushed, pulled })) {
      const growth = rss - baseline
      fits &&= growth < limit
      const figures = `${(ms / 1000).toFixed(1)} s, memory grew by ${(growth / MiB).toFixed(1)} MiB`
      console.log(
        `${registry.name}: 1 GiB ${verb} in ${figures} over ${Math.round(baseline / MiB)}`,
      )
    }
    return fits
  } finally {
    await running.stop()
  }
}

requireDockerRegistry()
await buildTools()
for (const registry of [olareg, dockerRegistry]) {
  if (!(await measureOn(registry))) process.exitCode = 1
}
if (process.exitCode === 1) console.log(`The limit is ${limit / MiB} MiB.`)
