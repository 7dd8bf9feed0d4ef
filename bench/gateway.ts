// A gateway beside the registry that it stands before: bytes per second of a large blob, and milliseconds of a small
// request, one after the other in one run.
//
// npm run bench:gateway -- [MiB]
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { repository } from '../src/index.ts'
import { getBlob, pushBlob } from '../src/registry/index.ts'
import { dockerRegistry } from '../test/live/_registries.ts'

const MIB = 1024 * 1024
const size = Number(process.argv[2] ?? 1024) * MIB
const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const registry = await dockerRegistry.start()
const child = spawn(process.execPath, [cli, 'gateway', '--upstream', registry.host], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
try {
  const [line] = await once(child.stdout, 'data')
  const through = String(line).trim().slice('http://'.length)
  const hosts = { direct: registry.host, gateway: through }

  const piece = new Uint8Array(MIB)
  async function* data(seed: number) {
    for (let at = 0; at < size; at += MIB) {
      piece.fill((seed + at / MIB) % 251)
      yield piece.slice()
    }
  }
  const memory = async () => {
    const { readFileSync } = await import('node:fs')
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1])
  }
  // What any request needs is there before: modules, the first connections.
  for (let i = 0; i < 20; i++) await (await fetch(`http://${through}/v2/`)).arrayBuffer()
  const before = await memory()
  let most = before
  const watch = setInterval(async () => {
    most = Math.max(most, await memory())
  }, 100)
  for (const [name, host] of Object.entries(hosts)) {
    const app = repository(`${host}/team/app`)
    const began = performance.now()
    const { digest } = await pushBlob(app, data(name.length), { size })
    const pushed = performance.now()
    const stream = await getBlob(app, { digest, size })
    let read = 0
    for await (const chunk of stream) read += chunk.byteLength
    const ended = performance.now()
    if (read !== size) throw new Error(`${read} of ${size} bytes`)
    const speed = (ms: number) => `${Math.round(size / MIB / (ms / 1000))} MiB/s`
    console.log(`${name}: up ${speed(pushed - began)}, down ${speed(ended - pushed)}`)
  }
  clearInterval(watch)
  console.log(`memory of the gateway: ${Math.round((most - before) / 1024)} MiB more at most`)

  const times: Record<string, number[]> = { direct: [], gateway: [] }
  for (let i = 0; i < 300; i++) {
    for (const [name, host] of Object.entries(hosts)) {
      const began = performance.now()
      await (await fetch(`http://${host}/v2/`)).arrayBuffer()
      times[name]!.push(performance.now() - began)
    }
  }
  for (const [name, all] of Object.entries(times)) {
    console.log(`${name}: GET /v2/ ${all.sort((a, b) => a - b)[150]!.toFixed(2)} ms (median)`)
  }
} finally {
  child.kill()
  await registry.stop()
}
