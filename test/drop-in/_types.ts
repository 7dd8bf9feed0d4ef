// Whether what stands in another module's place has that one's types.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../live/_tools.ts'

const tsc = join(import.meta.dirname, '../../node_modules/.bin/tsc')

const compilerOptions = {
  target: 'es2023',
  lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable'],
  module: 'nodenext',
  types: ['node'],
  strict: true,
  noEmit: true,
  allowImportingTsExtensions: true,
  // Their declarations name packages that only their authors install.
  skipLibCheck: true,
}

/**
 * Compiles a line that takes the one for the other.
 *
 * @param place - directory of the project
 * @throws with what does not fit
 */
export async function expectTypes(place: string, ours: string, theirs: string): Promise<void> {
  const line = `export const one: typeof import('${theirs}') = await import('${ours}')\n`
  await writeFile(join(place, 'types.ts'), line)
  await writeFile(
    join(place, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['types.ts'] }),
  )
  await run(tsc, ['-p', 'tsconfig.json'], { cwd: place })
}
