import { render } from 'preact'
import { App } from './app.tsx'
import { showHiddenCharacters } from './texts.ts'

showHiddenCharacters()
render(<App />, document.body)
