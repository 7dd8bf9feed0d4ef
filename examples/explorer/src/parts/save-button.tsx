import { copy } from 'ocilink'
import { useEffect, useState } from 'preact/hooks'
import type { Place } from '../places.ts'

/** Saves an image, with everything that is attached to it, as an archive: the page's own file. */
export function SaveButton({ place }: { readonly place: Place }) {
  const [state, setState] = useState('')
  const [progress, setProgress] = useState('')
  const [running, setRunning] = useState<AbortController>()
  useEffect(() => () => running?.abort(), [running])

  const save = async () => {
    const controller = new AbortController()
    const { signal } = controller
    setRunning(controller)
    setState('Reading …')
    try {
      const blob = await packed(place, signal, setProgress)
      download(blob, `${place.repo.name.replaceAll('/', '-')}.tar`)
      setState('Saved.')
    } catch (error) {
      setState(signal.aborted ? 'Stopped.' : `It was not saved: ${(error as Error).message}`)
    }
    setProgress('')
    setRunning(undefined)
  }

  return (
    <p class="save">
      <button type="button" onClick={() => (running ? running.abort() : save())}>
        {running ? 'Stop' : 'Save as an archive'}
      </button>{' '}
      <span role="status">{state}</span> {/* No status: it would be read out all the time. */}
      <span>{progress}</span>
    </p>
  )
}

/** @throws where something would be missing in it */
async function packed(
  { repo, subject }: Place,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<Blob> {
  const { memoryBox, writeArchive } = await import('ocilink/archive')
  const box = memoryBox()
  const tags = subject.includes(':') ? [] : [subject]
  const report = await copy(repo, subject, box.repository(), {
    referrers: true,
    depth: Number.POSITIVE_INFINITY,
    tags,
    signal,
    onProgress({ items, bytes }) {
      const mebibytes = (bytes.done / 1024 / 1024).toFixed(1)
      say(`${items.done} of ${items.total} items, ${mebibytes} MiB`)
    },
  })
  if (!report.complete) throw new Error(report.losses[0]?.reason ?? 'not all could be read')
  return await new Response(writeArchive(box, { signal })).blob()
}

function download(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  // Once the browser has begun to read it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
