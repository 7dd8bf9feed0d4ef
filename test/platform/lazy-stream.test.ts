import { expect, test, vi } from 'vitest'
import { lazyStream } from '../../src/platform/lazy-stream.ts'

const chunk = new Uint8Array([1])

/** A stream of one chunk, and what it was cancelled with. */
function chunks() {
  const cancelled = vi.fn()
  const open = vi.fn(() => {
    const start = (controller: ReadableStreamDefaultController<Uint8Array>) =>
      controller.enqueue(chunk)
    return new ReadableStream<Uint8Array>({ start, cancel: cancelled })
  })
  return { open, cancelled }
}

test('is opened when something is wanted of it, and once', async () => {
  const { open } = chunks()
  const reader = lazyStream(open).getReader()
  await new Promise((resolve) => setTimeout(resolve))
  expect(open).not.toHaveBeenCalled()
  expect(await reader.read()).toEqual({ done: false, value: chunk })
  expect(open).toHaveBeenCalledOnce()
})

test('whoever gives up closes what was opened, with the reason', async () => {
  const { open, cancelled } = chunks()
  const reader = lazyStream(open).getReader()
  await reader.read()
  await reader.cancel('enough')
  expect(cancelled).toHaveBeenCalledWith('enough')
})

test('whoever gives up before opens nothing', async () => {
  const { open } = chunks()
  await lazyStream(open).cancel('enough')
  expect(open).not.toHaveBeenCalled()
})
