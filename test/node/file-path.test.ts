import { expect, test } from 'vitest'
import { memoryBox } from '../../src/archive/index.ts'
import { archive, fileBlob, layout, layoutStorage, saveArchive } from '../../src/node/index.ts'

const calls: readonly (readonly [string, (path: never) => Promise<unknown>])[] = [
  ['directory', (path) => layout(path)],
  ['directory', (path) => layout(path, { readOnly: true })],
  ['directory', (path) => layoutStorage(path)],
  ['source', (path) => archive(path)],
  ['file', (path) => saveArchive(memoryBox(), path)],
  ['file', (path) => fileBlob(path)],
]

test.each(['', 'a\0b'])(
  '%j is no path, which is said by the name of the argument',
  async (text) => {
    for (const [path, call] of calls) {
      await expect(call(text as never)).rejects.toMatchObject({ code: 'INVALID_INPUT', path })
    }
  },
)

test.each(['https://example.com/out', 'file://host/out', 'file:///a%2Fb', 'file:///a%00b'])(
  '%s is no path either',
  async (address) => {
    const ofUrls = calls.filter((_, at) => at !== 2)
    for (const [path, call] of ofUrls) {
      const opened = call(new URL(address) as never)
      await expect(opened).rejects.toMatchObject({ code: 'INVALID_INPUT', path })
    }
  },
)
