import { afterEach, describe, expect, test, vi } from 'vitest'
import { delay, untilAborted } from '../../src/platform/abort.ts'
import { fakeClock, settle, thrownBy } from '../registry/_registry.ts'

afterEach(() => vi.useRealTimers())

describe('untilAborted', () => {
  test('gives what the promise gives', async () => {
    const { signal } = new AbortController()
    expect(await untilAborted(Promise.resolve(1), signal)).toBe(1)
    expect(await untilAborted(Promise.resolve(1), undefined)).toBe(1)
    const broken = new Error('broken')
    expect(await thrownBy(() => untilAborted(Promise.reject(broken), signal))).toBe(broken)
  })

  test.each([new Error('enough'), { because: 'enough' }, 'enough', 0])(
    'throws the reason itself: %j',
    async (reason) => {
      const controller = new AbortController()
      const waiting = thrownBy(() => untilAborted(new Promise(() => {}), controller.signal))
      controller.abort(reason)
      expect(await waiting).toBe(reason)
      expect(await thrownBy(() => untilAborted(Promise.resolve(1), controller.signal))).toBe(reason)
    },
  )

  test('leaves no listener on the signal', async () => {
    const { signal } = new AbortController()
    const add = vi.spyOn(signal, 'addEventListener')
    const remove = vi.spyOn(signal, 'removeEventListener')
    await untilAborted(Promise.resolve(1), signal)
    await thrownBy(() => untilAborted(Promise.reject(new Error('broken')), signal))
    expect(add).toHaveBeenCalledTimes(2)
    expect(remove.mock.calls.map(([, listener]) => listener)).toEqual(
      add.mock.calls.map(([, listener]) => listener),
    )
  })

  test('lets nobody hear of a promise that fails after the abort', async () => {
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    const controller = new AbortController()
    let fail: (error: Error) => void = () => {}
    const promise = new Promise((_, reject) => {
      fail = reject
    })
    const waiting = thrownBy(() => untilAborted(promise, controller.signal))
    controller.abort('enough')
    expect(await waiting).toBe('enough')
    fail(new Error('late'))
    const early = Promise.reject(new Error('early'))
    expect(await thrownBy(() => untilAborted(early, controller.signal))).toBe('enough')
    await new Promise((resolve) => setTimeout(resolve, 5))
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
  })
})

describe('delay', () => {
  test('waits the asked time', async () => {
    fakeClock()
    const started = Date.now()
    await settle(delay(500))
    expect(Date.now() - started).toBe(500)
  })

  test('ends with the reason of the signal, and leaves no timer', async () => {
    fakeClock()
    const controller = new AbortController()
    const waiting = thrownBy(() => delay(500, controller.signal))
    expect(vi.getTimerCount()).toBe(1)
    controller.abort('enough')
    expect(await waiting).toBe('enough')
    expect(vi.getTimerCount()).toBe(0)
  })
})
