// A stream of 1 GiB is pushed and pulled in the memory that 64 MiB take: prints how far the resident
// memory of this process grows beyond its peak in a push and pull of 64 MiB, and exits 1 at 64 MiB
// or more.
//
// The baseline is not the idle process: a bare fetch() in Node that only counts the bytes of 1 GiB
// takes about 100 MiB more than that, buffers that are garbage and not yet collected.
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

// Made once: a source that leaves garbage behind would be measured along.
const parts = Array.from({ length: 16 }, (_, i) => new Uint8Array(64 * 1024).fill(i))

/** Produces `total` bytes, part by part as they are asked for. */
function generated(total: number): ReadableStream<Uint8Array> {
  let sent = 0
  return new ReadableStream({
    pull(controller) {
      const part = parts[(sent / parts[0]!.byteLength) % parts.length]!
      controller.enqueue(part.subarray(0, total - sent))
      sent += part.byteLength
      if (sent >= total) controller.close()
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
    const push = (total: number) => peak(() => pushBlob(app, generated(total), { mediaType }))
    const pull = (blob: Awaited<ReturnType<typeof pushBlob>>) =>
      peak(async () => {
        let received = 0
        for await (const chunk of await getBlob(app, blob)) received += chunk.byteLength
        if (received !== blob.size) throw new Error(`Pulled ${received} of ${blob.size} bytes.`)
      })

    const small = await push(warmUpSize)
    const baseline = Math.max(small.rss, (await pull(small.value)).rss)
    const pushed = await push(size)
    if (pushed.value.size !== size) throw new Error(`Pushed ${pushed.value.size} bytes.`)
    const pulled = await pull(pushed.value)

    let fits = true
    for (const [verb, { rss, ms }] of Object.entries({ pushed, pulled })) {
      const growth = rss - baseline
      fits &&= growth < limit
      const seconds = (ms / 1000).toFixed(1)
      const figures = `${inMiB(growth)} MiB over ${inMiB(baseline)} (idle: ${inMiB(idle)})`
      console.log(`${registry.name}: 1 GiB ${verb} in ${seconds} s, memory grew by ${figures}`)
    }
    return fits
  } finally {
    await running.stop()
  }
}

const idle = process.memoryUsage.rss()
const inMiB = (bytes: number) => Math.round(bytes / MiB)

requireDockerRegistry()
await buildTools()
for (const registry of [olareg, dockerRegistry]) {
  if (!(await measureOn(registry))) process.exitCode = 1
}
if (process.exitCode === 1) console.log(`The limit is ${limit / MiB} MiB.`)
