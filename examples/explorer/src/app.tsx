import { useEffect } from 'preact/hooks'
import { ImagePanel } from './parts/image-panel.tsx'
import { ReferenceForm } from './parts/reference-form.tsx'
import { TagList } from './parts/tag-list.tsx'
import { visible } from './texts.ts'
import { useDropped } from './use-dropped.ts'
import { useOpen } from './use-open.ts'

export function App() {
  const opening = useOpen()
  const { open, reference, problem, waitsFor, openText, openFile, show } = opening
  useDropped(opening)
  const title = open ? `${visible(open.place.reference)} – ` : ''
  useEffect(() => {
    document.title = `${title}ocilink explorer`
  }, [title])
  return (
    <>
      <header>
        <h1>ocilink explorer</h1>
        <ReferenceForm reference={reference} onOpen={openText} onFile={openFile} />
      </header>
      <p role="alert" class="problem">
        {problem}
      </p>
      <p role="status" class="waiting">
        {waitsFor && `Opening ${waitsFor} …`}
      </p>
      {open ? (
        <main>
          <TagList key={open.visit} place={open.place} places={open.places} onOpen={show} />
          <ImagePanel
            key={`${open.visit} ${open.place.reference}`}
            place={open.place}
            onOpen={show}
          />
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
