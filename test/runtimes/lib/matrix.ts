// The matrix of docs/runtimes.md: what ran where, and what cannot, with the reason.
import { type Exception, exceptions } from '../exceptions.ts'
import { SENDS_STREAMS } from '../suite/streams.ts'
import type { Runtime, SuiteReport } from './runtime.ts'
import { readPage } from './runtimes-page.ts'

/** One runtime as it was seen. */
export interface Row {
  readonly runtime: Pick<Runtime, 'id' | 'name'>
  readonly version: string
  readonly report: SuiteReport
}

const [BEGIN, END] = ['<!-- matrix -->', '<!-- /matrix -->']

/** What is behind the file that a runtime picks for "#hasher". */
const hashers: Readonly<Record<string, string>> = {
  'node/hasher.js': '`node:crypto`',
  'platform/worker-hasher.js': 'WebCrypto, `DigestStream`',
  'platform/hasher.js': 'WebCrypto, @noble/hashes',
}

/** The page with a matrix in place of the one that it has. */
export function pageWith(rows: readonly Row[]): string {
  const page = readPage()
  const [before, rest] = page.split(BEGIN)
  const [, after] = rest!.split(END)
  return `${before}${BEGIN}\n\n${matrix(rows)}\n\n${END}${after}`
}

/** The matrix that the page has. */
export function writtenMatrix(): string {
  return readPage().split(BEGIN)[1]!.split(END)[0]!.trim()
}

function matrix(rows: readonly Row[]): string {
  const head = [
    '| runtime | version | tests passed | hashes with | streams |',
    '|---|---|---|---|---|',
  ]
  return [...head, ...rows.map(line), '', ...exceptionLines(rows)].join('\n')
}

function line({ runtime, version, report: { results, hasher } }: Row): string {
  const passed = results.filter(({ ok }) => ok)
  const streams = passed.some(({ name }) => name === SENDS_STREAMS) ? 'yes' : 'no'
  const tests = `${passed.length} of ${results.length}`
  return `| ${[runtime.name, version, tests, hashers[hasher] ?? hasher, streams].join(' | ')} |`
}

/** What is not passed, and why: a line for each reason. */
export function exceptionLines(rows: readonly Pick<Row, 'runtime'>[]): readonly string[] {
  const names = ({ runtimes }: Exception) =>
    rows.filter(({ runtime }) => runtimes.includes(runtime.id)).map(({ runtime }) => runtime.name)
  return exceptions.map((exception) => {
    const tests = exception.tests.map((name) => `"${name}"`).join(', ')
    return `- ${names(exception).join(', ')}: not ${tests}, because ${exception.reason}.`
  })
}

/**
 * Whether two pages differ at most in versions that are the machine's: those of browsers, and of the Node that runs this.
 * All others are in package-lock.json.
 */
export function areAlike(page: string, other: string): boolean {
  const withoutVersions = (text: string) =>
    text.replaceAll(/^(\| (?:Chromium|Firefox ESR|WebKitGTK|Node 24) \| )[\d.]+( \|)/gm, '$1$2')
  return withoutVersions(page) === withoutVersions(other)
}

/** Whether a version is one of what the name says: "Node 24" is whatever runs this. */
export function isVersionOf(name: string, version: string): boolean {
  const [, major = ''] = /(\d+)$/.exec(name) ?? []
  return /^\d+[.-]/.test(version) && version.startsWith(major && `${major}.`)
}
