// docs/runtimes.md as the tests need it: its programs, its headers and its matrix.
import { readFileSync } from 'node:fs'

/** Its path, from this file. */
export const PAGE: URL = new URL('../../../docs/runtimes.md', import.meta.url)

export function readPage(): string {
  return readFileSync(PAGE, 'utf8')
}

/** The text below a heading, up to the next one that is as high or higher. */
export function sectionOf(heading: string, page: string = readPage()): string {
  const lines = page.split('\n')
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading)
  if (start < 0) throw new Error(`docs/runtimes.md has no heading "${heading}"`)
  const level = lines[start]!.indexOf(' ')
  const rest = lines.slice(start + 1)
  const end = rest.findIndex((line) => /^#+ /.test(line) && line.indexOf(' ') <= level)
  return rest.slice(0, end < 0 ? undefined : end).join('\n')
}

/** The code blocks of a section in a language. */
export function blocksOf(heading: string, language: string): readonly string[] {
  const blocks = sectionOf(heading).matchAll(/```(\S*)[^\n]*\n(.*?)```/gs)
  return [...blocks].filter(([, found]) => found === language).map(([, , code]) => code!)
}

/** The headers that a registry has to send pages, from the configuration of distribution that is shown. */
export function corsHeaders(): Readonly<Record<string, readonly string[]>> {
  const [yaml = ''] = blocksOf('CORS', 'yaml')
  const lines = yaml.matchAll(/^ {4}(Access-Control-[\w-]+): (\[.*\])$/gm)
  const headers = [...lines].map(([, name, value]) => [name!, JSON.parse(value!)])
  // Pages of tests come from any port.
  return { ...Object.fromEntries(headers), 'Access-Control-Allow-Origin': ['*'] }
}

/** What a bucket has to let pages send and see, from its configuration that is shown. */
export function bucketHeaders(): { readonly allowed: RegExp; readonly exposed: string } {
  const [json = ''] = blocksOf('CORS', 'json')
  const [{ AllowedHeaders, ExposeHeaders }] = JSON.parse(json).CORSRules
  const patterns = AllowedHeaders.map((name: string) => name.replace('*', '.*'))
  return {
    allowed: new RegExp(`^(${patterns.join('|')})$`, 'i'),
    exposed: ExposeHeaders.join(', '),
  }
}
