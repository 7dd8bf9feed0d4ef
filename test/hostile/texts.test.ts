// What registries say ends up in terminals and logs, and what runtimes say may hold secrets.
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { ConflictError, ConnectionError, InvalidInputError } from '../../src/errors.ts'
import { parseReference } from '../../src/model/reference.ts'
import { pushBlob } from '../../src/registry/blobs/push.ts'
import { listTags } from '../../src/registry/lists/tags.ts'
import { findManifest } from '../../src/registry/manifests.ts'
import { repository } from '../../src/registry/repository.ts'
import { all, empty, fakeRepository, json, thrownBy } from '../registry/_registry.ts'
import { listen } from './_server.ts'

const evil =
  'x\u001b[2J\u001b]0;owned\u0007\r\nINFO verified OK \u202eabc\u0000\u009b31m\u2028\u200f'
const control = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

/** All that a program shows of an error when it prints it. */
function printed(error: unknown): string {
  let text = inspect(error, { depth: 12, maxStringLength: 1e6 })
  for (let cause = error; cause instanceof Error; cause = cause.cause) text += cause.stack
  return text
}

describe('control characters and those that turn text', () => {
  test.each([
    ['codes and messages', () => json({ errors: [{ code: evil, message: evil }] }, {}, 400)],
    ['codes of a 403', () => json({ errors: [{ code: evil }] }, {}, 403)],
    ['a type', () => new Response('x', { headers: { 'content-type': 'text/x\u009b31m' } })],
    ['a body that is no JSON', () => json(evil, { 'content-type': 'application/json' })],
  ])('are escapes in the message of an error: %s', async (_, answer) => {
    const { repo } = fakeRepository(answer, { retries: 0 })
    const error = (await thrownBy(() => all(listTags(repo)))) as Error
    for (let one: unknown = error; one instanceof Error; one = one.cause) {
      expect(one.message).not.toMatch(control)
      expect(one.message.length).toBeLessThan(2500)
    }
  })

  test('are escapes in warnings', async () => {
    const warnings: string[] = []
    const onWarning = ({ message }: { readonly message: string }) => warnings.push(message)
    const answer = () => json({ tags: ['a'] }, { warning: '299 - "a\u009b2Jb"' })
    const { repo } = fakeRepository(answer, { onWarning })
    await all(listTags(repo))
    expect(warnings).toEqual(['a\\u{9b}2Jb'])
  })

  test('are escapes in the texts of causes', () => {
    const error = new ConflictError('taken', 'v1', 1, { cause: new Error(evil) })
    expect((error.cause as Error).message).not.toMatch(control)
    expect((error.cause as Error).message).toContain('\\u{1b}[2J')
    for (const odd of ['\u001b', '\u202e']) expect((error.cause as Error).stack).not.toContain(odd)
  })

  test('leave all other text as it is', () => {
    const text = 'Größe, 大きさ, حجم, 🔏: "a/b" – ok'
    expect(new ConflictError(text, 'v1', 1).message).toBe(text)
    const cause = new TypeError(text)
    expect(new ConflictError(text, 'v1', 1, { cause }).cause).toBe(cause)
  })
})

describe('the query of an address', () => {
  const answers = [400, 401, 403, 404, 412, 416, 429, 500, 503, 'reset', 'hang'] as const

  test.each(answers)('is in nothing that is printed of a failed upload: %s', async (answer) => {
    const { host } = await listen((request, response) => {
      request.resume()
      if (request.method === 'POST') {
        const location = '/v2/up/1?_state=SECRET&X-Amz-Signature=SECRET'
        return void response.writeHead(202, { location }).end()
      }
      if (answer === 'hang') return
      if (answer === 'reset') return void request.socket.destroy()
      response.writeHead(answer).end()
    })
    const events: unknown[] = []
    const onRequest = (event: unknown) => events.push(event)
    const repo = repository(`${host}/team/app`, { retries: 0, timeout: 300, onRequest })
    const signal = answer === 'hang' ? AbortSignal.timeout(600) : undefined
    const stream = () => new Blob([new Uint8Array(3000)]).stream()
    for (const push of [
      () => pushBlob(repo, 'x', { signal }),
      () => pushBlob(repo, stream(), { chunkSize: 1000, signal }),
    ]) {
      const error = await thrownBy(push)
      expect(printed(error)).not.toContain('SECRET')
    }
    expect(JSON.stringify(events)).not.toContain('SECRET')
  })

  test('is not in what runtimes say of a broken connection', async () => {
    const address = 'https://name:SECRET@r.test/x?token=SECRET'
    for (const thrown of [
      new TypeError(`error sending request for url (${address})`),
      Object.assign(new TypeError('fetch failed'), { cause: new Error(`no ${address}`) }),
      Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL', input: address }),
      new Error(address),
    ]) {
      const { repo } = fakeRepository(() => Promise.reject(thrown), { retries: 0 })
      const error = await thrownBy(() => findManifest(repo, 'v1'))
      if (error !== thrown) expect(printed(error)).not.toContain('SECRET')
    }
    const error = new ConnectionError('CONNECTION', `GET ${address} broke`, 'https://r.test/x')
    expect(printed(error)).not.toContain('SECRET')
  })

  test('is not in what is printed of a timeout', async () => {
    const { host } = await listen((request) => void request.resume())
    const repo = repository(`${host}/team/app`, { retries: 0, timeout: 100 })
    const error = await thrownBy(() => all(listTags(repo, { last: 'SECRET' })))
    expect(error).toMatchObject({ code: 'TIMEOUT' })
    expect(printed(error)).not.toContain('SECRET')
  })

  test('is not in what is printed of a token service', async () => {
    const challenge = { 'www-authenticate': 'Bearer realm="https://r.test/token?key=SECRET"' }
    const { repo } = fakeRepository(({ url }) =>
      url.pathname === '/token' ? empty(403) : empty(401, challenge),
    )
    const error = await thrownBy(() => findManifest(repo, 'v1'))
    expect(printed(error)).not.toContain('SECRET')
  })
})

test('a repository that is printed shows no password', () => {
  const credentials = { username: 'name', password: 'SECRET' }
  const repo = repository('r.test/team/app', { credentials })
  expect(inspect(repo, { depth: 12, showHidden: true })).not.toContain('SECRET')
  expect(JSON.stringify(repo)).not.toContain('SECRET')
})

test.each([
  'name:SECRET@r.test/team/app',
  'https://name:SECRET@r.test/team/app',
  'name:SECRET@r.test/team/app@sha256:1',
  'SECRET@r.test@evil.test/app',
])('a password in a reference is refused and not shown: %s', (reference) => {
  for (const parse of [() => parseReference(reference), () => repository(reference)]) {
    try {
      parse()
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidInputError)
      expect(printed(error)).not.toContain('SECRET')
    }
  }
})
