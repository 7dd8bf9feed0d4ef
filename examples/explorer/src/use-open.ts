// What is open, which the address says: it can be kept and sent to others, and the browser goes back and forward in it.
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { openArchive, openReference, type Place } from './places.ts'

/** An image of a registry, or those of an archive. */
export interface Open {
  readonly place: Place
  /** Of an archive. */
  readonly places?: readonly Place[]
  /** Another one whenever all is to be read anew: a name may stand for something else then. */
  readonly visit: number
}

export interface Opening {
  readonly open: Open | undefined
  /** What was asked for, also where that cannot be opened. */
  readonly reference: string
  readonly problem: string
  /** The file that is being opened. */
  readonly waitsFor: string
  /** Opens what somebody wrote, anew if it is open. */
  openText(reference: string): void
  openFile(file: File): Promise<void>
  /** Shows another image of what is open. */
  show(place: Place): void
  refuse(problem: string): void
}

type State = Pick<Opening, 'open' | 'reference' | 'problem' | 'waitsFor'>
const nothing: State = { open: undefined, reference: '', problem: '', waitsFor: '' }

export function useOpen(): Opening {
  const [state, setState] = useState(nothing)
  /** What was begun last: what comes of something before it is not shown. */
  const latest = useRef(0)

  const go = (reference: string, isAnew: boolean) => {
    const visit = ++latest.current
    setState(({ open: before }) => {
      if (reference === '') return nothing
      try {
        const place = openReference(reference)
        const stays = !isAnew && before && !before.places && isSameRepository(before.place, place)
        return { ...nothing, reference, open: { place, visit: stays ? before.visit : visit } }
      } catch (error) {
        return { ...nothing, reference, problem: (error as Error).message }
      }
    })
  }
  const openText = (reference: string, isAnew = true) => {
    const hash = `#${encodeURIComponent(reference)}`
    if (hash !== location.hash) history.pushState(undefined, '', hash)
    go(reference, isAnew)
  }
  const openFile = async (file: File) => {
    const visit = ++latest.current
    const end = (change: Partial<State>) => {
      if (latest.current === visit) setState((before) => ({ ...before, waitsFor: '', ...change }))
      return latest.current === visit
    }
    setState((before) => ({ ...before, problem: '', waitsFor: file.name }))
    try {
      const places = await openArchive(file)
      const [place] = places
      if (!place) throw new Error('there is no image in it')
      if (end({ open: { place, places, visit }, reference: '' }))
        history.replaceState(undefined, '', '#')
    } catch (error) {
      end({ problem: `${file.name}: ${(error as Error).message}` })
    }
  }
  const show = (place: Place) => {
    const { open } = state
    if (open?.places) setState({ ...state, open: { ...open, place } })
    else openText(place.reference, false)
  }
  const refuse = (problem: string) => setState((before) => ({ ...before, problem }))

  // Before anybody can have asked for something else.
  useLayoutEffect(() => {
    const read = () => go(written(location.hash), false)
    read()
    addEventListener('hashchange', read)
    return () => removeEventListener('hashchange', read)
  }, [])

  return { ...state, openText, openFile, show, refuse }
}

function isSameRepository({ repo: a }: Place, { repo: b }: Place): boolean {
  return a.registry === b.registry && a.name === b.name
}

/** What an address says, also where somebody wrote it who did not encode it. */
function written(hash: string): string {
  try {
    return decodeURIComponent(hash.slice(1))
  } catch {
    return hash.slice(1)
  }
}
