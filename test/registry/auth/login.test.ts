import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { CredentialSource, Credentials } from '../../../src/registry/auth/credentials.ts'
import { createLogin } from '../../../src/registry/auth/login.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const who = (password: string): Credentials => ({ username: 'me', password })

function setUp(credentials: Credentials | CredentialSource) {
  return createLogin(
    { credentials, registry: 'r.test' } as Parameters<typeof createLogin>[0],
    'app',
  )
}

/** A source that gives what is next, and the last of it for ever. */
function giving(...passwords: string[]) {
  return vi.fn(async () => who(passwords.length > 1 ? passwords.shift()! : passwords[0]!))
}

/** Uses what there is with success, and meets a refusal of it. */
async function refuse(login: ReturnType<typeof setUp>) {
  login.worked()
  return login.after(await login.get())
}

describe('a source', () => {
  test('is asked again for each refusal of what was good, as long as it gives others', async () => {
    const source = giving('1', '2', '3', '4', '5')
    const login = setUp(source)
    for (const next of ['2', '3', '4', '5']) expect(await refuse(login)).toEqual(who(next))
    expect(source).toHaveBeenCalledTimes(5)
  })

  test('is asked once more where what it gave was never good', async () => {
    const source = giving('1', '2')
    const login = setUp(source)
    expect(await login.after(await login.get())).toEqual(who('1'))
    expect(source).toHaveBeenCalledTimes(1)
  })

  test('that gave the same twice is left alone for a minute, and asked then', async () => {
    const source = giving('1')
    const login = setUp(source)
    for (let i = 0; i < 9; i++) expect(await refuse(login)).toEqual(who('1'))
    expect(source).toHaveBeenCalledTimes(3)
    vi.advanceTimersByTime(59_000)
    await refuse(login)
    expect(source).toHaveBeenCalledTimes(3)
    source.mockResolvedValue(who('2'))
    vi.advanceTimersByTime(2000)
    expect(await refuse(login)).toEqual(who('2'))
    source.mockResolvedValue(who('3'))
    expect(await refuse(login)).toEqual(who('3'))
  })

  test('that fails is not taken for one that gave the same', async () => {
    const source = giving('1')
    const login = setUp(source)
    for (let i = 0; i < 4; i++) {
      const used = await login.get()
      login.worked()
      source.mockRejectedValueOnce(new Error('asleep'))
      await expect(login.after(used)).rejects.toThrow('asleep')
      expect(await login.get()).toEqual(who('1'))
    }
  })
})

test('what was found meanwhile is taken without asking', async () => {
  const source = giving('1', '2')
  const login = setUp(source)
  const first = await login.get()
  login.worked()
  const all = await Promise.all([1, 2, 3].map(() => login.after(first)))
  expect(all).toEqual([who('2'), who('2'), who('2')])
  expect(await login.after(first)).toEqual(who('2'))
  expect(source).toHaveBeenCalledTimes(2)
})

test('credentials that are no source stay what they are', async () => {
  const login = setUp(who('1'))
  expect(await refuse(login)).toEqual(who('1'))
})
