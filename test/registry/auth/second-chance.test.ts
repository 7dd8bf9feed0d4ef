// What is tried after a 400 or 403: whether it tells the end of a login, and how long it is believed.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { deleteManifest, findManifest } from '../../../src/registry/index.ts'
import { type Habit, quirky, refusal, thrownBy } from '../../registries/_quirky.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

const basic = (password: string) => `Basic ${btoa(`me:${password}`)}`
const expired = 'Your authorization token has expired. Reauthenticate and try again.'
const forbidden = () => refusal(403, 'DENIED', 'not yours')
const challenge = () =>
  refusal(401, 'UNAUTHORIZED', 'login', { 'www-authenticate': 'Basic realm="r"' })

/** A registry whose password changes, where nobody may delete, and a source of the current password. */
async function rotating(refuse: () => Response, deny: () => Response = forbidden) {
  let current = '1'
  const source = vi.fn(async () => ({ username: 'me', password: current }))
  const habit: Habit = ({ method, headers }) => {
    const sent = headers.get('authorization')
    if (!sent) return challenge()
    if (sent !== basic(current)) return refuse()
    return method === 'DELETE' ? deny() : undefined
  }
  const registry = quirky(habit, { credentials: source })
  await registry.push()
  const rotate = (password: string) => {
    current = password
  }
  const denied = async () =>
    expect(await thrownBy(() => deleteManifest(registry.app, 'v1'))).toMatchObject({
      code: 'AUTH_DENIED',
    })
  return { ...registry, source, rotate, denied }
}

describe('a password that ends after something was not allowed', () => {
  test.each<[string, () => Response]>([
    ['403 that says so', () => refusal(403, 'DENIED', expired)],
    ['400 that says so', () => refusal(400, 'UNKNOWN', expired)],
    ['401', challenge],
  ])('is asked for again, each time: %s', async (_, refuse) => {
    const { app, rotate, denied } = await rotating(refuse)
    expect(await findManifest(app, 'v1')).toBeDefined()
    for (const password of ['2', '3', '4']) {
      await denied()
      rotate(password)
      expect(await findManifest(app, 'v1')).toBeDefined()
    }
  })

  test.each<[string, () => Response]>([
    ['403 without a body', () => new Response(null, { status: 403 })],
    ['400 without a body', () => new Response(null, { status: 400 })],
    ['403 as for what is not allowed', forbidden],
  ])('is asked for again after a minute: %s', async (_, refuse) => {
    const { app, rotate, denied } = await rotating(refuse)
    expect(await findManifest(app, 'v1')).toBeDefined()
    for (const password of ['2', '3', '4']) {
      await denied()
      expect(await findManifest(app, 'v1')).toBeDefined()
      rotate(password)
      vi.setSystemTime(Date.now() + 61_000)
      expect(await findManifest(app, 'v1')).toBeDefined()
    }
  })
})

test.each<[string, () => Response]>([
  ['403 that names no reason', () => new Response(null, { status: 403 })],
  ['403 that speaks of the token', () => refusal(403, 'DENIED', 'the token is invalid for this')],
])(
  'a source is asked at most twice a minute because of what is not allowed: %s',
  async (_, deny) => {
    const { app, source, denied } = await rotating(forbidden, deny)
    await findManifest(app, 'v1')
    for (let i = 0; i < 9; i++) {
      await denied()
      await findManifest(app, 'v1')
    }
    expect(source.mock.calls.length).toBeLessThanOrEqual(2)
  },
)

test.each(['token ', 'token=', 'credentials ', 'authorization\n', 'reauthenticat', 'token {'])(
  'an answer of 64 KiB of "%s" is read at once',
  async (text) => {
    const body = text.repeat(Math.ceil(65536 / text.length))
    const { app, denied } = await rotating(forbidden, () => new Response(body, { status: 403 }))
    await findManifest(app, 'v1')
    const { user } = process.cpuUsage()
    await denied()
    // Without a bound each took 400 ms and more.
    expect(process.cpuUsage().user - user).toBeLessThan(200_000)
  },
)
