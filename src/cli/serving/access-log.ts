/**
 * A line of JSON for each request that was answered.
 *
 * @module
 */
import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import type { ServedRequest } from '../../node/index.ts'

/** Bytes of lines that wait for a slow disk or reader; lines beyond them are dropped, and counted. */
const WAITING = 8 * 1024 * 1024

/** Writes lines. */
export interface AccessLog {
  readonly onServed: (served: ServedRequest) => void
  /** Resolves when what was written has left the process. */
  close(): Promise<void>
}

/**
 * Opens a log, to which lines are added. SIGHUP opens the file again, for who has renamed it.
 *
 * @param file - a path; `-` for standard output
 * @param clientOf - who sent a request
 * @throws the system's error where the file cannot be opened
 */
export async function openAccessLog(
  file: string,
  clientOf: (served: ServedRequest) => string,
): Promise<AccessLog> {
  let out = file === '-' ? process.stdout : await openFile(file)
  let dropped = 0
  const reopen = async () => {
    try {
      const next = await openFile(file)
      out.end()
      out = next
    } catch (error) {
      console.error(`the access log goes on in the file that it has: ${(error as Error).message}`)
    }
  }
  if (file !== '-') process.on('SIGHUP', reopen)
  return {
    onServed(served) {
      if (out.writableLength > WAITING) {
        dropped += 1
        return
      }
      out.write(lineOf(served, clientOf(served), dropped))
      dropped = 0
    },
    async close() {
      process.off('SIGHUP', reopen)
      await ended(out)
    },
  }
}

function lineOf(served: ServedRequest, client: string, dropped: number): string {
  const { method, path, status, complete, milliseconds, bytesIn, bytesOut } = served
  const line = {
    time: new Date().toISOString(),
    client,
    method,
    path,
    status,
    ...(!complete && { complete }),
    milliseconds: Math.round(milliseconds * 10) / 10,
    bytesIn,
    bytesOut,
    userAgent: served.header('user-agent'),
    ...(dropped > 0 && { dropped }),
  }
  return `${JSON.stringify(line)}\n`
}

/** A file at whose end others may write too. */
async function openFile(file: string): Promise<Writable> {
  const out = createWriteStream(file, { flags: 'a' })
  await new Promise<void>((resolve, reject) => {
    out.once('open', () => resolve())
    out.once('error', reject)
  })
  // A full disk ends the log, and not the registry.
  out.on('error', (error) => console.error(`the access log ended: ${error.message}`))
  return out
}

/** The process's own output stays open for who comes after. */
function ended(out: Writable): Promise<void> {
  if (out.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    if (out === process.stdout) out.write('', () => resolve())
    else out.end(() => resolve())
  })
}
