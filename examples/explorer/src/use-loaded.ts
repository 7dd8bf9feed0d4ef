// What is loaded for a view: again when what it is for changes, and dropped when nobody wants it any more.
import { useEffect, useState } from 'preact/hooks'

/** What came of loading; neither while it is under way. */
export interface Loaded<T> {
  readonly value?: T
  readonly error?: Error
}

/** @param key - what is loaded, as a text: another one is loaded anew */
export function useLoaded<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T> & { readonly key?: string }>({})
  useEffect(() => {
    const controller = new AbortController()
    const { signal } = controller
    load(signal).then(
      (value) => signal.aborted || setLoaded({ key, value }),
      (error: Error) => signal.aborted || setLoaded({ key, error }),
    )
    return () => controller.abort()
  }, [key])
  // What belongs to what was shown before is not shown for a moment.
  return loaded.key === key ? loaded : {}
}
