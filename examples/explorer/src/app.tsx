import { useEffect, useState } from 'preact/hooks'
import { ImagePanel } from './parts/image-panel.tsx'
import { ReferenceForm } from './parts/reference-form.tsx'
import { TagList } from './parts/tag-list.tsx'
import { openArchive, openReference, type Place } from './places.ts'

/** What is open: an image of a registry, or those of an archive. */
interface Open {
  readonly place: Place
  /** Of an archive. */
  readonly places?: readonly Place[]
}

export function App() {
  const [open, setOpen] = useState<Open>()
  const [problem, setProblem] = useState('')

  const go = (reference: string) => {
    try {
      setOpen({ place: openReference(reference) })
      setProblem('')
    } catch (error) {
      setProblem((error as Error).message)
    }
  }
  const openFile = async (file: File | undefined) => {
    if (!file) return
    try {
      const places = await openArchive(file)
      const [place] = places
      if (!place) throw new Error(`There is no image in ${file.name}`)
      setOpen({ place, places })
      setProblem('')
      history.replaceState(undefined, '', '#')
    } catch (error) {
      setProblem(`${file.name}: ${(error as Error).message}`)
    }
  }

  const show = (place: Place) => {
    if (open?.places) setOpen({ ...open, place })
    else location.hash = encodeURIComponent(place.reference)
  }

  // The address says what is shown: it can be kept and sent to others.
  useEffect(() => {
    const read = () => {
      const reference = decodeURIComponent(location.hash.slice(1))
      if (reference) go(reference)
    }
    read()
    addEventListener('hashchange', read)
    return () => removeEventListener('hashchange', read)
  }, [])

  useEffect(() => {
    const over = (event: DragEvent) => event.preventDefault()
    const drop = (event: DragEvent) => {
      event.preventDefault()
      void openFile(event.dataTransfer?.files[0])
    }
    addEventListener('dragover', over)
    addEventListener('drop', drop)
    return () => {
      removeEventListener('dragover', over)
      removeEventListener('drop', drop)
    }
  }, [])

  return (
    <>
      <header>
        <h1>ocilink explorer</h1>
        <ReferenceForm
          reference={open?.places ? '' : (open?.place.reference ?? '')}
          onOpen={(reference) => {
            location.hash = encodeURIComponent(reference)
          }}
          onFile={openFile}
        />
      </header>
      <p role="alert" class="problem">
        {problem}
      </p>
      {open ? (
        <main>
          <TagList place={open.place} places={open.places} onOpen={show} />
          <ImagePanel key={open.place.reference} place={open.place} onOpen={show} />
        </main>
      ) : (
        <main>
          <p class="hint">
            Paste a reference, such as registry.example/team/app:v1, or drop an archive of an OCI
            layout here: that is opened without a network.
          </p>
        </main>
      )}
    </>
  )
}
