/**
 * How far long work is, on standard error: one line that changes on a terminal, a new one every few seconds elsewhere.
 *
 * @module
 */
import type { CopyProgress } from '../../index.ts'

/** Milliseconds between two lines where nobody looks at a terminal, and between two changes of one. */
const EVERY = { line: 5000, change: 100 }

/** How far something is: how many items, and bytes where they count. */
export type Done = Pick<CopyProgress, 'items'> & Partial<CopyProgress>

/** Shows progress until it is ended. */
export interface Progress {
  readonly onProgress: (progress: Done) => void
  /** How far it has come, as text. */
  readonly last: () => string | undefined
  /** Writes a line of another kind: no bar stands before it. */
  readonly say: (line: string) => void
  /** Leaves a terminal as it was. */
  end(): void
}

/** Makes a progress; with `quiet` it shows nothing. */
export function makeProgress(quiet: boolean = false): Progress {
  const { isTTY } = process.stderr
  let last = performance.now()
  let shown = false
  let latest: Done | undefined
  const end = () => {
    if (shown && isTTY) process.stderr.write('\r\x1b[K')
    shown = false
  }
  return {
    say(line) {
      end()
      process.stderr.write(`${line}\n`)
    },
    last: () => latest && amountText(latest),
    onProgress(progress) {
      latest = progress
      const now = performance.now()
      if (quiet || now - last < (isTTY ? EVERY.change : EVERY.line)) return
      last = now
      shown = true
      const text = `${progressText(progress)}`
      process.stderr.write(
        isTTY ? `\r\x1b[K${text.slice(0, (process.stderr.columns || 80) - 1)}` : `${text}\n`,
      )
    },
    end,
  }
}

/** `[########----------] 12 of 40 items, 3.1 of 8.0 MiB`. */
export function progressText(progress: Done): string {
  const { done, total } =
    progress.bytes && progress.bytes.total > 0 ? progress.bytes : progress.items
  const full = Math.round(Math.min(done / Math.max(total, 1), 1) * 20)
  return `[${'#'.repeat(full)}${'-'.repeat(20 - full)}] ${amountText(progress)}`
}

function amountText({ items, bytes }: Done): string {
  const mebibytes = (count: number) => (count / 1024 / 1024).toFixed(1)
  const moved = bytes ? `, ${mebibytes(bytes.done)} of ${mebibytes(bytes.total)} MiB` : ''
  return `${items.done} of ${items.total} items${moved}`
}
