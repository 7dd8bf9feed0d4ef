// Where no person looks: lines in place of a bar; and where nobody reads on, the answer stays what it is.
import { once } from 'node:events'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { attach } from '../../src/index.ts'
import { type LinkedImage, type Place, startPlace } from './_images.ts'
import { start, startIn } from './_program.ts'
import { parseAnswer } from './_schemas.ts'

let place: Place
let image: LinkedImage
beforeAll(async () => {
  place = await startPlace()
  image = await place.linked('team/app')
})
afterAll(() => place?.close())

test('who stops to read the answer, as head does, makes no error of it', async () => {
  for (const args of [
    ['tree', image.reference, '--json'],
    ['tree', '--help'],
  ]) {
    const { child, output } = start(...args)
    child.stdout!.destroy()
    const [code, signal] = await once(child, 'exit')
    expect({ code, signal, stderr: output.stderr }).toEqual({ code: 0, signal: null, stderr: '' })
  }
})

test('"no" stays "no" where nobody reads it, and "yes" where nobody reads warnings and requests', async () => {
  const bare = await place.image('team/bare')
  for (const [reference, expected] of [
    [image.reference, 0],
    [bare.reference, 1],
  ] as const) {
    for (const stream of ['stdout', 'stderr'] as const) {
      const { child } = start('has', reference, '--debug')
      child[stream]!.destroy()
      const [code] = await once(child, 'exit')
      expect([stream, reference, code]).toEqual([stream, reference, expected])
    }
  }
})

test('a mistake that nobody has foreseen is "could not tell", never "no"', async () => {
  const mistake = 'data:text/javascript,setImmediate(()=>{throw%20new%20TypeError(%22odd%22)})'
  const env = { ...process.env, NODE_OPTIONS: `--import=${mistake}` }
  const text = await startIn(env, 'has', image.reference).ended
  expect(text).toMatchObject({ code: 2, stderr: 'ocilink: odd\n' })
  const json = await startIn(env, 'has', image.reference, '--json').ended
  expect(json.code).toBe(2)
  expect(parseAnswer('error', json.stderr)).toMatchObject({
    error: { code: 'UNEXPECTED', name: 'TypeError' },
  })
})

test('what takes long says how far it is, a line every five seconds, and with --quiet nothing', async () => {
  const slow = await startPlace({ faults: [{ method: 'DELETE', delay: 2800 }] })
  onTestFinished(() => slow.close())
  const remove = async (name: string, ...args: string[]) => {
    const { repo, reference } = await slow.image(name)
    await attach(repo, 'v1', { artifactType: 'a/b' }, { settle: 0 })
    return start('remove', reference, '--yes', ...args).ended
  }
  const [told, quiet] = await Promise.all([remove('team/told'), remove('team/quiet', '--quiet')])
  expect(told).toMatchObject({ code: 0, stderr: '[####################] 2 of 2 items\n' })
  expect(quiet).toMatchObject({ code: 0, stderr: '' })
})
