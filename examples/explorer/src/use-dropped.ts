// What is dropped on the page, wherever that is.
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Opening } from './use-open.ts'

/** Opens a file that is dropped, or a reference. */
export function useDropped(opening: Opening): void {
  const latest = useRef(opening)
  latest.current = opening
  // As soon as there is a page: what is dropped before would leave it.
  useLayoutEffect(() => {
    const over = (event: DragEvent) => event.preventDefault()
    const drop = (event: DragEvent) => {
      const [file, ...others] = event.dataTransfer?.files ?? []
      // It is written where it was dropped.
      if (!file && event.target instanceof HTMLInputElement) return
      event.preventDefault()
      const text = event.dataTransfer?.getData('text/plain').trim()
      const { openFile, openText, refuse } = latest.current
      if (others.length > 0) refuse(`One file at a time: ${others.length + 1} were dropped.`)
      else if (file) void openFile(file)
      else if (text) openText(text)
    }
    addEventListener('dragover', over)
    addEventListener('drop', drop)
    return () => {
      removeEventListener('dragover', over)
      removeEventListener('drop', drop)
    }
  }, [])
}
