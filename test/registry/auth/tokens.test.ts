import { afterEach, describe, expect, test, vi } from 'vitest'
import { repositoryScopes } from '../../../src/registry/auth/scopes.ts'
import { createTokens } from '../../../src/registry/auth/tokens.ts'
import { thrownBy } from '../_registry.ts'

afterEach(() => vi.useRealTimers())

const pull = (name: string) => repositoryScopes(name, ['pull'])

/** Tokens `1`, `2`, … that are good for a minute. */
function counted() {
  const request = vi.fn(async () => ({
    value: `${request.mock.calls.length}`,
    expires: Date.now() + 60_000,
  }))
  return { request, tokens: createTokens(request) }
}

describe('createTokens', () => {
  test('asks once for what is wanted at once, and for what a token covers', async () => {
    const { request, tokens } = counted()
    const both = repositoryScopes('app', ['pull', 'push'])
    await Promise.all([tokens(both), tokens(both), tokens(pull('app'))])
    expect(request).toHaveBeenCalledOnce()
    expect((await tokens(pull('other'))).value).toBe('2')
  })

  test('asks again for one that is over, or was refused', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { tokens } = counted()
    expect((await tokens(pull('app'))).value).toBe('1')
    vi.setSystemTime(Date.now() + 60_000)
    expect((await tokens(pull('app'))).value).toBe('2')
    expect((await tokens(pull('app'), '1')).value).toBe('2')
    expect((await tokens(pull('app'), '2')).value).toBe('3')
  })

  test('keeps no failure', async () => {
    const request = vi.fn(async () => ({ value: 'x', expires: Date.now() + 60_000 }))
    request.mockRejectedValueOnce(new Error('busy'))
    const tokens = createTokens(request)
    expect(await thrownBy(() => tokens(pull('app')))).toMatchObject({ message: 'busy' })
    expect((await tokens(pull('app'))).value).toBe('x')
  })

  test('keeps a hundred, and forgets the oldest first', async () => {
    const { request, tokens } = counted()
    for (let i = 0; i <= 100; i++) await tokens(pull(`app${i}`))
    expect(request).toHaveBeenCalledTimes(101)
    for (let i = 1; i <= 100; i++) await tokens(pull(`app${i}`))
    expect(request).toHaveBeenCalledTimes(101)
    await tokens(pull('app0'))
    expect(request).toHaveBeenCalledTimes(102)
  })
})
