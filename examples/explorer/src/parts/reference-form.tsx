import { useLayoutEffect, useState } from 'preact/hooks'

interface Props {
  readonly reference: string
  readonly onOpen: (reference: string) => void
  readonly onFile: (file: File) => void
}

/** Asks for a reference, or for a file. */
export function ReferenceForm({ reference, onOpen, onFile }: Props) {
  const [text, setText] = useState(reference)
  // Never after somebody has begun to type.
  useLayoutEffect(() => setText(reference), [reference])
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (text.trim() !== '') onOpen(text.trim())
      }}
    >
      <label>
        <span>Image</span>
        <input
          name="reference"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          placeholder="registry.example/team/app:v1"
          autocomplete="off"
          spellcheck={false}
        />
      </label>
      <button type="submit">Show</button>
      <label class="file">
        <span>Open an archive</span>
        <input
          type="file"
          accept=".tar,.gz,.tgz"
          onChange={({ currentTarget }) => {
            const file = currentTarget.files?.[0]
            if (file) onFile(file)
            // It can be chosen again: somebody may have written it anew.
            currentTarget.value = ''
          }}
        />
      </label>
    </form>
  )
}
