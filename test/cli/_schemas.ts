// The schemas of the program's JSON answers, as the docs have them.
import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js'

const directory = new URL('../../docs/schemas/', import.meta.url)

/** All of them, by the names of their files without `.json`. */
export const schemas: ReadonlyMap<string, AnySchemaObject> = new Map(
  readdirSync(directory).map((file) => [
    file.replace(/\.json$/, ''),
    JSON.parse(readFileSync(new URL(file, directory), 'utf8')),
  ]),
)

/** Strict: what a schema says and no validator knows is a mistake in the schema. */
const ajv = new Ajv2020({
  strict: true,
  allErrors: true,
  allowUnionTypes: true,
  formats: { 'date-time': (text: string) => text === new Date(text).toISOString() },
})
for (const [name, schema] of schemas) ajv.addSchema(schema, `${name}.json`)

/**
 * Reads JSON that has the shape of a schema.
 *
 * @param name - of a command, or `error`
 */
export function parseAnswer(name: string, text: string): unknown {
  const validate = ajv.getSchema(`${name}.json`)
  if (!validate) throw new Error(`there is no docs/schemas/${name}.json`)
  const value = JSON.parse(text)
  if (validate(value)) return value
  throw new Error(`${name}: ${ajv.errorsText(validate.errors)}\n${text}`)
}

/** Checks what a call with `--json` said: its answer, or its error. */
export function checkJson(
  args: readonly string[],
  { code, stdout, stderr }: { code: number | null; stdout: string; stderr: string },
): void {
  const asked = args.includes('--json') || (args.includes('--format') && args.includes('json'))
  if (!asked) return
  const command = args.find((one) => schemas.has(one)) ?? ''
  if (stdout !== '') parseAnswer(command, stdout)
  else if (code !== 0) parseAnswer('error', stderr.trimEnd().split('\n').at(-1)!)
}
