// What a page loads that uses some of a built package, as a bundler cuts it.
import { rolldown } from 'rolldown'

/**
 * Bundles a page and gives all chunks (`output`), and those that it loads before its first request
 * (`first`).
 *
 * @param dist - directory of the built package
 * @param names - what the page uses of each file in it, such as `{ 'index.js': ['attach'] }`
 * @param groups - rolldown's `codeSplitting.groups`
 */
export async function bundlePage(dist, names, groups = []) {
  const page = Object.entries(names)
    .filter(([, used]) => used.length > 0)
    .map(([file, used]) => `export { ${used.join(', ')} } from '${dist}/${file}'`)
    .join('\n')
  const entry = {
    name: 'entry',
    resolveId: (id) => (id === 'page' ? id : undefined),
    load: (id) => (id === 'page' ? page : undefined),
  }
  const build = await rolldown({
    input: 'page',
    plugins: [entry],
    onLog: () => {},
    resolve: { conditionNames: ['browser', 'import', 'default'] },
  })
  const { output } = await build.generate({
    comments: { annotation: false },
    minify: true,
    codeSplitting: { includeDependenciesRecursively: false, groups },
  })
  await build.close()
  const chunks = new Map(output.map((chunk) => [chunk.fileName, chunk]))
  const first = new Set()
  const visit = (chunk) => {
    if (!chunk || first.has(chunk)) return
    first.add(chunk)
    for (const name of chunk.imports) visit(chunks.get(name))
  }
  visit(output.find(({ isEntry }) => isEntry))
  return { output, first: [...first] }
}
