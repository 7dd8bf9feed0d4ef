// The suite as a program: Node, Deno and Bun start this file, with the input as JSON and the file for the report.
// It ends when nothing is open any more, and no sooner.
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { sep } from 'node:path'
import { runSuite } from '../suite/run.ts'
import { suite } from '../suite/suite.ts'

const [input = '', report = ''] = process.argv.slice(2)
const results = await runSuite(suite, JSON.parse(input))
const inPackage = createRequire(import.meta.resolve('ocilink'))
const hasher = inPackage.resolve('#hasher').split(`${sep}dist${sep}`)[1]
await writeFile(report, JSON.stringify({ results, hasher }))
