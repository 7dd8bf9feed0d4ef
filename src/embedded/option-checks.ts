/**
 * Checks of the embedded registry's options, those inside of others included, before it is made.
 *
 * @module
 */
import { InvalidInputError } from '../errors.ts'
import {
  anything,
  boolean,
  type Check,
  type Checks,
  checkOptions,
  func,
  isObject,
  listOf,
  milliseconds,
  oneOf,
  positiveInteger,
  string,
  wholeNumber,
} from '../platform/options.ts'
import type { AuthOptions } from './access/auth-options.ts'
import type { Permission, User } from './access/permissions.ts'
import type { RateLimit } from './access/rate.ts'
import type { Fault, FaultAnswer } from './faults.ts'
import type { EmbeddedRegistryOptions, LimitOptions } from './options.ts'
import type { Profile } from './profiles/profile.ts'
import { defaults } from './settings/defaults.ts'
import type { SomeSettings } from './settings/settings.ts'

const object: Check = ['an object', isObject]
const listOfObjects: Check = listOf(object)
const seconds: Check = [
  'more than 0 seconds, at most 24 days',
  (value) => typeof value === 'number' && value > 0 && milliseconds[1](value * 1000),
]

/** What is a name or one of something is checked where it is looked up. */
const checks: Checks<EmbeddedRegistryOptions> = {
  profile: [
    'the name of a profile, or a profile',
    (value) => typeof value === 'string' || isObject(value),
  ],
  referrersApi: boolean,
  singlePost: boolean,
  conditional: boolean,
  cors: [
    'a boolean or an origin',
    (value) => typeof value === 'boolean' || typeof value === 'string',
  ],
  deletes: boolean,
  pageSize: positiveInteger,
  artifactApi: anything,
  missingSubject: oneOf('reject', 'accept'),
  missingEntries: oneOf('reject', 'accept'),
  referencesApi: boolean,
  nodeApi: boolean,
  storage: [
    'a storage, such as memoryStorage() or await layoutStorage(directory)',
    (value) => isObject(value) && typeof Reflect.get(value, 'repository') === 'function',
  ],
  auth: object,
  readOnly: boolean,
  limits: object,
  faults: ['a list or a function', (value) => Array.isArray(value) || typeof value === 'function'],
  onEvent: func,
  onError: func,
}

const limitChecks: Checks<LimitOptions> = {
  manifest: positiveInteger,
  blob: positiveInteger,
  uploads: positiveInteger,
  uploadIdle: [
    'a whole number of seconds from 1, at most 24 days',
    (value) => positiveInteger[1](value) && seconds[1](value),
  ],
  rate: object,
}

const rateChecks: Checks<RateLimit> = { requests: positiveInteger, seconds }

const authChecks: Checks<AuthOptions> = {
  scheme: oneOf('basic', 'bearer'),
  users: listOfObjects,
  anonymous: listOfObjects,
  expiresIn: seconds,
  realm: string,
}

/** What stands in the fields is checked apart, without showing it. */
const userChecks: Checks<User> = { name: anything, password: anything, permissions: anything }

const permissionChecks: Checks<Permission> = {
  repository: string,
  actions: listOf(oneOf('pull', 'push', 'delete')),
}

const faultChecks: Checks<Fault> = {
  method: string,
  path: ['a path or a RegExp', (value) => typeof value === 'string' || value instanceof RegExp],
  nth: positiveInteger,
  delay: milliseconds,
  reject: boolean,
  answer: object,
  redirect: string,
  cutAfter: wholeNumber,
  corrupt: boolean,
  location: string,
}

const answerChecks: Checks<FaultAnswer> = {
  status: [
    'a status from 200 to 599',
    (value) => Number.isInteger(value) && (value as number) >= 200 && (value as number) <= 599,
  ],
  headers: object,
  retryAfter: [
    'seconds or a date',
    (value) => typeof value === 'string' || typeof value === 'number',
  ],
  body: string,
}

const profileChecks: Checks<Profile> = {
  name: string,
  source: string,
  date: string,
  settings: object,
}

/**
 * @throws `InvalidInputError` `INVALID_INPUT` naming the option, such as `auth.users[0].name`; `TypeError`
 *   for what are no options
 */
export function checkRegistryOptions(options: EmbeddedRegistryOptions): void {
  checkOptions(options, checks)
  const { profile, limits, auth, faults } = options
  if (typeof profile === 'object') checkProfile(profile)
  if (limits) checkOptions(limits, limitChecks, 'limits.')
  if (limits?.rate) {
    checkOptions(limits.rate, rateChecks, 'limits.rate.')
    requireAll(limits.rate, rateChecks, ['requests', 'seconds'], 'limits.rate.')
  }
  if (auth) checkAuth(auth)
  if (Array.isArray(faults)) checkFaults(faults)
}

function checkProfile(profile: Profile): void {
  checkOptions(profile, profileChecks, 'profile.')
  const { settings = {} } = profile
  checkOptions(settings, namesOf(defaults), 'profile.settings.')
  for (const [group, values] of Object.entries(settings)) {
    // Which errors there are is a type alone.
    if (group === 'errors' || values === undefined) continue
    const known: object = defaults[group as keyof SomeSettings]
    checkOptions<object>(values, namesOf(known), `profile.settings.${group}.`)
  }
}

function checkAuth(auth: AuthOptions): void {
  checkOptions(auth, authChecks, 'auth.')
  requireAll(auth, authChecks, ['scheme', 'users'], 'auth.')
  auth.users.forEach((user, i) => {
    checkUser(user, `auth.users[${i}]`)
  })
  checkPermissions(auth.anonymous, 'auth.anonymous')
}

/** Errors keep what was wrong, so no password is given to one. */
function checkUser(user: User, path: string): void {
  const empty = Object.fromEntries(Object.keys(user).map((field) => [field, '']))
  checkOptions(empty as unknown as User, userChecks, `${path}.`)
  for (const field of ['name', 'password'] as const) {
    const kind = typeof user[field]
    if (kind !== 'string') {
      throw new InvalidInputError('INVALID_INPUT', `${path}.${field}`, 'a string', kind)
    }
  }
  checkPermissions(user.permissions, `${path}.permissions`)
}

function checkPermissions(permissions: readonly Permission[] = [], path: string): void {
  if (!listOfObjects[1](permissions)) {
    throw new InvalidInputError('INVALID_INPUT', path, listOfObjects[0], permissions)
  }
  permissions.forEach((one, i) => {
    checkOptions(one, permissionChecks, `${path}[${i}].`)
    requireAll(one, permissionChecks, ['repository', 'actions'], `${path}[${i}].`)
  })
}

function checkFaults(faults: readonly Fault[]): void {
  faults.forEach((fault, i) => {
    checkOptions(fault, faultChecks, `faults[${i}].`)
    if (!fault.answer) return
    checkOptions(fault.answer, answerChecks, `faults[${i}].answer.`)
    requireAll(fault.answer, answerChecks, ['status'], `faults[${i}].answer.`)
  })
}

/** What is `undefined` counts as left out, which these may not be. */
function requireAll<T extends object>(
  options: T,
  checks: Checks<NoInfer<T>>,
  names: readonly (keyof T & string)[],
  path: string,
): void {
  for (const name of names) {
    if (options[name] !== undefined) continue
    throw new InvalidInputError('INVALID_INPUT', path + name, checks[name][0], undefined)
  }
}

/** The names of an object as checks. */
function namesOf<T extends object>(known: T): Checks<T> {
  return Object.fromEntries(Object.keys(known).map((name) => [name, anything])) as Checks<T>
}
