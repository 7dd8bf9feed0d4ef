// Pages as Vite builds them.
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build, type Rolldown } from 'vite'
import { head } from './page-server.ts'

/** The page reports what it shows, as soon as it shows something. */
const reporter = `<script>
  const watching = setInterval(() => {
    const body = document.body.innerText.trim()
    if (!body) return
    clearInterval(watching)
    fetch('/report', { method: 'POST', body })
  }, 50)
</script>`

/** Builds a page of some files, one of which is `main.ts`, with the package as it is installed in `user`. */
export async function buildPage(
  user: string,
  files: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, string>> {
  const root = await mkdtemp(join(user, 'page-'))
  for (const [name, code] of Object.entries(files)) await writeFile(join(root, name), code)
  const html = files['index.html'] ?? '<body><script type="module" src="./main.ts"></script></body>'
  await writeFile(join(root, 'index.html'), head + html.replace('<body>', `<body>${reporter}`))
  const built = (await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: { write: false },
    worker: { format: 'es' },
  })) as Rolldown.RolldownOutput
  return new Map(
    built.output.map((file) => [file.fileName, String('code' in file ? file.code : file.source)]),
  )
}
