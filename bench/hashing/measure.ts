// Hashing by this package and by what the runtime has of its own, side by side, in whatever runtime this is.
import { digestOf, digestOfStream } from 'ocilink'

/** What a runtime has of its own; absent where it has nothing for that. */
interface Own {
  /** Name, for the report. */
  readonly name: string
  /** Hex of bytes in memory. */
  readonly whole?: (bytes: Uint8Array<ArrayBuffer>) => string | Promise<string>
  /** Hex of a stream, chunk by chunk. */
  readonly stream?: (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => Promise<string>
}

/** One comparison: MB/s, of the median of several rounds. */
export interface Comparison {
  readonly what: string
  readonly own: string
  readonly ours: number
  readonly theirs: number
}

const MiB = 1024 * 1024
const ROUNDS = 7

/** Compares with everything that this runtime has. */
export async function measure(): Promise<readonly Comparison[]> {
  const found: Comparison[] = []
  const owns = await ownHashers()
  for (const [what, size, times] of [
    ['1 KiB in memory', 1024, 4000],
    ['64 KiB in memory', 64 * 1024, 400],
    ['1 MiB in memory', MiB, 32],
    ['16 MiB in memory', 16 * MiB, 2],
  ] as const) {
    const bytes = bytesOf(size)
    for (const { name, whole } of owns) {
      if (!whole) continue
      const pair = await compare(size * times, [
        () => repeat(times, () => digestOf(bytes)),
        () => repeat(times, () => whole(bytes)),
      ])
      found.push({ what, own: name, ...pair })
    }
  }
  const bytes = bytesOf(MiB)
  for (const { name, stream } of owns) {
    if (!stream) continue
    const pair = await compare(64 * MiB, [
      () => digestOfStream(streamOf(bytes, 64)),
      () => stream(streamOf(bytes, 64)),
    ])
    found.push({ what: 'a stream of 64 MiB', own: name, ...pair })
  }
  return found
}

async function ownHashers(): Promise<readonly Own[]> {
  const owns: Own[] = []
  const { subtle } = crypto
  owns.push({
    name: 'WebCrypto',
    whole: async (bytes) => hex(await subtle.digest('SHA-256', bytes)),
  })
  const { Bun, nodeCrypto } = globalThis as Globals
  const { DigestStream: Digest } = crypto as object as Globals
  if (Digest) {
    owns.push({
      name: 'DigestStream',
      async stream(stream) {
        const digest = new Digest('SHA-256')
        await stream.pipeTo(digest)
        return hex(await digest.digest)
      },
    })
  }
  if (Bun) {
    owns.push({
      name: 'Bun.CryptoHasher',
      whole: (bytes) => new Bun.CryptoHasher('sha256').update(bytes).digest('hex'),
      stream: (stream) => added(stream, new Bun.CryptoHasher('sha256')),
    })
  }
  const node = await nodeCrypto?.()
  if (node) {
    owns.push({
      name: 'node:crypto',
      whole: (bytes) => node.hash('sha256', bytes, 'hex'),
      stream: (stream) => added(stream, node.createHash('sha256')),
    })
  }
  return owns
}

interface Incremental {
  update(bytes: Uint8Array): Incremental
  digest(encoding: 'hex'): string
}

interface Globals {
  readonly Bun?: { readonly CryptoHasher: new (algorithm: string) => Incremental }
  readonly DigestStream?: new (
    algorithm: string,
  ) => WritableStream<Uint8Array> & { readonly digest: Promise<ArrayBuffer> }
  /** Set by the program that starts this, where there are `node:` modules. */
  readonly nodeCrypto?: () => Promise<{
    createHash(algorithm: string): Incremental
    hash(algorithm: string, bytes: Uint8Array, encoding: 'hex'): string
  }>
}

async function added(stream: ReadableStream<Uint8Array>, hash: Incremental): Promise<string> {
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return hash.digest('hex')
    hash.update(value)
  }
}

/** Runs two alternately, so that a busy machine slows both; MB/s of the median of each. */
async function compare(
  size: number,
  [ours, theirs]: readonly [() => Promise<unknown>, () => Promise<unknown>],
): Promise<{ ours: number; theirs: number }> {
  const times = { ours: [] as number[], theirs: [] as number[] }
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, run] of Object.entries({ ours, theirs })) {
      const started = performance.now()
      await run()
      // The first one warms up.
      if (round > 0) times[name as 'ours' | 'theirs'].push(performance.now() - started)
    }
  }
  const speed = (list: number[]) =>
    Math.round(size / 1000 / list.toSorted((a, b) => a - b)[list.length >> 1]!)
  return { ours: speed(times.ours), theirs: speed(times.theirs) }
}

async function repeat(times: number, run: () => unknown): Promise<void> {
  for (let i = 0; i < times; i++) await run()
}

function bytesOf(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size)
  for (let i = 0; i < size; i++) bytes[i] = i * 7
  return bytes
}

function streamOf(chunk: Uint8Array<ArrayBuffer>, times: number) {
  let left = times
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull(controller) {
        controller.enqueue(chunk)
        left--
        if (left === 0) controller.close()
      },
    },
    { highWaterMark: 0 },
  )
}

function hex(raw: ArrayBuffer): string {
  let text = ''
  for (const byte of new Uint8Array(raw)) text += byte.toString(16).padStart(2, '0')
  return text
}
