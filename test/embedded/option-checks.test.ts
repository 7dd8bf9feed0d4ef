// Wrong options are refused before there is a registry, and the error names the field.
import { describe, expect, test } from 'vitest'
import {
  type EmbeddedRegistryOptions,
  embeddedRegistry,
  requestLog,
} from '../../src/embedded/index.ts'
import { isOcilinkError } from '../../src/errors.ts'

function refused(options: unknown) {
  try {
    embeddedRegistry(options as EmbeddedRegistryOptions)
  } catch (error) {
    if (isOcilinkError(error, 'INVALID_INPUT')) return error
    throw error
  }
  throw new Error('nothing was refused')
}

const user = { name: 'ann', password: 'secret' }

describe('embeddedRegistry', () => {
  test.each([
    [{ refferersApi: false }, 'refferersApi', 'referrersApi'],
    [{ limits: { manifests: 1 } }, 'limits.manifests', 'manifest'],
    [{ limits: { rate: { request: 1, seconds: 1 } } }, 'limits.rate.request', 'requests'],
    [{ auth: { schema: 'basic', users: [] } }, 'auth.schema', 'scheme'],
    [
      { auth: { scheme: 'basic', users: [{ ...user, permission: [] }] } },
      'auth.users[0].permission',
      'permissions',
    ],
    [
      { auth: { scheme: 'basic', users: [], anonymous: [{ repositories: '*', actions: [] }] } },
      'auth.anonymous[0].repositories',
      'repository',
    ],
    [{ faults: [{ mehtod: 'GET' }] }, 'faults[0].mehtod', 'method'],
    [{ faults: [{ answer: { statsu: 500 } }] }, 'faults[0].answer.statsu', 'status'],
    [{ profile: { name: 'a', source: 'b', dates: 'c', settings: {} } }, 'profile.dates', 'date'],
    [{ profile: { settings: { referers: {} } } }, 'profile.settings.referers', 'referrers'],
    [
      { profile: { settings: { tags: { pagesize: 2 } } } },
      'profile.settings.tags.pagesize',
      'pageSize',
    ],
  ])('refuses %j and says what was meant', (options, path, meant) => {
    const error = refused(options)
    expect(error.path).toBe(path)
    expect(error.message).toBe(`"${path}" is not an option here: did you mean "${meant}"?`)
  })

  test.each([
    [{ referrersApi: 'no' }, 'referrersApi'],
    [{ pageSize: 0 }, 'pageSize'],
    [{ cors: 1 }, 'cors'],
    [{ missingSubject: 'refuse' }, 'missingSubject'],
    [{ missingEntries: true }, 'missingEntries'],
    [{ artifactApi: 'rc2' }, 'artifactApi'],
    [{ storage: Promise.resolve() }, 'storage'],
    [{ onEvent: requestLog() }, 'onEvent'],
    [{ onError: 'loud' }, 'onError'],
    [{ profile: 'zott' }, 'profile'],
    [{ profile: 3 }, 'profile'],
    [{ profile: { settings: 1 } }, 'profile.settings'],
    [{ faults: { method: 'GET' } }, 'faults'],
    [{ faults: [{ nth: 0 }] }, 'faults[0].nth'],
    [{ faults: [{ answer: {} }] }, 'faults[0].answer.status'],
    [{ limits: { uploads: -1 } }, 'limits.uploads'],
    [{ limits: { rate: { requests: 1 } } }, 'limits.rate.seconds'],
    [{ auth: { users: [user] } }, 'auth.scheme'],
    [{ auth: { scheme: 'basic' } }, 'auth.users'],
    [{ auth: { scheme: 'digest', users: [user] } }, 'auth.scheme'],
    [{ auth: { scheme: 'basic', users: [{ name: 'ann' }] } }, 'auth.users[0].password'],
    [
      {
        auth: {
          scheme: 'basic',
          users: [{ ...user, permissions: [{ repository: 'a', actions: ['write'] }] }],
        },
      },
      'auth.users[0].permissions[0].actions',
    ],
    [
      { auth: { scheme: 'basic', users: [{ ...user, permissions: 'all' }] } },
      'auth.users[0].permissions',
    ],
  ])('refuses %j', (options, path) => {
    expect(refused(options).path).toBe(path)
  })

  test.each([null, [], 'zot'])('refuses %j in place of options', (options) => {
    expect(() => embeddedRegistry(options as EmbeddedRegistryOptions)).toThrow(TypeError)
  })

  test('shows no password in an error', () => {
    const secrets = [
      { name: 'ann', pasword: 'hunter2' },
      { name: 'ann', password: 4711 },
    ]
    for (const one of secrets) {
      const error = refused({ auth: { scheme: 'basic', users: [one] } })
      expect(JSON.stringify(error)).not.toMatch(/hunter2|4711/)
      expect(String(error.input)).not.toMatch(/hunter2|4711/)
    }
  })
})

test.each([0, -1, 1.5, Number.NaN, {}, '5'])('requestLog refuses a limit of %j', (limit) => {
  expect(() => requestLog(limit as number)).toThrow(
    expect.objectContaining({ code: 'INVALID_INPUT', path: 'limit' }),
  )
})
